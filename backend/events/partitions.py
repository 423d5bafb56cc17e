"""The event table's months: made ahead by `release`, dropped whole when they are old."""

import logging
from collections.abc import Iterator
from datetime import date

from django.db import OperationalError, connection
from django.db.transaction import atomic
from psycopg import sql

MONTHS_AHEAD = 12
LOCK_WAIT_S = 2.0
"""Dropping a month locks the whole table for a moment: behind a long query it is left to the next release."""

logger = logging.getLogger(__name__)


def ensure_partitions(first: date, months: int = MONTHS_AHEAD) -> None:
    """Makes the partitions of `months` months from the one of `first` on. Needs the owner's role; idempotent.

    Rows of a month that has no partition land in the default one, so a forgotten release loses nothing.
    """
    for start, end in _months(first, months):
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS events_event_{start:%Y_%m} PARTITION OF events_event"
                f" FOR VALUES FROM ('{start.isoformat()} 00:00+00') TO ('{end.isoformat()} 00:00+00')"
            )


def _months(first: date, months: int) -> Iterator[tuple[date, date]]:
    start = first.replace(day=1)
    for _ in range(months):
        end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        yield start, end
        start = end


def drop_old_partitions(today: date, keep_months: int, passed: int) -> list[str]:
    """Drops the months before the last `keep_months` whole ones, if every reader of the log has passed all of their
    events: `passed` is the position of the slowest. Needs the owner's role; returns the names of what was dropped."""
    first_kept = _months_before(today, keep_months)
    dropped = []
    for name, month in _partitions():
        if month < first_kept and _is_passed(name, passed) and _drop(name):
            dropped.append(name)
    return dropped


def _months_before(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _partitions() -> Iterator[tuple[str, date]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = 'events_event'::regclass AND relname ~ '^events_event_[0-9]{4}_[0-9]{2}$' ORDER BY 1"
        )
        for (name,) in cursor.fetchall():
            yield name, date(int(name[-7:-3]), int(name[-2:]), 1)


def _is_passed(name: str, passed: int) -> bool:
    with connection.cursor() as cursor:
        query = "SELECT NOT EXISTS (SELECT FROM {} WHERE position IS NULL OR position > %s)"
        cursor.execute(sql.SQL(query).format(sql.Identifier(name)), [passed])
        return bool(cursor.fetchone()[0])


def _drop(name: str) -> bool:
    try:
        with atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{int(LOCK_WAIT_S * 1000)}ms'")
            cursor.execute(f"DROP TABLE {name}")
    except OperationalError:
        logger.warning("%s is in use and stays until the next release", name)
        return False
    return True
