"""Statements whose answer nobody waits for go along with the next one that is asked: one message, in the same order.

    @atomic(durable=True)
    @for_actor
    @sending_along()
    def place_orders(…):
        run("UPDATE …", {…})  # goes along with whatever is asked next
        later = ask("SELECT …", {…})  # so does this
        fetch("SELECT …", {…})  # sees it done
        later.rows  # are there by now; would be sent for, were they not

Each way to the database and back costs more than most statements do. Nothing is ever asked before what was to go along,
savepoints included; what is left in the end goes by itself, and after an error nothing does. Where nobody said
`sending_along()`, run() sends at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection

from backend.core.row_security import NOBODYS, Work, present_work, working

Params = Mapping[str, Any] | Sequence[Any]
Rows = list[tuple[Any, ...]]


@dataclass(slots=True)
class Asked:
    """A statement that was asked, and what it answered; None: not yet."""

    text: str
    params: Params
    answer: Rows | None = None

    @property
    def rows(self) -> Rows:
        """Sent for, if they have not come along yet."""
        if self.answer is None and (waiting := _waiting.get()) is not None and self in waiting.statements:
            _send(waiting)
        assert self.answer is not None, "it went with a transaction that is over"  # noqa: S101
        return self.answer


@dataclass(slots=True)
class Waiting:
    """What is to go along, all of it one company's work."""

    statements: list[Asked] = field(default_factory=list)
    work: Work = NOBODYS


_waiting: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def sending_along() -> Iterator[None]:
    """Inside a transaction: what run() is given inside goes along with the next statement."""
    assert connection.in_atomic_block, "what goes along is part of a transaction"  # noqa: S101
    if _waiting.get() is not None:
        yield
        return
    waiting = Waiting()
    token = _waiting.set(waiting)
    try:
        with connection.execute_wrapper(_with_it):
            yield
            _send(waiting)
    finally:
        _waiting.reset(token)


def run(text: str, params: Params) -> None:
    """A statement of whose answer nothing is needed."""
    ask(text, params)


def ask(text: str, params: Params) -> Asked:
    """A statement whose rows are needed later."""
    waiting, asked = _waiting.get(), Asked(text, params)
    if waiting is None:
        _execute(asked)
        return asked
    if waiting.work != present_work():
        _send(waiting)
        waiting.work = present_work()
    waiting.statements.append(asked)
    return asked


def _send(waiting: Waiting) -> None:
    """The last one takes the others along."""
    if waiting.statements:
        last = waiting.statements.pop()
        with working(waiting.work):
            _execute(last)


def _execute(asked: Asked) -> None:
    with connection.cursor() as cursor:
        cursor.execute(asked.text, asked.params)
        asked.answer = _rows_at(cursor)


def _rows_at(cursor: Any) -> Rows:
    """What the statement that the cursor stands at answered; nothing, where it is no question.

    Whether it is one says its place: a description of its columns would be put together to be thrown away.
    """
    return [] if cursor.rownumber is None else list(cursor.fetchall())


def _with_it(execute: Callable[..., Any], query: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """A statement with all that waits in front."""
    waiting, cursor = _waiting.get(), context["cursor"].cursor
    if waiting is None or not waiting.statements:
        return execute(query, params, many, context)
    if many or isinstance(cursor, psycopg.ServerCursor):
        _send(waiting)
        cursor.connection.execute(present_work().told)  # as it was before they were sent
        return execute(query, params, many, context)
    statements, waiting.statements = waiting.statements, []
    first = (cursor.mogrify(each.text, each.params) for each in statements)
    written = query if params is None else cursor.mogrify(query, params)
    result = execute("; ".join([waiting.work.told, *first, written]), None, many, context)
    cursor.nextset()
    for each in statements:
        each.answer = _rows_at(cursor)
        cursor.nextset()
    return result
