"""Access that ended is heard of at once, in a lane of its own, and nothing of the topic is written afterwards."""

import asyncio
import json

import pytest

from realtime import cohort, fanout
from realtime.hub import Hub
from realtime.lane import CHANNEL
from tests.realtime.page import Page, until
from tests.realtime.publisher import Publisher

SCOPE = "membership:7"
REFUSED = [{"t": "refused", "topics": ["stock:1"], "why": "revoked"}]


async def revoke(relay: Publisher, **numbers: int) -> None:
    await relay.delivery.redis.publish(CHANNEL, json.dumps(numbers or {SCOPE: 1}))


async def watching(hub: Hub, relay: Publisher, *, also: str = "stock:2") -> Page:
    page = Page(hub)
    page.watch("stock:1", epoch=relay.epoch, scopes=(SCOPE,))
    page.watch(also, epoch=relay.epoch, scopes=("public",))
    await page.subscribed("stock:1", also)
    return page


async def test_every_process_drops_the_topic_and_no_frame_of_it_comes_later(
    hub: Hub, other_hub: Hub, relay: Publisher
) -> None:
    pages = [await watching(one, relay) for one in (hub, other_hub)]
    await relay.publish("stock:1", "stock:2", v=2)
    await until(lambda: all(page.versions("stock:1") == [2] for page in pages))
    await revoke(relay)
    await until(lambda: all(page.told("refused") == REFUSED for page in pages))
    await relay.publish("stock:1", "stock:2", v=3)
    await until(lambda: all(page.versions("stock:2") == [2, 3] for page in pages))
    assert [page.versions("stock:1") for page in pages] == [[2], [2]]
    assert [list(page.outbox.topics) for page in pages] == [["stock:2"], ["stock:2"]]


async def test_what_is_held_for_a_slow_reader_goes_with_the_topic(hub: Hub, relay: Publisher) -> None:
    page = await watching(hub, relay)
    page.reads.clear()
    await relay.publish("stock:1", "stock:2", v=2)
    await until(lambda: page.outbox.writer.paused)
    for version in (3, 4):
        await relay.publish("stock:1", "stock:2", v=version)
    await until(lambda: page.outbox.held.keys() == {"stock:1", "stock:2"})
    await revoke(relay)
    await until(lambda: page.outbox.held.keys() == {"stock:2"})
    page.reads.set()
    await until(lambda: page.told("refused") and 4 in page.versions("stock:2"))
    assert 4 not in page.versions("stock:1")


async def test_what_a_cohort_holds_to_be_joined_goes_too(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort, "HOLD_S", 3600.0)
    monkeypatch.setattr(cohort, "WRITES_PER_S", 0.0001)
    page = await watching(hub, relay)
    await relay.publish("stock:1", "stock:2", v=2)
    await relay.publish("stock:1", "stock:2", v=3)
    await until(lambda: page.outbox.cohort and {"stock:1", "stock:2"} <= page.outbox.cohort.held.keys())
    await revoke(relay)
    await until(lambda: page.told("refused") and 3 in page.versions("stock:2"))  # it moved, and took along what is its
    assert 3 not in page.versions("stock:1")


async def test_a_fan_out_that_is_under_way_writes_it_to_nobody_any_more(hub: Hub, relay: Publisher) -> None:
    pages = [Page(hub) for _ in range(3 * fanout.BURST)]
    for page in pages:
        page.watch("stock:1", epoch=relay.epoch, scopes=(SCOPE,))
    await until(lambda: all(page.told("subscribed") for page in pages))
    pages[0].when_written(lambda: hub.revoke({SCOPE}))
    await relay.publish("stock:1", v=2)
    await until(lambda: all(page.told("refused") for page in pages))
    reached = [page for page in pages if page.frames()]
    assert pages[0] in reached
    assert len(reached) <= fanout.BURST
    assert not any(page.outbox.held for page in pages)


async def test_a_grant_from_before_is_refused_because_the_new_number_is_known(hub: Hub, relay: Publisher) -> None:
    hub.numbers.heard({SCOPE: 0})
    await revoke(relay)
    await until(lambda: hub.numbers.known(SCOPE) == 1)
    assert hub.numbers.heard({SCOPE: 0}) == set()  # a query that was under way, and read it too early
    assert (await hub.numbers.of([SCOPE]))[SCOPE] == 1


async def test_what_makes_no_sense_in_the_lane_is_ignored(hub: Hub, relay: Publisher) -> None:
    page = await watching(hub, relay)
    for nonsense in (b"\xff", b"[]", b'{"membership:7": "x"}', b"7"):
        await relay.delivery.redis.publish(CHANNEL, nonsense)
    await revoke(relay)
    await until(lambda: page.told("refused") == REFUSED)


async def test_a_lane_that_was_cut_is_taken_up_again_and_the_numbers_are_read(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await watching(hub, relay)
    asked: list[object] = []

    async def changed(_in_use: object) -> set[str]:
        asked.append(1)
        return {SCOPE}

    monkeypatch.setattr(hub.numbers, "changed", changed)
    await relay.delivery.redis.client_kill_filter(_type="pubsub")
    await until(lambda: asked and page.told("refused") == REFUSED)
    again = await watching(hub, relay)
    await revoke(relay, **{SCOPE: 2})
    await until(lambda: again.told("refused") == REFUSED)
    version = 1
    while not again.versions("stock:2"):  # the channel layer was cut, too, and has to be back before the end
        version += 1
        await relay.publish("stock:2", v=version)
        await asyncio.sleep(0.05)
