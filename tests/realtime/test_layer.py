"""The channel layer: Channels' own promises, and that it comes back by itself and says so."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from redis.asyncio import Redis

from realtime import subscription
from realtime.layer import RedisLayer
from realtime.subscription import Subscription
from tests.realtime.page import PATIENCE_S, until


@pytest.fixture
async def layer() -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(settings.REDIS_URL, prefix="test")
    yield layer
    await layer.flush()


@pytest.fixture
async def other() -> AsyncIterator[RedisLayer]:
    """As another process has one."""
    layer = RedisLayer(settings.REDIS_URL, prefix="test")
    yield layer
    await layer.flush()


async def received(layer: RedisLayer, channel: str) -> dict[str, object]:
    async with asyncio.timeout(PATIENCE_S):
        return await layer.receive(channel)


async def test_a_group_is_heard_from_the_moment_that_it_was_joined(layer: RedisLayer, other: RedisLayer) -> None:
    channel, second = await layer.new_channel(), await layer.new_channel()
    for n in range(20):
        await layer.group_add_many([f"group.{n}", f"twin.{n}"], channel)
        await other.group_send(f"group.{n}", {"type": "test", "n": n, "bytes": b"\xff"})
        assert await received(layer, channel) == {"type": "test", "n": n, "bytes": b"\xff"}
    await layer.group_add("group.1", second)
    await other.group_send("group.1", {"type": "test"})
    assert await received(layer, channel) == await received(layer, second) == {"type": "test"}


async def test_a_group_that_was_left_is_not_heard_and_others_are(layer: RedisLayer, other: RedisLayer) -> None:
    channel = await layer.new_channel()
    await layer.group_add_many(["left", "kept"], channel)
    await layer.group_discard("left", channel)
    await layer.group_discard("left", channel)
    await other.group_send("left", {"type": "left"})
    await other.group_send("kept", {"type": "kept"})
    assert await received(layer, channel) == {"type": "kept"}


async def test_one_channel_can_be_spoken_to(layer: RedisLayer, other: RedisLayer) -> None:
    channel = await layer.new_channel()
    await other.send(channel, {"type": "test"})
    assert await received(layer, channel) == {"type": "test"}


async def test_only_channels_of_this_process_join_groups(layer: RedisLayer) -> None:
    with pytest.raises(RuntimeError, match="no channel of this process"):
        await layer.group_add("group", "elsewhere")
    with pytest.raises(TypeError):
        await layer.group_send("no group!", {"type": "test"})


async def test_a_connection_that_was_cut_is_back_with_all_groups_and_says_so(
    layer: RedisLayer, other: RedisLayer
) -> None:
    restored: list[int] = []
    layer.restored = lambda: restored.append(1)
    channel = await layer.new_channel()
    await layer.group_add_many(["one", "two"], channel)
    assert restored == []
    async with Redis.from_url(settings.REDIS_URL) as redis:
        await redis.client_kill_filter(_type="pubsub")
    await until(lambda: restored)
    await other.group_send("two", {"type": "test"})
    assert await received(layer, channel) == {"type": "test"}
    await layer.group_add("three", channel)
    await other.group_send("three", {"type": "third"})
    assert await received(layer, channel) == {"type": "third"}


async def test_a_redis_that_drops_what_it_takes_leads_to_one_connection_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one behind a proxy does while it starts again: a drop must not make one connection into two."""
    monkeypatch.setattr(subscription, "RETRY_S", 0.001)
    monkeypatch.setattr(subscription, "RETRY_MOST_S", 0.002)
    kept: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "redis.sock"))
        door.listen()
        Thread(target=drop_then_keep, args=(door, kept), daemon=True).start()
        ear = Subscription(f"unix://{tmp_path / 'redis.sock'}", lambda *_: None, lambda: None)
        asking = asyncio.create_task(ear.subscribe(["test"]))
        await until(lambda: kept)
        await asyncio.sleep(0.2)  # a second one would be here by now
        assert len(kept) == 1
        asking.cancel()
        ear.close()
    kept[0].close()


def drop_then_keep(door: socket.socket, kept: list[socket.socket]) -> None:
    """Beside the event loop, so that a connection may be gone before its protocol has heard of it."""
    with suppress(OSError):  # the door is closed
        for _ in range(100):
            door.accept()[0].close()
        while True:
            kept.append(door.accept()[0])
