"""Pieces of SQL with what they are asked with. A search is a few large statements, each written out of such pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of a statement; nothing that anybody typed stands in its text."""

    text: str
    params: tuple[Any, ...] = ()

    def fetch(self) -> list[tuple[Any, ...]]:
        """The rows of this as a whole statement."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.params)
            return list(cursor.fetchall())

    def within(self, text: str, *params: Any) -> Sql:
        """This in the place of the `{}` of a larger piece, whose own parameters come after it."""
        return Sql(text.format(self.text), (*self.params, *params))


def fetch_all(*statements: Sql) -> list[list[tuple[Any, ...]]]:
    """The rows of each of these statements, which are sent as one message: what none of them learns from another."""
    whole = joined(statements, ";\n")
    with connection.cursor() as cursor:
        cursor.execute(whole.text, whole.params)
        found = [list(cursor.fetchall())]
        while cursor.nextset():
            found.append(list(cursor.fetchall()))
        return found


def joined(pieces: Iterable[Sql], by: str) -> Sql:
    """One after the other."""
    every = list(pieces)
    return Sql(by.join(piece.text for piece in every), tuple(param for piece in every for param in piece.params))


def all_of(*pieces: Sql) -> Sql:
    """A condition that holds where each of these does; an empty piece asks for nothing."""
    asked = [piece for piece in pieces if piece.text]
    return joined(asked, " AND ") if asked else Sql("true")


def either(*pieces: Sql) -> Sql:
    return joined(pieces, " OR ").within("({})")


def is_one_of(column: str, ids: Iterable[object]) -> Sql:
    """Whether a column is one of these ids: one array is written and hashed once, a thousand parameters one by one."""
    return Sql(f"{column} = ANY (%s::bigint[])", (array_of(ids),))


def is_none_of(column: str, ids: Iterable[object]) -> Sql:
    return is_one_of(column, ids).within("NOT ({})")


def array_of(values: Iterable[object]) -> str:
    """As PostgreSQL reads an array of numbers, or of words without anything but letters in them."""
    return f"{{{','.join(map(str, values))}}}"
