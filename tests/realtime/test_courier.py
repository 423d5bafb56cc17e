"""From committed events to announcements, with every crash that may happen on the way."""

import asyncio
import logging
from dataclasses import replace

import pytest
from django.db import connection
from django.utils.html import strip_tags

from backend.core.database import direct_connection
from backend.events import dead_letters, log
from backend.events.models import Cursor, Event
from backend.inventory import queries
from backend.inventory.actions import change_disclosure
from backend.inventory.availability.queries import AvailabilityView, availability
from backend.inventory.disclosure import Disclosure
from backend.orders.queries import order_status
from realtime import lanes, pushes
from realtime.courier import Courier
from realtime.hearing import Hearing
from realtime.road import EpochOver, Push, Road
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered
from tests.realtime.conftest import an_ear, carry, change, take_one_off
from tests.realtime.ear import each_alone


def test_a_change_is_announced_with_its_frame(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    topic = f"stock:{cast.mug.pk}"
    with an_ear(runner, topic, wanted_in=("en", "ar")) as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        (push,) = runner.run(ear.heard())
    shown = availability(cast.mug.pk)
    assert (push.topic, push.version) == (topic, shown.version)
    assert set(push.frames) == {"en", "ar"}
    assert push.frames["en"].startswith(f'<template data-topic="{topic}" data-v="{shown.version}"'.encode())
    assert b"240" in push.frames["en"]


def test_what_nobody_wants_is_announced_and_not_rendered(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    with an_ear(runner, f"stock:{cast.mug.pk}", wanted_in=()) as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        assert [push.frames for push in runner.run(ear.heard())] == [{}]


def test_many_changes_of_one_topic_become_one_announcement(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    with an_ear(runner, f"stock_level:{cast.mug.pk}") as ear:
        for _ in range(5):
            change(cast, cast.mug, -1)
        carry(courier)
        (push,) = runner.run(ear.heard())
    assert push.version == queries.stock_level(cast.mug.pk).version
    assert b"295" in push.frames["en"]


def test_a_change_that_buyers_cannot_see_says_nothing_to_them(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    seen, hidden = f"stock_level:{cast.plate.pk}", f"stock:{cast.plate.pk}"
    with an_ear(runner, seen, hidden) as ear:
        change(cast, cast.plate, -1)  # 40 to 39: the same band
        carry(courier)
        assert [push.topic for push in runner.run(ear.heard())] == [seen]


def test_a_frame_whose_bytes_did_not_change_is_not_announced(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    order = ordered(cast, {cast.mug: 40})
    with an_ear(runner, f"order:{order.pk}") as ear:
        take_one_off(order, actor_of(cast.bea))
        carry(courier)
        before = runner.run(ear.heard())[0].version
        take_one_off(order, actor_of(cast.bea))
        carry(courier)
        assert runner.run(ear.heard()) == [], "it stands where it stood: only its lines say something else"
        assert order_status(order.pk).version == before + 1


def test_a_change_that_is_undone_at_once_is_announced_for_a_page_may_show_what_was_in_between(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    with an_ear(runner, f"stock:{cast.mug.pk}") as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        before = runner.run(ear.heard())[0].version
        change(cast, cast.mug, -60)
        change(cast, cast.mug, 60)
        carry(courier)
        assert [push.version for push in runner.run(ear.heard())] == [before + 2]


def test_an_event_that_commits_late_is_neither_lost_nor_put_before_what_was_delivered(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    mug, plate = f"stock_level:{cast.mug.pk}", f"stock_level:{cast.plate.pk}"
    insert = (
        "INSERT INTO events_event (kind, subject, version, data)"
        " VALUES ('inventory.stock_sold', %s, 9, %s) RETURNING id"
    )
    with an_ear(runner, mug, plate) as ear, direct_connection() as other:
        other.autocommit = False
        other.execute(insert, [plate, '{"availability_version": null}'])
        change(cast, cast.mug, -1)
        carry(courier)
        assert [push.topic for push in runner.run(ear.heard())] == [mug]
        other.commit()
        carry(courier)
        assert [push.topic for push in runner.run(ear.heard())] == [plate]
    assert [event.subject for event in log.since(0)] == [mug, plate]
    assert log.watermark() == log.last_position() == 2


def test_a_crash_before_the_watermark_repeats_and_loses_nothing(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner
) -> None:
    with an_ear(runner, f"stock:{cast.mug.pk}") as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        first = runner.run(ear.heard())
        Cursor.objects.all().delete()  # as if the process had died just before it moved the watermark
        carry(Courier(delivery, runner.run))
        assert runner.run(ear.heard()) == first
    assert log.watermark() == log.last_position()


def test_redis_that_lost_its_last_second_is_given_it_again(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner
) -> None:
    topic = f"stock:{cast.mug.pk}"
    with an_ear(runner, topic) as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        road = runner.run(delivery.road())
        assert isinstance(road, Road)
        runner.run(forget(delivery, replace(road, position=0), topic))
        carry(Courier(delivery, runner.run))
        assert len(runner.run(ear.heard())) == 2
    assert runner.run(delivery.heads(road.epoch, [topic])) == {topic: availability(cast.mug.pk).version}


async def forget(delivery: Hearing, road: Road, topic: str) -> None:
    """What a Redis that restarted from an older file looks like."""
    await delivery.redis.delete(f"live:{road.epoch}:head:{topic}")
    await delivery.redis.hset("live:road", "position", road.position)


def test_the_first_epoch_of_all_is_nothing_to_be_warned_of(
    cast: Cast, courier: Courier, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        carry(courier)
    assert [record.levelname for record in caplog.records if "new_epoch" in str(record.msg)] == ["INFO"]


@pytest.mark.parametrize("loss", ["everything", "ahead of the database", "another database"])
def test_a_redis_that_cannot_know_begins_a_new_epoch(
    loss: str, cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner
) -> None:
    change(cast, cast.mug, -60)
    carry(courier)
    before = runner.run(delivery.road())
    match loss:
        case "everything":
            runner.run(delivery.redis.flushdb())
        case "ahead of the database":
            runner.run(delivery.redis.hset("live:road", "position", 1_000_000))
        case _:
            runner.run(delivery.redis.hset("live:road", "cluster", "somebody else"))
    carry(Courier(delivery, runner.run))
    after = runner.run(delivery.road())
    assert before is not None
    assert after is not None
    assert after.epoch != before.epoch
    assert (after.cluster, after.position) == (before.cluster, log.last_position())


def test_a_relay_of_an_older_epoch_stores_nothing(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner
) -> None:
    carry(courier)
    zombie_epoch = runner.run(delivery.epoch())
    runner.run(delivery.open_epoch("x", 0))
    with pytest.raises(EpochOver):
        runner.run(delivery.publish(zombie_epoch, each_alone(zombie_epoch, [Push("stock:1", 99)]), 7))
    assert runner.run(delivery.heads(zombie_epoch, ["stock:1"])) == {}


def test_an_older_version_never_replaces_a_newer_one(delivery: Hearing, runner: asyncio.Runner) -> None:
    epoch = runner.run(delivery.open_epoch("x", 0))
    with an_ear(runner, "stock:1") as ear:
        runner.run(delivery.publish(epoch, each_alone(epoch, [Push("stock:1", 9, {"en": b"<nine>"})]), 2))
        runner.run(delivery.publish(epoch, each_alone(epoch, [Push("stock:1", 8, {"en": b"<eight>"})]), 1))
        assert [push.version for push in runner.run(ear.heard())] == [9]
    stored = runner.run(delivery.stored(epoch, ["stock:1"], ["en"]))["stock:1"]
    assert (stored.head, stored.frames) == (9, {"en": b"<nine>"})
    assert runner.run(delivery.road()) == Road(epoch, "x", 2)


def test_a_frame_counts_only_if_it_is_the_heads(delivery: Hearing, runner: asyncio.Runner) -> None:
    epoch = runner.run(delivery.open_epoch("x", 0))
    runner.run(delivery.publish(epoch, each_alone(epoch, [Push("stock:1", 8, {"en": b"<eight>"})]), 1))
    runner.run(delivery.publish(epoch, each_alone(epoch, [Push("stock:1", 9)]), 2))
    assert runner.run(delivery.stored(epoch, ["stock:1"], ["en"]))["stock:1"].frames == {}


def test_a_query_that_takes_too_long_becomes_a_refresh(
    cast: Cast, courier: Courier, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(pk: int) -> AvailabilityView:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")
        return availability(pk)

    slow_stock = replace(pushes.STOCK, query=slow)
    monkeypatch.setattr(lanes, "PUSHES", dict.fromkeys(pushes.PUSHES, (slow_stock, pushes.STOCK_LEVEL)))
    stock, level = f"stock:{cast.mug.pk}", f"stock_level:{cast.mug.pk}"
    with an_ear(runner, stock, level) as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        announced = {push.topic: push for push in runner.run(ear.heard())}
    assert announced[stock].frames == {}
    assert announced[stock].version == availability(cast.mug.pk).version
    assert b"240" in announced[level].frames["en"]
    assert [(letter.topic, letter.what) for letter in dead_letters.unseen()] == [(stock, slow_stock.fragment)]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("inventory.from_tomorrow", "stock_level:1"),
        ("inventory.stock_sold", "stock_level:1"),
        ("inventory.stock_sold", "?"),
    ],
    ids=["an unknown kind", "data that is missing", "a subject without a key"],
)
def test_an_event_that_makes_no_sense_does_not_stop_the_road(
    kind: str, subject: str, cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    Event.objects.create(kind=kind, subject=subject, version=1, data={})
    with an_ear(runner, f"stock:{cast.mug.pk}") as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        assert len(runner.run(ear.heard())) == 1
    assert log.watermark() == log.last_position() == 2


def test_changing_what_is_disclosed_reaches_buyers(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    with an_ear(runner, f"stock:{cast.mug.pk}") as ear:
        change_disclosure(cast.mug, Disclosure.IN_OR_OUT, actor=actor_of(cast.nora))
        carry(courier)
        (push,) = runner.run(ear.heard())
    assert "300" not in strip_tags(push.frames["en"].decode()), "words alone: numbers of rows may hold any figures"
