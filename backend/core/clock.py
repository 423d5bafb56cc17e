"""The process's clock. Deadlines never use it: they use the database's own."""

from datetime import datetime, timedelta

from django.utils import timezone

_offset = timedelta()


def now() -> datetime:
    """The present moment, timezone-aware, in UTC, moved by this process's offset."""
    return timezone.now() + _offset


def skew(offset_s: float) -> None:
    """Moves this process's clock by offset_s seconds: how a fault test makes two machines disagree."""
    global _offset
    _offset = timedelta(seconds=offset_s)
