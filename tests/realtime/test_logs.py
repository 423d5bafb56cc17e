"""Logs: every entry, in order, once; and stored so that a reader gets all that it missed, or none of it."""

import asyncio
import json

import pytest
from django.conf import settings

from backend.core.database import direct_connection
from backend.events.kinds import Kind
from backend.events.models import Cursor, Event
from backend.inventory.actions import change_disclosure
from backend.inventory.disclosure import Disclosure
from backend.inventory.movements.queries import moves_between
from realtime import delivery as road
from realtime.courier import Courier
from realtime.hearing import Hearing
from realtime.road import JSON, Entries
from tests.cast import Cast, actor_of
from tests.realtime.conftest import an_ear, carry, change
from tests.realtime.ear import each_alone


def log_of(first: int, last: int, text: str = "entry") -> Entries:
    return Entries("stock_moves:1", last, first, {"en": [f"<{text} {seq}>".encode() for seq in range(first, last + 1)]})


def test_what_a_batch_appended_is_announced_in_order(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    topic = f"stock_moves:{cast.mug.pk}"
    with an_ear(runner, topic, wanted_in=("en", "ar", JSON)) as ear:
        for _ in range(3):
            change(cast, cast.mug, -1)
        carry(courier)
        (log,) = runner.run(ear.appended())
    assert (log.topic, log.first, log.version) == (topic, 2, 4)
    assert set(log.frames) == {"en", "ar", JSON}
    for seq, frame in zip((2, 3, 4), log.frames["en"], strict=True):
        assert frame.startswith(f'<template data-topic="{topic}" data-v="{seq}" data-push="append"><tr'.encode())
        assert f'id="move-{cast.mug.pk}-{seq}"'.encode() in frame
    newest = json.loads(log.frames[JSON][-1])
    assert (newest["v"], newest["push"], newest["data"]["quantity"], newest["data"]["by"]) == (4, "append", -1, "Nora")


def test_a_reader_gets_every_entry_after_the_last_that_it_has(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner
) -> None:
    topic = f"stock_moves:{cast.mug.pk}"
    with an_ear(runner, topic) as ear:
        for _ in range(2):
            change(cast, cast.mug, -1)
            change(cast, cast.mug, -1)
            carry(courier)
        told = [frame for log in runner.run(ear.appended()) for frame in log.frames["en"]]
    epoch = runner.run(delivery.epoch())
    assert runner.run(delivery.entries(epoch, topic, "en", 1, 5)) == told
    assert runner.run(delivery.entries(epoch, topic, "en", 3, 5)) == told[2:]
    assert runner.run(delivery.entries(epoch, topic, "en", 5, 5)) == []


@pytest.mark.parametrize(("after", "upto"), [(0, 5), (1, 6), (3, 9)], ids=["older", "newer", "beyond"])
def test_a_log_that_is_not_stored_whole_is_not_read_at_all(
    after: int, upto: int, delivery: Hearing, runner: asyncio.Runner
) -> None:
    epoch = runner.run(delivery.open_epoch("x", 0))
    runner.run(delivery.publish(epoch, each_alone(epoch, [log_of(2, 5)]), 1))
    assert runner.run(delivery.entries(epoch, "stock_moves:1", "en", after, upto)) is None


def test_a_hole_that_nobody_wanted_to_be_rendered_is_seen(delivery: Hearing, runner: asyncio.Runner) -> None:
    epoch = runner.run(delivery.open_epoch("x", 0))
    runner.run(
        delivery.publish(epoch, each_alone(epoch, [log_of(1, 2), Entries("stock_moves:1", 3, 3), log_of(4, 4)]), 1)
    )
    assert runner.run(delivery.entries(epoch, "stock_moves:1", "en", 1, 4)) is None
    assert runner.run(delivery.entries(epoch, "stock_moves:1", "en", 3, 4)) == [b"<entry 4>"]


def test_what_is_repeated_or_older_is_not_stored_twice(delivery: Hearing, runner: asyncio.Runner) -> None:
    epoch = runner.run(delivery.open_epoch("x", 0))
    for log in (log_of(3, 5), log_of(3, 5, "again"), log_of(4, 6, "more"), log_of(1, 2, "older")):
        runner.run(delivery.publish(epoch, each_alone(epoch, [log]), 1))
    stored = runner.run(delivery.entries(epoch, "stock_moves:1", "en", 2, 6))
    assert stored == [b"<entry 3>", b"<entry 4>", b"<entry 5>", b"<more 6>"]
    assert runner.run(delivery.heads(epoch, ["stock_moves:1"])) == {"stock_moves:1": 6}


def test_a_stored_log_is_bounded_and_expires(delivery: Hearing, runner: asyncio.Runner) -> None:
    epoch = runner.run(delivery.open_epoch("x", 0))
    runner.run(delivery.publish(epoch, each_alone(epoch, [log_of(1, 600)]), 1))
    key = road.log_key(epoch, "stock_moves:1", "en")
    assert settings.BUILD in key
    assert road.LOG_LENGTH <= runner.run(stream_length(delivery, key)) <= road.LOG_LENGTH + 100
    assert 0 < runner.run(expiry(delivery, key)) <= road.FRAME_TTL_S
    assert runner.run(delivery.entries(epoch, "stock_moves:1", "en", 300, 600)) is None


async def stream_length(delivery: Hearing, key: str) -> int:
    return int(await delivery.redis.xlen(key))


async def expiry(delivery: Hearing, key: str) -> int:
    return int(await delivery.redis.ttl(key))


def test_a_change_of_what_is_disclosed_appends_nothing(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    with an_ear(runner, f"stock_moves:{cast.mug.pk}") as ear:
        change_disclosure(cast.mug, Disclosure.IN_OR_OUT, actor=actor_of(cast.nora))
        carry(courier)
        assert runner.run(ear.bundles()) == []


def test_two_events_whose_numbers_stand_in_the_opposite_order_leave_no_hole(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner
) -> None:
    """The later one of a subject is numbered and carried first; then the relay dies before the watermark moves."""
    topic = f"stock_moves:{cast.mug.pk}"
    with an_ear(runner, topic) as ear:
        change(cast, cast.mug, -1)
        carry(courier)
        change(cast, cast.mug, -10)
        change(cast, cast.mug, -20)
        first, second = Event.objects.filter(position=None).order_by("pk")
        number(second.pk, 2)
        carry_only(courier)
        number(first.pk, 3)
        Cursor.objects.update(position=1)
        carry_only(Courier(delivery, runner.run))
        told = {frame for log in runner.run(ear.appended()) for frame in log.frames["en"]}
    epoch = runner.run(delivery.epoch())
    stored = runner.run(delivery.entries(epoch, topic, "en", 1, 4))
    assert stored is not None
    assert set(stored) == told
    assert [f'id="move-{cast.mug.pk}-{seq}"'.encode() in frame for seq, frame in enumerate(stored, 2)] == [True] * 3


def number(event_id: int, position: int) -> None:
    with direct_connection() as wire:
        wire.execute("UPDATE events_event SET position = %s WHERE id = %s", [position, event_id])
        wire.execute("UPDATE events_numbering SET last_position = %s", [position])


def carry_only(courier: Courier) -> None:
    while courier.carry(True):
        pass


def test_so_much_at_once_that_no_page_shows_it_is_asked_for(
    cast: Cast, courier: Courier, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.render.MAX_ENTRIES", 3)
    with an_ear(runner, f"stock_moves:{cast.mug.pk}") as ear:
        for _ in range(4):
            change(cast, cast.mug, -1)
        carry(courier)
        assert [(push.version, push.frames) for push in runner.run(ear.heard())] == [(5, {})]


def test_a_log_whose_entries_are_not_there_is_asked_for(
    cast: Cast, courier: Courier, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with an_ear(runner, f"stock_moves:{cast.mug.pk}") as ear:
        change(cast, cast.mug, -1)
        span = {"availability_version": None, "first_seq": 2, "last_seq": 7}
        Event.objects.create(kind=Kind.INVENTORY_STOCK_SOLD, subject=f"stock_level:{cast.mug.pk}", version=9, data=span)
        carry(courier)
        assert [(push.version, push.frames) for push in runner.run(ear.heard())] == [(7, {})]
    assert [entry.seq for entry in moves_between(cast.mug.pk, 2, 7)] == [2]
