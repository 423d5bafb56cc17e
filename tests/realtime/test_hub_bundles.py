"""What one subject's events brought is shown in one task; what another build made is not shown at all."""

import pytest
from prometheus_client import REGISTRY

from realtime.hub import Hub
from tests.realtime.page import Page, until
from tests.realtime.publisher import Publisher


async def test_a_page_gets_a_bundle_in_one_message_though_it_is_announced_once_per_topic(
    hub: Hub, relay: Publisher
) -> None:
    page, other = Page(hub), Page(hub)
    page.watch("stock:1", "stock_level:1", "stock_moves:1", epoch=relay.epoch)
    other.watch("stock_level:1", epoch=relay.epoch)
    await page.subscribed("stock:1", "stock_level:1", "stock_moves:1")
    await other.subscribed("stock_level:1")
    await relay.bundles(
        [[relay.state("stock:1", 5), relay.state("stock_level:1", 9), relay.entries("stock_moves:1", 3, 4)]]
    )
    await until(lambda: 9 in other.versions("stock_level:1"))
    await relay.publish("stock_level:1", v=10)
    await until(lambda: 10 in page.versions("stock_level:1") and 10 in other.versions("stock_level:1"))
    assert [page.versions(topic) for topic in ("stock:1", "stock_moves:1")] == [[5], [3, 4]]
    first = page.frames()[0]
    assert all(topic in first for topic in ("stock:1", "stock_level:1", "stock_moves:1"))
    assert "stock_moves:1" not in "".join(other.frames())
    assert other.versions("stock_level:1") == [9, 10]


async def test_frames_of_another_build_are_never_shown_and_the_page_asks(hub: Hub, relay: Publisher) -> None:
    page = Page(hub)
    page.watch("stock:1", "stock_moves:1", epoch=relay.epoch)
    await page.subscribed("stock:1", "stock_moves:1")
    await relay.bundles([[relay.state("stock:1", 5), relay.entries("stock_moves:1", 3, 4)]], build="another")
    await until(
        lambda: {topic for told in page.told("refresh") for topic in told["topics"]} == {"stock:1", "stock_moves:1"}
    )
    assert page.frames() == []


async def test_a_page_of_another_build_is_told_to_ask_whatever_comes(hub: Hub, relay: Publisher) -> None:
    await relay.publish("stock:1", v=3)
    page, fresh = Page(hub, ""), Page(hub)
    page.watch("stock:1", epoch=relay.epoch, stock_1=2)
    fresh.watch("stock:1", epoch=relay.epoch, stock_1=2)
    await until(lambda: page.told("refresh") and fresh.versions("stock:1") == [3])
    await relay.publish("stock:1", v=4)
    await until(lambda: len(page.told("refresh")) == 2 and fresh.versions("stock:1") == [3, 4])
    assert page.frames() == []
    assert ("stock:1", "") not in hub.roll.wanted()


async def test_a_topic_without_frames_asks_every_page_that_shows_less(hub: Hub, relay: Publisher) -> None:
    behind, level = Page(hub), Page(hub)
    behind.watch("catalogue:1", epoch=relay.epoch, catalogue_1=7)
    level.watch("catalogue:1", epoch=relay.epoch, catalogue_1=8)
    await behind.subscribed("catalogue:1")
    await level.subscribed("catalogue:1")
    await relay.publish("catalogue:1", v=8, languages=())
    await until(lambda: behind.told("refresh"))
    late = Page(hub)
    late.watch("catalogue:1", epoch=relay.epoch, catalogue_1=8)
    await late.subscribed("catalogue:1")
    assert late.told("refresh") == []


async def test_a_socket_that_takes_up_another_topic_meanwhile_loses_nothing_and_gets_nothing_twice_in_vain(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sockets that watch the same sit together; whoever moves takes along what was held for them there."""
    monkeypatch.setattr("realtime.cohort.WRITES_PER_S", 0.001)
    page = Page(hub)
    page.watch("stock:1", "stock:2", epoch=relay.epoch)
    await page.subscribed("stock:1", "stock:2")
    for version in range(2, 30):
        await relay.publish("stock:1", "stock:2", v=version)
        page.watch(f"stock:{version + 1}", epoch=relay.epoch)
        if version % 3 == 0:
            hub.unwatch(page.outbox, [f"stock:{version}"])
    await until(lambda: page.versions("stock:1")[-1:] == [29] and page.versions("stock:2")[-1:] == [29])
    assert page.versions("stock:1") == sorted(page.versions("stock:1"))


async def test_how_late_a_sampled_event_was_heard_is_measured(hub: Hub, relay: Publisher) -> None:
    page = Page(hub)
    page.watch("stock:1", epoch=relay.epoch)
    await page.subscribed("stock:1")
    before = _heard_count()
    await relay.bundles([[relay.state("stock:1", 5)]], trace="7.1000")
    await until(lambda: page.frames())
    assert _heard_count() > before


def _heard_count() -> float:
    return REGISTRY.get_sample_value("live_lag_seconds_count", {"stage": "heard"}) or 0.0
