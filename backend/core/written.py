"""Written statements: put together once, where Django would put its query together again on every page.

    _LINES = Written("SELECT {line}, {sku} FROM orders_cartline line JOIN catalog_sku sku ON …", line=CartLine, sku=Sku)
    for line, sku in _LINES.fetch({"cart": cart.pk}): …

They stand where the queries stand, behind functions that say whose rows they read: no fence looks at what is written.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django.db import connection, models


def fetch(text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())


class Written:
    """A statement whose rows begin with models: `{line}` stands for the columns of the table that it calls `line`.

    They are selected first and in the order in which they are named here; whatever else is selected follows them.
    """

    def __init__(self, text: str, **rows: type[models.Model]) -> None:
        self._text, self._rows = text, rows

    @cached_property
    def text(self) -> str:
        return self._text.format(**{alias: _columns(model, alias) for alias, model in self._rows.items()})

    def fetch(self, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Each row's models, None for one that an outer join did not find, and what else was selected. One query."""
        return [tuple(self._read(row)) for row in fetch(self.text, params)]

    def _read(self, row: tuple[Any, ...]) -> Iterator[Any]:
        at = 0
        for model in self._rows.values():
            fields = model._meta.concrete_fields
            yield _row_of(model, row[at : at + len(fields)])
            at += len(fields)
        yield from row[at:]


def _columns(model: type[models.Model], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def _row_of(model: type[models.Model], values: tuple[Any, ...]) -> models.Model | None:
    fields = model._meta.concrete_fields
    read = [
        field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
        for field, value in zip(fields, values, strict=True)
    ]
    pk = model._meta.pk
    is_there = read[[field is pk for field in fields].index(True)] is not None
    return model.from_db(connection.alias, [field.attname for field in fields], read) if is_there else None
