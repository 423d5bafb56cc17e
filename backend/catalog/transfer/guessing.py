"""Which column holds what: as the company said before, else by what the titles say."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from backend.catalog.transfer.attributes import attribute_fields, code_of
from backend.catalog.transfer.fields import FIELDS
from backend.catalog.transfer.models import RememberedColumn, Table
from backend.core.tables.sniffing import normal

Mapped = dict[str, int]
"""Field -> column, counted from 0."""


class Titled(Protocol):
    """What a column may hold, and what it is called then."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str | Promise: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...


def guess_mapping(company_id: int, header: Sequence[str]) -> Mapped:
    """The columns of a file of products that are understood. Two queries."""
    return understood(company_id, Table.PRODUCTS, header, {**_said_of_attributes(), **SAID})


def understood(company_id: int, table: Table, header: Sequence[str], said: Mapping[str, str]) -> Mapped:
    """Each field takes one column, the first that says its name: as remembered, else as `said`. One query."""
    titles = [normal(title) for title in header]
    known = RememberedColumn.objects.of_company(company_id).filter(table=table, title__in=titles)
    remembered = dict(known.values_list("title", "field"))
    mapped: Mapped = {}
    for column, title in enumerate(titles):
        field = remembered.get(title, said.get(title, ""))
        if field and field not in mapped:
            mapped[field] = column
    return mapped


def remember(company_id: int, header: Sequence[str], mapping: Mapping[str, int], table: Table = Table.PRODUCTS) -> None:
    """The next file with a column of this title is understood without a question."""
    held = {column: field for field, column in mapping.items()}
    by_title = {normal(title): held.get(column, "") for column, title in enumerate(header)}
    RememberedColumn.objects.bulk_create(
        [
            RememberedColumn(company_id=company_id, table=table, title=title, field=field)
            for title, field in by_title.items()
            if title
        ],
        update_conflicts=True,
        unique_fields=["company", "table", "title"],
        update_fields=["field"],
    )


def _said_of_attributes() -> Mapping[str, str]:
    fields = attribute_fields()
    return {normal(word): name for name, field in fields.items() for word in (code_of(name), *field.synonyms)}


def said_by(fields: Sequence[Titled]) -> Mapping[str, str]:
    """Title -> field; of two that a title could mean, the first."""
    return {title: field.name for field in reversed(fields) for title in _titles(field)}


def _titles(field: Titled) -> set[str]:
    """In every language that an export may have been made in."""
    words = {field.name, *field.synonyms}
    for language, _name in settings.LANGUAGES:
        with override(language):
            words.add(str(field.label))
    return {normal(word) for word in words}


SAID: Mapping[str, str] = said_by(FIELDS)
