"""The channel layer: Channels' own words, over one connection of Redis that listens and one that speaks.

channels_redis asks its connection ten times a second whether something came, keeps a lock around it, and tells nobody
when it was away. A layer belongs to one event loop.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import msgpack  # type: ignore[import-untyped]
from channels.layers import BaseChannelLayer
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.subscription import Subscription

Message = dict[str, Any]


class RedisLayer(BaseChannelLayer):
    """Delivers at most once, in order, without a limit: whoever receives has to keep up, and ours conflates."""

    extensions = ("groups", "flush")

    def __init__(self, url: str, prefix: str = "asgi") -> None:
        super().__init__()
        self.prefix = prefix
        self.restored: Callable[[], None] = _nothing
        """Called when the connection was lost and is back: messages may have been missed."""
        self._url = url
        self._redis: Any = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), 1))
        self._ear: Subscription | None = None
        self._queues: dict[str, asyncio.Queue[bytes]] = {}
        self._groups: defaultdict[bytes, set[str]] = defaultdict(set)

    def serialize(self, message: Message) -> bytes:
        packed: bytes = msgpack.packb(message)
        return packed

    def deserialize(self, message: bytes) -> Message:
        unpacked: Message = msgpack.unpackb(message)
        return unpacked

    async def send(self, channel: str, message: Message) -> None:
        self.require_valid_channel_name(channel)
        await self._redis.publish(channel, self.serialize(message))

    async def new_channel(self, prefix: str = "specific.") -> str:
        channel = f"{self.prefix}{prefix}{uuid.uuid4().hex}"
        await self._open(channel)
        return channel

    async def receive(self, channel: str) -> Message:
        if channel not in self._queues:
            await self._open(channel)
        return self.deserialize(await self._queues[channel].get())

    async def _open(self, channel: str) -> None:
        self.require_valid_channel_name(channel)
        self._queues[channel] = asyncio.Queue()
        await self._subscribe([channel])

    async def group_add(self, group: str, channel: str) -> None:
        """Returns when Redis has confirmed it: whatever is sent from then on arrives."""
        await self.group_add_many([group], channel)

    async def group_add_many(self, groups: Iterable[str], channel: str) -> None:
        """The same for several groups, with one command."""
        if channel not in self._queues:
            raise RuntimeError(f"{channel} is no channel of this process: call new_channel first")
        names = [self._channel_of(group) for group in groups]
        for name in names:
            self._groups[name.encode()].add(channel)
        await self._subscribe(names)

    async def group_discard(self, group: str, channel: str) -> None:
        name = self._channel_of(group)
        channels = self._groups.get(name.encode(), set())
        channels.discard(channel)
        if not channels and self._groups.pop(name.encode(), None) is not None and self._ear is not None:
            self._ear.unsubscribe([name])

    async def group_send(self, group: str, message: Message) -> None:
        await self._redis.publish(self._channel_of(group), self.serialize(message))

    async def flush(self) -> None:
        """As if it were just created; the connections are closed."""
        if self._ear is not None:
            self._ear.close()
        self._ear = None
        self._queues.clear()
        self._groups.clear()
        await self._redis.aclose()

    def _channel_of(self, group: str) -> str:
        self.require_valid_group_name(group)
        return f"{self.prefix}__group__{group}"

    async def _subscribe(self, names: Iterable[str]) -> None:
        if self._ear is None:
            self._ear = Subscription(self._url, self._take, lambda: self.restored())
        await self._ear.subscribe(names)

    def _take(self, name: bytes, message: bytes) -> None:
        channels = self._groups.get(name)
        for channel in (name.decode(),) if channels is None else channels:
            if queue := self._queues.get(channel):
                queue.put_nowait(message)


def _nothing() -> None:
    """Nobody wants to know."""
