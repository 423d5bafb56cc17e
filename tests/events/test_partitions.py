"""Old months of events go whole, and never before everybody has read them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from backend.core.database import direct_connection, use_owner_role
from backend.events import partitions
from backend.events.models import Event
from backend.events.partitions import drop_old_partitions, ensure_partitions
from tests.conftest import as_owner

TODAY = date(2019, 3, 15)
"""Long before the months that the tests' own database has."""
MONTHS = [f"events_event_{month}" for month in ("2018_11", "2018_12", "2019_01", "2019_02", "2019_03")]

Drop = Callable[[int, int], list[str]]


@pytest.fixture
def drop(transactional_db: None) -> Iterator[Drop]:
    """Five months, and how they are dropped: (months kept, position passed) -> names."""
    with as_owner():
        use_owner_role()
        ensure_partitions(date(2018, 11, 1), 5)
        yield lambda keep, passed: drop_old_partitions(TODAY, keep, passed)
        drop_old_partitions(date(2019, 12, 1), 1, 1_000)


def happened(month: int, position: int | None, year: int = 2018) -> None:
    at = datetime(year, month, 10, tzinfo=UTC)
    Event.objects.create(kind="market.loaded", subject="market:1", version=1, occurred_at=at, position=position)


def test_whole_months_before_the_kept_ones_go(drop: Drop) -> None:
    happened(11, 1)
    happened(2, 2, year=2019)
    assert drop(1, 2) == MONTHS[:3]
    assert [event.position for event in Event.objects.all()] == [2]
    assert drop(1, 2) == []


def test_the_year_before_is_counted_right(drop: Drop) -> None:
    assert drop(3, 0) == MONTHS[:1]
    assert drop(2, 0) == MONTHS[1:2]


def test_what_somebody_has_not_read_stays(drop: Drop) -> None:
    happened(11, 1)
    happened(12, 2)
    assert drop(1, 1) == [MONTHS[0], MONTHS[2]]
    assert drop(1, 2) == [MONTHS[1]]


def test_what_was_never_numbered_stays(drop: Drop) -> None:
    happened(11, None)
    assert drop(1, 1_000) == MONTHS[1:3]
    assert Event.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM events_event")


def test_a_month_in_use_waits_for_the_next_release(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "LOCK_WAIT_S", 0.1)
    with direct_connection() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM events_event LIMIT 1")
        assert drop(1, 0) == []
        reader.execute("ROLLBACK")
    assert drop(1, 0) == MONTHS[:3]
