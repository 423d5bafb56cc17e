"""Written statements: put together once, where Django would put its query together again on every page.

    _LINES = Written("SELECT {line}, {sku} FROM orders_cartline line JOIN catalog_sku sku ON …", line=CartLine, sku=Sku)
    for line, sku in _LINES.fetch({"cart": cart.pk}): …

They stand where the queries stand, behind functions that say whose rows they read: no fence looks at what is written.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models

Converter = Callable[[Any, None, Any], Any]


def fetch(text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())


def as_json(rows: object) -> str:
    """Many rows as one parameter, for `json_to_recordset`: the driver writes an array value by value."""
    return json.dumps(rows, default=str)


def as_array(numbers: Iterable[int | None]) -> str:
    """Many numbers, or truths, as one parameter, for the same reason."""
    return f"{{{str(list(numbers))[1:-1].replace('None', 'NULL')}}}"


def as_texts(texts: Iterable[str]) -> str:
    """Many texts as one parameter."""
    quoted = [each.replace("\\", "\\\\").replace('"', '\\"') for each in texts]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


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
        return self.read(fetch(self.text, params))

    def read(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The same of rows that this statement answered, if it was asked by `text` (see along.py)."""
        return [tuple(self._read(row)) for row in rows]

    def _read(self, row: tuple[Any, ...]) -> Iterator[Any]:
        at = 0
        for model in self._rows.values():
            end = at + len(model._meta.concrete_fields)
            yield _row_of(model, row[at:end])
            at = end
        yield from row[at:]


def _columns(model: type[models.Model], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def _row_of(model: type[models.Model], values: tuple[Any, ...]) -> models.Model | None:
    names, pk, converters = _shape(model)
    if values[pk] is None:
        return None
    read = list(values)
    for at, convert in converters:
        read[at] = convert(read[at], None, connection)
    return model.from_db(DEFAULT_DB_ALIAS, names, read)


@cache
def _shape(model: type[models.Model]) -> tuple[list[str], int, list[tuple[int, Converter]]]:
    """How a row becomes a model: its fields' names, where its key stands, and what has to be made of which value."""
    fields = list(model._meta.concrete_fields)
    converters = [(at, field.from_db_value) for at, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], fields.index(model._meta.pk), converters
