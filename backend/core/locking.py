"""Row locks: once per transaction, in primary-key order, late, and never waiting for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

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
    with waiting_at_most(LOCK_TIMEOUT_S, what=what):
        return list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))


def keep_as_it_is(row: Model, *, what: str) -> None:
    """Nobody changes the row until this transaction ends; many may keep it so at once. Before any other lock.

    Raises Busy after LOCK_TIMEOUT_S, as lock() does.
    """
    kept = f"SELECT FROM {row._meta.db_table} WHERE id = %s FOR SHARE"  # our own models
    with waiting_at_most(LOCK_TIMEOUT_S, what=what), connection.cursor() as cursor:
        cursor.execute(kept, [row.pk])


@contextmanager
def waiting_at_most(timeout_s: float, *, what: str) -> Iterator[None]:
    """Bounds every wait for a lock inside, for the rest of the transaction (SET LOCAL: it must be in one)."""
    assert connection.in_atomic_block, "locks are taken inside a transaction"  # noqa: S101
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{round(timeout_s * 1000)}ms"])
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy(_("Somebody else is changing %(what)s. Try again in a moment.") % {"what": what}) from error
        raise
