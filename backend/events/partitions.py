"""The event table's months: made ahead by `release`, dropped whole when they are old."""

from collections.abc import Iterator
from datetime import date

from django.db import connection

MONTHS_AHEAD = 12


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
