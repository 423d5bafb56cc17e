"""The process's clock. Deadlines never use it: they use the database's own."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

_offset = timedelta(seconds=settings.CLOCK_SKEW_S)


def now() -> datetime:
    """The present moment, timezone-aware, in UTC, moved by this process's offset."""
    return timezone.now() + _offset


def skew(offset_s: float) -> None:
    """Moves this process's clock by offset_s seconds: how a test makes two machines disagree. CLOCK_SKEW_S does the
    same from the start of a process, outside production."""
    global _offset
    _offset = timedelta(seconds=offset_s)
