"""What the operator sees of the road: true by itself, and never what the road carries."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from backend.events import dead_letters
from realtime import census, lookout
from realtime.audience import Topic
from realtime.census import BUSIEST, ProcessWord, key_of
from realtime.delivery import head_key
from realtime.hearing import Hearing
from realtime.hub import Hub
from realtime.lookout import look_at_road
from tests.accounts.markup import assert_sound
from tests.cast import Cast
from tests.realtime.page import PATIENCE_S, Page, until

ROAD = "/c/platform/live/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with Hearing() as delivery:
        epoch = await delivery.open_epoch("test", 7)
    hub = Hub(Hearing())
    hub.start()
    await until(lambda: hub.epoch == epoch)
    yield hub
    await hub.stop()


async def word_of(delivery: Hearing, sockets: int) -> ProcessWord:
    """The only process's word, once it tells of so many sockets."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for one in await delivery.redis.zrange(census.INDEX, 0, -1):
                word = ProcessWord.of_json(await delivery.redis.get(key_of(one.decode())))
                if word.sockets == sockets:
                    return word
            await asyncio.sleep(0.05)


async def test_a_process_says_how_much_it_carries_and_nothing_of_what(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(census, "EVERY_S", 0.05)
    page, other = Page(hub), Page(hub)
    page.watch("stock:1", "stock:2", epoch=hub.epoch)
    other.watch("stock:1", epoch=hub.epoch)
    await page.subscribed("stock:1", "stock:2")
    async with Hearing() as delivery:
        word = await word_of(delivery, 2)
        assert [(topic.name, topic.sockets) for topic in word.busiest] == [("stock:1", 2), ("stock:2", 1)]
        assert (word.sockets, word.topics, word.epoch) == (2, 2, hub.epoch)
        assert 0 < await delivery.redis.ttl(key_of(word.id)) <= census.LIVES_S
        assert set(asdict(word)) == set(json.loads(word.to_json()))


async def test_the_word_of_a_process_is_bounded(hub: Hub) -> None:
    for n in range(3 * BUSIEST):
        hub.roll.topics[f"stock:{n}"] = Topic(f"stock:{n}")
    word = hub._census.word()
    assert (len(word.busiest), word.topics) == (BUSIEST, 3 * BUSIEST)
    assert len(word.to_json()) < 64 * 1024
    hub.roll.topics.clear()


async def test_the_lookout_adds_up_what_the_processes_say(transactional_db: None, hub: Hub) -> None:
    page = Page(hub)
    page.watch("stock:1", epoch=hub.epoch, stock_1=3)
    await page.subscribed("stock:1")
    another = Hub(Hearing())
    another.start()
    async with Hearing() as delivery:
        await delivery.redis.set(head_key(hub.epoch, "stock:1"), 4)
        for one in (hub, another):
            word = one._census.word()
            await one._census._say(keys=[census.INDEX, key_of(word.id)], args=[word.id, word.to_json(), 10])
    road = await sync_to_async(look_at_road)()
    await another.stop()
    assert road.has_redis
    assert (road.epoch, road.sockets, len(road.processes)) == (hub.epoch, 1, 2)
    assert [(t.name, t.sockets, t.processes, t.head) for t in road.topics] == [("stock:1", 1, 1, 4)]
    assert all(0 <= process.age_s < 10 for process in road.processes)
    assert [(shard.index, shard.leader, shard.in_redis) for shard in road.shards] == [(0, None, 7)]


def test_the_page_is_the_operators_alone(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    assert client.get("/c/northfield/live/").status_code == 404
    cast.olga.memberships.update(role="read_only")
    client.force_login(cast.olga)
    assert client.get(ROAD).status_code == 403
    cast.olga.memberships.update(role="operator")
    response = client.get(ROAD)
    assert_sound(response)
    shown = response.content.decode()
    assert "Nobody watches anything." in shown
    assert "No relay has run yet." in shown


def test_what_moves_comes_alone_and_names_its_parts(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    part = client.get(ROAD, headers=HTMX).content.decode()
    assert "<html" not in part
    whole = client.get(ROAD).content.decode()
    for name in ("now", "shards", "processes", "topics", "letters"):
        assert f'id="road-{name}"' in part
        assert f"#road-{name}" in whole


def test_a_dead_letter_shows_where_it_failed_until_an_operator_has_seen_it(cast: Cast, client: Client) -> None:
    problem = ValueError("the private number 020 7946 0000")
    dead_letters.bury(12, "stock_item:9", what="inventory/_stock.html", problem=problem, topic="stock:9")
    client.force_login(cast.olga)
    shown = client.get(ROAD).content.decode()
    assert "inventory/_stock.html" in shown
    assert "ValueError" in shown
    assert "020 7946" not in shown
    letter = dead_letters.unseen()[0]
    assert client.post(f"{ROAD}letters/{letter.pk}/seen/").status_code == 302
    assert dead_letters.unseen() == []
    assert "everything was understood" in client.get(ROAD).content.decode()


def test_without_redis_the_page_says_so(cast: Cast, client: Client, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    lookout._redis.cache_clear()
    try:
        client.force_login(cast.olga)
        shown = client.get(ROAD).content.decode()
    finally:
        lookout._redis.cache_clear()
    assert "Redis does not answer" in shown
