"""Numbering under the interleavings that lose events elsewhere. Two real connections where two are claimed."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from backend.accounts.actor import Actor
from backend.core.database import direct_connection
from backend.events import log
from backend.events.kinds import Kind
from backend.events.models import Event, Numbering

SYSTEM = Actor(user_id=1, company_id=1)
INSERT = "INSERT INTO events_event (kind, subject, version, data) VALUES ('market.loaded', %s, 1, '{}') RETURNING id"


def record(subject: str, version: int = 1) -> Event:
    with transaction.atomic():
        return log.record(Kind.MARKET_LOADED, subject, version=version, actor=SYSTEM)


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Another process's connection."""
    with direct_connection() as wire:
        wire.autocommit = False
        yield wire


@pytest.mark.django_db
def test_positions_are_gapless_and_follow_the_order_of_ids() -> None:
    ids = [record(f"thing:{n}").pk for n in range(5)]
    assert [(event.pk, event.position) for event in log.number_events()] == list(zip(ids, range(1, 6), strict=True))
    assert log.number_events() == []


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        log.record(Kind.MARKET_LOADED, "thing:1", version=1, actor=SYSTEM)


def test_an_event_that_commits_late_is_numbered_late_and_never_lost(
    other: psycopg.Connection[tuple[Any, ...]],
) -> None:
    (early_id,) = other.execute(INSERT, ["thing:early"]).fetchone() or (0,)
    late = record("thing:late")
    assert late.pk > early_id
    assert [event.subject for event in log.number_events()] == ["thing:late"]
    other.commit()
    assert log.number_events(after_id=late.pk) == []
    assert [(event.pk, event.position) for event in log.number_events(after_id=0)] == [(early_id, 2)]
    assert [event.subject for event in log.since(0)] == ["thing:late", "thing:early"]


def test_two_numberers_take_turns(other: psycopg.Connection[tuple[Any, ...]]) -> None:
    record("thing:1")
    log.number_events()
    record("thing:2")
    other.execute("SELECT last_position FROM events_numbering WHERE id = 1 FOR UPDATE")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(Exception, match="lock timeout"):
            log.number_events()
        transaction.set_rollback(True)
    other.rollback()
    assert [event.position for event in log.number_events()] == [2]
    assert Numbering.objects.get().last_position == 2


@pytest.mark.django_db
def test_a_watermark_only_moves_forward() -> None:
    log.move_watermark(7)
    log.move_watermark(3)
    assert log.watermark() == 7
    assert log.watermark("somebody else") == 0


@pytest.mark.django_db(transaction=True)
def test_the_application_may_number_an_event_but_not_rewrite_it() -> None:
    event = record("thing:1")
    log.number_events()
    for statement in ("UPDATE events_event SET version = 9", "DELETE FROM events_event"):
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Event.objects.get(pk=event.pk).version == 1


@pytest.mark.django_db(transaction=True)
def test_events_lie_in_the_partition_of_their_month() -> None:
    event = record("thing:1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM events_event")
        (table,) = cursor.fetchone()
    assert table == f"events_event_{event.occurred_at:%Y_%m}"
