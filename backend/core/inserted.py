"""Rows that are written by the dozen or by the thousand, without a model for each and a statement for their number."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db import models

from backend.core.along import Asked, Rows, ask
from backend.core.written import Written, as_json


class Inserted:
    """An INSERT of any number of rows, which are sent as JSON: its text is the same for one and for a thousand.

        _LINES = Inserted(OrderLine, returning="id, position")
        _LINES.fetch([{"position": 1, …}, …], {"order_id": order.pk})

    What a row leaves out is what `each` of them has, else the model's default, else the database's; what a default is
    drawn for, each row has to say. A column that is named with some SQL is what that says, which may stand on what is
    written `before`, with `params` of its own. `{made}` returns models.
    """

    def __init__(self, model: type[models.Model], *, returning: str, before: str = "", **by_sql: str) -> None:
        self._model, self._returning, self._before, self._by_sql = model, returning, before, by_sql

    def fetch(
        self, rows: Sequence[Mapping[str, object]], each: Mapping[str, object], **params: object
    ) -> list[tuple[Any, ...]]:
        """Writes them, and fetches what it returns of each. One query."""
        return self.read(self.ask(rows, each, **params).rows)

    def ask(self, rows: Sequence[Mapping[str, object]], each: Mapping[str, object], **params: object) -> Asked:
        """The same, to go along (backend/core/along.py); what it answers is made sense of by `read`."""
        said = {**params, "rows": as_json(rows), "each": as_json({**self._defaults, **each})}
        return ask(self._written.text, said)

    def read(self, rows: Rows) -> list[tuple[Any, ...]]:
        return self._written.read(rows)

    @cached_property
    def _written(self) -> Written:
        table = self._model._meta.db_table
        text = (
            f"{self._before}\nINSERT INTO {table} AS made ({', '.join([*self._by_sql, *self._columns])})\n"
            f"SELECT {', '.join([*self._by_sql.values(), *self._columns])}\n"
            f"FROM json_populate_recordset(json_populate_record(NULL::{table}, %(each)s), %(rows)s)\n"
            f"RETURNING {self._returning}"
        )  # our own models
        return Written(text, **({"made": self._model} if "{made}" in self._returning else {}))

    @cached_property
    def _columns(self) -> Mapping[str, Any]:
        """With their fields: all but the key, what SQL says, and what the database has a default for."""
        fields = self._model._meta.concrete_fields
        said = {str(each.column): each for each in fields if not (each.primary_key or each.has_db_default())}
        return {column: field for column, field in said.items() if column not in self._by_sql}

    @cached_property
    def _defaults(self) -> dict[str, object]:
        return {name: field.get_default() for name, field in self._columns.items() if not callable(field.default)}
