"""Which column holds what: as the company said before, else by what the titles say."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.utils.translation import override

from backend.catalog.transfer.attributes import attribute_fields, code_of
from backend.catalog.transfer.fields import FIELDS, Field
from backend.catalog.transfer.models import RememberedColumn
from backend.core.tables.sniffing import normal

Mapped = dict[str, int]
"""Field -> column, counted from 0."""


def guess_mapping(company_id: int, header: Sequence[str]) -> Mapped:
    """The columns that are understood; each field takes one, the first that says its name. Two queries."""
    titles = [normal(title) for title in header]
    known = RememberedColumn.objects.of_company(company_id).filter(title__in=titles)
    remembered = dict(known.values_list("title", "field"))
    said = {**_said_of_attributes(), **SAID}
    mapped: Mapped = {}
    for column, title in enumerate(titles):
        field = remembered.get(title, said.get(title, ""))
        if field and field not in mapped:
            mapped[field] = column
    return mapped


def remember(company_id: int, header: Sequence[str], mapping: Mapping[str, int]) -> None:
    """The next file with a column of this title is understood without a question."""
    held = {column: field for field, column in mapping.items()}
    by_title = {normal(title): held.get(column, "") for column, title in enumerate(header)}
    RememberedColumn.objects.bulk_create(
        [
            RememberedColumn(company_id=company_id, title=title, field=field)
            for title, field in by_title.items()
            if title
        ],
        update_conflicts=True,
        unique_fields=["company", "title"],
        update_fields=["field"],
    )


def _said_of_attributes() -> Mapping[str, str]:
    fields = attribute_fields()
    return {normal(word): name for name, field in fields.items() for word in (code_of(name), str(field.label))}


def _titles(field: Field) -> set[str]:
    """In every language that an export may have been made in."""
    words = {field.name, *field.synonyms}
    for language, _name in settings.LANGUAGES:
        with override(language):
            words.add(str(field.label))
    return {normal(word) for word in words}


SAID: Mapping[str, str] = {title: field.name for field in reversed(FIELDS) for title in _titles(field)}
