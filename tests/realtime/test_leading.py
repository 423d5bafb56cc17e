"""Who leads: terms that end those before them, and subjects that are shared out among several leaders."""

import asyncio
import signal
from contextlib import suppress

import psycopg
import pytest
from django.db import connection

from backend.catalog.models import Sku
from backend.core.database import direct_connection
from backend.events import log
from backend.events.models import Cursor, Event
from backend.inventory.availability.queries import availability
from realtime.courier import Courier
from realtime.delivery import ALONE, Delivery
from realtime.hearing import Hearing
from realtime.relay import Numberer
from realtime.road import Deposed, Push
from realtime.shards import Shard, all_shards
from tests.cast import Cast, make_sku
from tests.realtime.conftest import an_ear, change
from tests.realtime.ear import each_alone
from tests.realtime.test_relay import a_relay, heard_version

FIRST, SECOND = all_shards(2)


def leader(delivery: Delivery, runner: asyncio.Runner, shard: Shard = ALONE) -> Courier:
    """A relay that has just taken the lead over a shard."""
    return Courier(delivery, runner.run, shard, log.begin_term(shard.of))


def carry_all(*couriers: Courier) -> None:
    log.number_events()
    for courier in couriers:
        while courier.carry(True):
            pass


# --- Zombies ---------------------------------------------------------------------------------------------------------
def test_a_leader_that_was_deposed_stores_and_tells_nothing(
    cast: Cast, delivery: Hearing, runner: asyncio.Runner
) -> None:
    """It was stopped between rendering and publishing, lost its lock, and comes back after another one has led."""
    topic = f"stock:{cast.mug.pk}"
    zombie = leader(delivery, runner)
    carry_all(zombie)
    term, epoch = log.begin_term() - 1, runner.run(delivery.epoch())
    heir = Courier(delivery, runner.run, ALONE, term + 1)
    with an_ear(runner, topic) as ear:
        change(cast, cast.mug, -60)
        carry_all(heir)
        before = runner.run(delivery.road())
        assert len(runner.run(ear.heard())) == 1
        late = each_alone(epoch, [Push(topic, 99, {"en": b"<late>"})])
        with pytest.raises(Deposed):
            runner.run(delivery.publish(epoch, late, 1_000, term=term))
        assert runner.run(ear.heard()) == []
    assert runner.run(delivery.road()) == before
    assert runner.run(delivery.heads(epoch, [topic])) == {topic: availability(cast.mug.pk).version}


def test_a_leader_that_slept_through_its_succession_stands_by_when_it_wakes(cast: Cast, runner: asyncio.Runner) -> None:
    topic = f"stock_level:{cast.mug.pk}"
    with an_ear(runner, topic) as ear, a_relay() as zombie:
        change(cast, cast.mug, -1)
        heard = [runner.run(heard_version(ear, topic))]
        zombie.send_signal(signal.SIGSTOP)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        with a_relay() as heir:
            change(cast, cast.mug, -1)
            heard.append(runner.run(heard_version(ear, topic)))
            zombie.send_signal(signal.SIGCONT)
            for _ in range(3):
                change(cast, cast.mug, -1)
                heard.append(runner.run(heard_version(ear, topic)))
            heir.kill()
            change(cast, cast.mug, -1)
            heard.append(runner.run(heard_version(ear, topic)))
    assert heard == [2, 3, 4, 5, 6, 7]
    assert list(Event.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_deposed_leader_learns_it_and_leaves_the_watermark_alone(
    cast: Cast, delivery: Hearing, runner: asyncio.Runner
) -> None:
    zombie = leader(delivery, runner)
    carry_all(zombie)
    heir = leader(delivery, runner)
    carry_all(heir)
    change(cast, cast.mug, -60)
    log.number_events()
    with pytest.raises(Deposed):
        zombie.carry(True)
    assert log.watermark() == 0
    carry_all(heir)
    assert log.watermark() == log.last_position() == 1


def test_two_numberers_at_once_give_every_event_one_number(cast: Cast) -> None:
    """A leader that does not know that it was deposed goes on numbering for a moment."""
    zombie, heir = Numberer(), Numberer()
    seen: dict[int, int] = {}
    for _ in range(5):
        change(cast, cast.mug, -1)
        for numberer in (zombie, heir, zombie):
            for event in numberer.number():
                assert event.pk not in seen
                seen[event.pk] = event.position or 0
    assert sorted(seen.values()) == [1, 2, 3, 4, 5]
    assert dict(Event.objects.values_list("pk", "position")) == seen


def test_what_a_zombie_numbered_is_carried_by_its_heir(
    cast: Cast, delivery: Hearing, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    heir = leader(delivery, runner)
    carry_all(heir)
    with an_ear(runner, f"stock:{cast.mug.pk}") as ear:
        change(cast, cast.mug, -60)
        Numberer().number()  # the zombie's: the heir hears of no news
        monkeypatch.setattr("realtime.courier.TICK_S", 0.0)
        heir.carry(False)
        assert len(runner.run(ear.heard())) == 1


def test_a_relay_that_was_stopped_in_the_middle_of_numbering_holds_nobody_up(cast: Cast) -> None:
    change(cast, cast.mug, -1)
    log.number_events()
    with suppress(psycopg.Error), direct_connection() as stopped:  # which is closed on it
        stopped.execute("SET idle_in_transaction_session_timeout = '200ms'")  # a relay's connection has seconds
        stopped.execute("BEGIN")
        stopped.execute("SELECT * FROM events_numbering FOR UPDATE")
        change(cast, cast.mug, -1)
        assert [event.position for event in log.number_events()] == [2]


def test_redis_that_remembers_a_later_term_than_the_database_is_led_again(
    cast: Cast, delivery: Hearing, runner: asyncio.Runner
) -> None:
    """The database came back from a backup: whoever leads begins terms until they are the later ones."""
    carry_all(leader(delivery, runner))
    runner.run(set_term(delivery, 4))
    for _ in range(2):
        with pytest.raises(Deposed):
            leader(delivery, runner).carry(True)
    carry_all(leader(delivery, runner))


async def set_term(delivery: Hearing, term: int) -> None:
    await delivery.redis.hset("live:road", "term", term)


# --- Shards ----------------------------------------------------------------------------------------------------------
def test_each_subject_belongs_to_one_shard() -> None:
    subjects = [f"stock_level:{pk}" for pk in range(200)]
    for of in (1, 2, 3):
        shards = list(all_shards(of))
        assert all(sum(shard.has(subject) for shard in shards) == 1 for subject in subjects)
        assert all(any(shard.has(subject) for subject in subjects) for shard in shards)


def test_two_shards_deliver_what_one_would(cast: Cast, delivery: Hearing, runner: asyncio.Runner) -> None:
    skus = [cast.mug, cast.plate]
    topics = [f"{thing}:{sku.pk}" for sku in skus for thing in ("stock_level", "stock_moves")]
    first, second = leader(delivery, runner, FIRST), leader(delivery, runner, SECOND)
    with an_ear(runner, *topics) as ear:
        carry_all(first, second)
        for sku in skus * 3:
            change(cast, sku, -1)
        carry_all(first, second)
        told = {news.topic: news.version for bundle in runner.run(ear.bundles()) for news in bundle.news}
    assert told == dict.fromkeys(topics, 4)
    assert {cursor.name: cursor.position for cursor in Cursor.objects.filter(log.OF_RELAYS)} == {
        "relay": 6,
        "relay.1": 6,
    }


def test_a_shard_waits_for_the_first_to_begin_an_epoch_and_keeps_it(
    cast: Cast, delivery: Hearing, runner: asyncio.Runner
) -> None:
    first, second = leader(delivery, runner, FIRST), leader(delivery, runner, SECOND)
    change(cast, cast.mug, -1)
    log.number_events()
    assert not second.carry(True)
    assert runner.run(delivery.road(SECOND)) is None
    carry_all(first)
    epoch = runner.run(delivery.epoch())
    carry_all(second, first)
    assert runner.run(delivery.epoch()) == epoch
    assert log.watermark("relay.1") == 1


def test_every_shard_ticks_for_itself(cast: Cast, delivery: Hearing, runner: asyncio.Runner) -> None:
    with an_ear(runner) as ear:
        carry_all(leader(delivery, runner, FIRST), leader(delivery, runner, SECOND))
        ticks = runner.run(ear.ticks())
    assert [(tick.shard, tick.shards) for tick in ticks] == [(0, 2), (1, 2)]


def test_another_number_of_shards_begins_where_the_slowest_had_come_to(
    cast: Cast, delivery: Hearing, runner: asyncio.Runner
) -> None:
    first = leader(delivery, runner, FIRST)
    leader(delivery, runner, SECOND)
    for _ in range(3):
        change(cast, cast.mug, -1)
        change(cast, cast.plate, -1)
    carry_all(first)  # the second one never came to it
    assert log.relay_watermark() == 0
    topics = [f"stock_level:{cast.mug.pk}", f"stock_level:{cast.plate.pk}"]
    carry_all(leader(delivery, runner))
    heads = runner.run(delivery.heads(runner.run(delivery.epoch()), topics))
    assert heads == dict.fromkeys(topics, 4)
    assert [cursor.name for cursor in Cursor.objects.filter(log.OF_RELAYS)] == ["relay"]
    change(cast, cast.plate, -1)
    carry_all(leader(delivery, runner, FIRST), leader(delivery, runner, SECOND))
    heads = runner.run(delivery.heads(runner.run(delivery.epoch()), topics))
    assert heads == {topics[0]: 4, topics[1]: 5}


def test_two_relay_processes_share_the_subjects_and_a_third_takes_over(
    cast: Cast, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAY_SHARDS", "2")
    skus = [a_sku_of(cast, shard) for shard in (FIRST, SECOND)]
    topics = [f"stock_level:{sku.pk}" for sku in skus]
    with an_ear(runner, *topics) as ear, a_relay() as first, a_relay(), a_relay():
        for n in range(3):
            if n == 2:
                first.kill()
            for topic, sku in zip(topics, skus, strict=True):
                change(cast, sku, -1)
                assert runner.run(heard_version(ear, topic)) == 2 + n


def a_sku_of(cast: Cast, shard: Shard) -> Sku:
    """A SKU whose stock belongs to this shard."""
    made = (make_sku("Bowl", f"BOWL{n}{shard.index}", cast.crockery, cast.shelf, on_hand=9) for n in range(100))
    return next(sku for sku in made if shard.has(f"stock_level:{sku.pk}"))
