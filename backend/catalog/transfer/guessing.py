"""Which column holds what: as the company said before, else by what the titles say."""

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import override

from backend.catalog.transfer.fields import FIELDS, Field
from backend.catalog.transfer.models import RememberedColumn

Mapped = dict[str, int]
"""Field -> column, counted from 0."""


def normal(title: str) -> str:
    """A title as it is compared: "Art.-Nr. " is "art nr"."""
    return " ".join(re.sub(r"[\W_]+", " ", title.lower()).split())


def guess_mapping(company_id: int, header: Sequence[str]) -> Mapped:
    """The columns that are understood; each field takes one, the first that says its name. One query."""
    titles = [normal(title) for title in header]
    known = RememberedColumn.objects.of_company(company_id).filter(title__in=titles)
    remembered = dict(known.values_list("title", "field"))
    mapped: Mapped = {}
    for column, title in enumerate(titles):
        field = remembered.get(title, SAID.get(title, ""))
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


def _titles(field: Field) -> set[str]:
    with override("en"):
        return {normal(word) for word in (field.name, str(field.label), *field.synonyms)}


SAID: Mapping[str, str] = {title: field.name for field in reversed(FIELDS) for title in _titles(field)}
