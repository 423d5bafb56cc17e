"""Row locks: once per transaction, in primary-key order, late, and never waiting for ever."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import OperationalError, connection
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from backend.core.errors import Busy

LOCK_TIMEOUT_S = 5.0
M = TypeVar("M", bound=Model)


def lock(rows: QuerySet[M], *, what: str) -> list[M]:
    """Locks the rows FOR NO KEY UPDATE in primary-key order and returns them as they are now.

    `what` names them for the person who has to wait ("the stock of 85123A"). Raises Busy after LOCK_TIMEOUT_S.
    """
    with locking(what):
        return list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))


@contextmanager
def locking(what: str) -> Iterator[None]:
    """The written statements inside lock what they read, in primary-key order. Raises Busy as lock() does."""
    with busy_over(what), connection.execute_wrapper(_waiting):
        yield


def keep_as_it_is(row: Model, *, what: str) -> None:
    """Nobody changes the row until this transaction ends; many may keep it so at once. Before any other lock.

    Raises Busy after LOCK_TIMEOUT_S, as lock() does.
    """
    kept = f"SELECT FROM {row._meta.db_table} WHERE id = %s FOR SHARE"  # our own models
    with busy_over(what), connection.execute_wrapper(_waiting), connection.cursor() as cursor:
        cursor.execute(kept, [row.pk])


@contextmanager
def waiting_at_most(timeout_s: float, *, what: str) -> Iterator[None]:
    """Bounds every wait for a lock inside, for the rest of the transaction (SET LOCAL: it must be in one)."""
    assert connection.in_atomic_block, "locks are taken inside a transaction"  # noqa: S101
    with connection.cursor() as cursor:
        cursor.execute(_bound(timeout_s))
    with busy_over(what):
        yield


def _bound(timeout_s: float) -> str:
    return f"SELECT set_config('lock_timeout', '{round(timeout_s * 1000)}ms', true)"


def _waiting(execute: Callable[..., Any], query: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """A statement with the bound of its wait in front: one message."""
    assert connection.in_atomic_block, "locks are taken inside a transaction"  # noqa: S101
    result = execute(f"{_bound(LOCK_TIMEOUT_S)}; {query}", params, many, context)
    context["cursor"].cursor.nextset()
    return result


@contextmanager
def busy_over(what: str) -> Iterator[None]:
    """Whoever waits for a lock inside for longer than this transaction may is told of what. Raises Busy."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy(_("Somebody else is changing %(what)s. Try again in a moment.") % {"what": what}) from error
        raise


def require_outermost(action: str) -> None:
    """Raises RuntimeError inside a transaction: for what commits by itself, whoever does it."""
    blocks = connection.atomic_blocks
    if blocks and not blocks[-1]._from_testcase:  # type: ignore[attr-defined]  # as Django's atomic(durable=True) asks
        raise RuntimeError(f"{action} commits by itself: it can't be a part of a transaction")
