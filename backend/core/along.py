"""Statements whose answer nobody waits for go along with the next one that is asked: one message, in the same order.

    @atomic(durable=True)
    @for_actor
    @sending_along()
    def place_orders(…):
        run("UPDATE …", {…})  # goes along with whatever is asked next
        fetch("SELECT …", {…})  # sees it done

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


@dataclass(slots=True)
class Waiting:
    """What is to go along, all of it one company's work."""

    statements: list[tuple[str, Params]] = field(default_factory=list)
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
    waiting = _waiting.get()
    if waiting is None:
        with connection.cursor() as cursor:
            cursor.execute(text, params)
        return
    if waiting.work != present_work():
        _send(waiting)
        waiting.work = present_work()
    waiting.statements.append((text, params))


def _send(waiting: Waiting) -> None:
    """The last one takes the others along."""
    if waiting.statements:
        text, params = waiting.statements.pop()
        with working(waiting.work), connection.cursor() as cursor:
            cursor.execute(text, params)


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
    first = [waiting.work.told, *(cursor.mogrify(text, said) for text, said in statements)]
    written = query if params is None else cursor.mogrify(query, params)
    result = execute("; ".join([*first, written]), None, many, context)
    for _each in first:
        cursor.nextset()
    return result
