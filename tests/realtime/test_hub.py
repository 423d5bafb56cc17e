"""No watcher stays behind: whatever is published, dropped, forgotten or read slowly in between."""

import asyncio
import gc
import random

import pytest
from prometheus_client import REGISTRY

from realtime import cohort, fanout, keeping
from realtime.hub import Hub
from realtime.outbox import SendWriter
from realtime.render import frame
from tests.realtime.page import Page, until
from tests.realtime.publisher import LANGUAGES, Publisher


async def deafen(hub: Hub) -> None:
    """The channel layer loses what is published from now on, and tells nobody."""
    for topic in hub.roll.topics:
        await hub.delivery.leave(topic)


async def test_a_push_reaches_every_watcher_in_their_language(hub: Hub, relay: Publisher) -> None:
    english, arabic, other = Page(hub), Page(hub, "ar"), Page(hub)
    for page in (english, arabic):
        page.watch("stock:1", epoch=relay.epoch, stock_1=3)
        await page.subscribed("stock:1")
    other.watch("stock:2", epoch=relay.epoch)
    await other.subscribed("stock:2")
    await relay.publish("stock:1", v=4)
    await until(lambda: english.frames() and arabic.frames())
    assert english.frames() == [frame("stock:1", 4, "<p>4 en</p>").decode()]
    assert arabic.frames() == [frame("stock:1", 4, "<p>4 ar</p>").decode()]
    assert other.frames() == []


async def test_a_page_that_is_older_than_the_head_is_given_the_heads_frame(hub: Hub, relay: Publisher) -> None:
    await relay.publish("stock:1", v=4)
    page, late = Page(hub), Page(hub)
    page.watch("stock:1", epoch=relay.epoch, stock_1=3)
    await until(lambda: page.versions("stock:1") == [4])
    late.watch("stock:1", epoch=relay.epoch, stock_1=3)  # the topic is watched already: no Redis is asked
    await until(lambda: late.versions("stock:1") == [4])


async def test_a_page_that_shows_the_head_or_something_newer_is_given_nothing(hub: Hub, relay: Publisher) -> None:
    await relay.publish("stock:1", "stock:2", v=4)
    page = Page(hub)
    page.watch("stock:1", "stock:2", "stock:3", epoch=relay.epoch, stock_1=4, stock_2=5, stock_3=1)
    await page.subscribed("stock:1", "stock:2", "stock:3")
    await relay.publish("stock:3", v=2)
    await until(page.frames)
    assert [page.versions(topic) for topic in ("stock:1", "stock:2", "stock:3")] == [[], [], [2]]
    assert page.told("refresh") == []


async def test_where_no_frame_was_rendered_the_page_asks_for_its_region(hub: Hub, relay: Publisher) -> None:
    await relay.publish("stock:1", v=4, languages=())
    page = Page(hub)
    page.watch("stock:1", epoch=relay.epoch, stock_1=3)
    await until(lambda: page.told("refresh"))
    (refresh,) = page.told("refresh")
    assert (refresh["topics"], refresh["epoch"]) == (["stock:1"], relay.epoch)


@pytest.mark.parametrize("shown", [(39, 40), (40, 39)])
async def test_where_two_regions_show_a_topic_the_older_one_gets_what_it_lacks(
    hub: Hub, relay: Publisher, shown: tuple[int, int]
) -> None:
    await relay.publish("catalogue:1", v=40, languages=())
    other = Page(hub)
    other.watch("catalogue:1", epoch=relay.epoch, catalogue_1=40)
    await other.subscribed("catalogue:1")
    page = Page(hub)
    for version in shown:
        page.watch("catalogue:1", epoch=relay.epoch, catalogue_1=version)
    await until(lambda: page.told("refresh"))
    assert not other.told("refresh")


async def test_whoever_subscribes_between_the_look_at_interest_and_the_push_misses_nothing(
    hub: Hub, relay: Publisher
) -> None:
    looked = await relay.delivery.stored(relay.epoch, ["stock:1"], LANGUAGES)
    assert looked["stock:1"].wanted == frozenset()
    page = Page(hub)
    page.watch("stock:1", epoch=relay.epoch, stock_1=3)
    await page.subscribed("stock:1")
    await relay.publish("stock:1", v=4, languages=())  # as it was decided before the page came
    await until(lambda: page.told("refresh"))


async def test_no_interleaving_of_pages_and_pushes_loses_the_newest_version(hub: Hub, relay: Publisher) -> None:
    """Each page is rendered from what is committed, and subscribes a moment later; pushes go on all the while."""
    chance = random.Random(20_101)
    topics = [f"stock:{n}" for n in range(5)]
    committed = dict.fromkeys(topics, 1)
    pages: list[tuple[Page, str, int]] = []

    async def visit() -> None:
        topic = chance.choice(topics)
        made_at = committed[topic]
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        page = Page(hub, chance.choice(LANGUAGES))
        page.watch_at(topic, made_at, epoch=relay.epoch)
        pages.append((page, topic, made_at))

    async def push() -> None:
        for _ in range(150):
            topic = chance.choice(topics)
            committed[topic] += 1
            await relay.publish(topic, v=committed[topic], languages=chance.choice([(), LANGUAGES]))

    async def come() -> None:
        for _ in range(300):
            await visit()
            await asyncio.sleep(chance.choice([0, 0, 0.001]))

    await asyncio.gather(push(), come())
    for page, topic, made_at in pages:
        newest = committed[topic]
        await page.subscribed(topic)
        # The newest version came as a frame, or the page was told to ask; or it had it from the start.
        await until(lambda: made_at == newest or newest in page.versions(topic) or page.told("refresh"))  # noqa: B023
        assert page.versions(topic) == sorted(page.versions(topic)), "a lower version came after a higher one"


async def test_a_reader_who_does_not_read_stops_nobody_and_gets_the_newest_later(hub: Hub, relay: Publisher) -> None:
    stuck, reader = Page(hub), Page(hub)
    for page in (stuck, reader):
        page.watch("stock:1", epoch=relay.epoch, stock_1=1)
        await page.subscribed("stock:1")
    stuck.reads.clear()
    for version in range(2, 40):
        await relay.publish("stock:1", v=version)
        await until(lambda: version in reader.versions("stock:1"))  # noqa: B023
    assert stuck.versions("stock:1") == []
    assert len(stuck.outbox.held) == 1
    stuck.reads.set()
    await until(lambda: 39 in stuck.versions("stock:1"))
    assert len(stuck.versions("stock:1")) <= 3


async def test_a_reader_who_falls_behind_while_a_fan_out_is_under_way_gets_it_later(hub: Hub, relay: Publisher) -> None:
    crowd = [Page(hub) for _ in range(3 * fanout.BURST)]
    for page in crowd:
        page.watch("stock:1", epoch=relay.epoch, stock_1=1)
    await until(lambda: all(page.told("subscribed") for page in crowd))
    first, *_, last = crowd
    last.reads.clear()
    first.when_written(lambda: last.outbox.say(b"{}"))
    await relay.publish("stock:1", v=2)
    await until(lambda: last.outbox.held)
    last.reads.set()
    await until(lambda: all(page.versions("stock:1") == [2] for page in crowd))


async def test_a_reader_who_never_reads_is_cut_off(hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "STALLED_S", 0.0)
    stuck = Page(hub)
    stuck.watch("stock:1", epoch=relay.epoch, stock_1=1)
    await stuck.subscribed("stock:1")
    stuck.reads.clear()
    await relay.publish("stock:1", v=2)
    await until(lambda: stuck.outbox.writer.paused)
    await relay.publish("stock:1", v=3)
    await until(lambda: stuck.outbox not in hub.roll.outboxes)
    stuck.reads.set()
    await until(lambda: stuck.closed == 4008)


async def test_a_reader_for_whom_too_much_waits_is_cut_off(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "STALLED_BYTES", 100)
    stuck, reader = Page(hub), Page(hub)
    for page in (stuck, reader):
        page.watch("stock:1", "stock:2", epoch=relay.epoch)
        await page.subscribed("stock:1", "stock:2")
    stuck.reads.clear()
    await relay.publish("stock:1", "stock:2", v=2)
    await until(lambda: stuck.outbox.writer.paused)
    for version in (3, 4):
        await relay.publish("stock:1", "stock:2", v=version)
    await until(lambda: stuck.outbox not in hub.roll.outboxes)
    stuck.reads.set()
    await until(lambda: stuck.closed == 4008 and reader.versions("stock:2")[-1:] == [4])
    assert reader.outbox in hub.roll.outboxes


async def test_nothing_was_dropped_without_a_word_and_what_waits_is_measured(hub: Hub, relay: Publisher) -> None:
    stuck = Page(hub)
    stuck.watch("stock:1", epoch=relay.epoch)
    await stuck.subscribed("stock:1")
    stuck.reads.clear()
    await relay.publish("stock:1", v=2)
    await until(lambda: stuck.outbox.writer.paused)
    for version in (3, 4):
        await relay.publish("stock:1", v=version)
    await until(lambda: (REGISTRY.get_sample_value("live_outbox_bytes") or 0) > 0)
    stuck.reads.set()
    await until(lambda: REGISTRY.get_sample_value("live_outbox_bytes") == 0)
    assert REGISTRY.get_sample_value("live_dropped_total") == 0


async def test_what_comes_fast_from_different_topics_shares_a_message(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort, "WRITES_PER_S", 0.001)
    topics = [f"stock:{n}" for n in range(10)]
    page = Page(hub)
    page.watch(*topics, epoch=relay.epoch)
    await page.subscribed(*topics)
    await relay.publish(*topics, v=2)
    await until(lambda: sum(len(page.versions(topic)) for topic in topics) == 10)
    assert len(page.frames()) < 10


async def test_an_announcement_that_the_layer_lost_is_healed_by_the_sweep(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "SWEEP_S", 0.05)
    page = Page(hub)
    page.watch("stock:1", "stock:2", epoch=relay.epoch, stock_1=3, stock_2=3)
    await page.subscribed("stock:1", "stock:2")
    await deafen(hub)
    await relay.publish("stock:1", v=4)
    await relay.publish("stock:2", v=4, languages=())
    hub.look_again()
    await until(lambda: page.versions("stock:1") == [4] and page.told("refresh"))


async def test_a_hub_whose_subscription_was_cut_hears_again(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(hub)
    page.watch("stock:1", epoch=relay.epoch, stock_1=3)
    await page.subscribed("stock:1")
    await relay.delivery.redis.client_kill_filter(_type="pubsub")
    await relay.publish("stock:1", v=4)  # while nobody listens
    hub.look_again()
    await until(lambda: page.versions("stock:1") == [4])
    version = 4
    while version not in page.versions("stock:1") or version < 6:
        version += 1
        await relay.publish("stock:1", v=version)
        await until(lambda: page.versions("stock:1")[-1] == version)  # noqa: B023


async def test_when_redis_forgot_every_page_asks_again_once(hub: Hub, relay: Publisher) -> None:
    before = relay.epoch
    page = Page(hub)
    page.watch("stock:1", epoch=before, stock_1=9)
    await page.subscribed("stock:1")
    await relay.delivery.redis.flushdb()
    await relay.open_epoch()
    hub.look_again()
    await until(lambda: page.told("refresh"))
    assert page.told("refresh")[0]["epoch"] == relay.epoch
    asked, old = Page(hub), Page(hub)
    asked.watch("stock:1", epoch=relay.epoch, stock_1=9)  # made after the loss
    old.watch("stock:1", epoch=before, stock_1=9)  # made before it, came back after it
    await until(lambda: old.told("refresh"))
    assert asked.told("refresh") == []
    await relay.publish("stock:1", v=10)
    await until(lambda: all(10 in one.versions("stock:1") for one in (page, asked, old)))


async def test_what_is_revoked_is_dropped_with_all_that_waited(hub: Hub, relay: Publisher) -> None:
    page = Page(hub)
    page.watch("stock:1", epoch=relay.epoch, scopes=("public", "product:7"))
    page.watch("stock:2", epoch=relay.epoch, scopes=("public", "product:8"))
    await page.subscribed("stock:1", "stock:2")
    page.reads.clear()
    await relay.publish("stock:1", "stock:2", v=2)
    await until(lambda: page.outbox.writer.paused)
    await relay.publish("stock:1", "stock:2", v=3)
    await until(lambda: len(page.outbox.held) == 2)
    hub.revoke({"product:7"})
    assert list(page.outbox.held) == ["stock:2"]
    page.reads.set()
    await relay.publish("stock:1", "stock:2", v=4)
    await until(lambda: 4 in page.versions("stock:2"))
    assert page.told("refused") == [{"t": "refused", "topics": ["stock:1"], "why": "revoked"}]
    assert 4 not in page.versions("stock:1")


async def test_a_topic_that_nobody_watches_is_left_and_can_be_joined_again(hub: Hub, relay: Publisher) -> None:
    page = Page(hub)
    page.watch("stock:1", epoch=relay.epoch, stock_1=1)
    await page.subscribed("stock:1")
    hub.leave(page.outbox)
    hub.look_again()
    await until(lambda: not hub.roll.topics)
    await relay.publish("stock:1", v=2)
    again = Page(hub)
    again.watch("stock:1", epoch=relay.epoch, stock_1=1)
    await until(lambda: again.versions("stock:1") == [2])
    await relay.publish("stock:1", v=3)
    await until(lambda: again.versions("stock:1") == [2, 3])
    assert hub.roll.scopes == {}


async def test_pages_are_told_when_the_road_is_delayed_and_when_it_is_live_again(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(hub)
    await relay.delivery.tick(relay.epoch, 60.0)
    await until(lambda: any(beat["tick_age"] >= 60 for beat in page.told("hb")))
    await relay.delivery.tick(relay.epoch, 0.0)
    await until(lambda: page.told("hb")[-1]["tick_age"] < 5)


async def test_a_socket_that_went_away_while_it_was_written_to_troubles_nobody() -> None:
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: problems.append(context))

    async def gone(_event: object) -> None:
        raise ConnectionResetError

    writer = SendWriter(gone)
    writer.write("<template></template>")
    await asyncio.sleep(0.01)
    del writer
    gc.collect()
    assert problems == []
