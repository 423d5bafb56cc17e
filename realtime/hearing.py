"""The ear of one process: what the relay announces, and what Redis has stored of it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from realtime.delivery import (
    LAYER_DEADLINE_S,
    ROAD,
    TICK_GROUP,
    WANT_TTL_S,
    Delivery,
    chunks,
    group_of,
    head_key,
    want_key,
)
from realtime.road import Bundle, Entries, PeopleChanged, Push, Tick


class Hearing(Delivery):
    """The hub's side of the road: one layer channel per process, joined to the groups of what is watched here."""

    def __init__(self) -> None:
        super().__init__()
        self._channel = ""

    def when_restored(self, restored: Callable[[], None]) -> None:
        """`restored` is called when the layer was away and is back: it may have missed something."""
        self.layer.restored = restored

    async def open_channel(self) -> None:
        """One layer channel for this process, however often it is asked for; the tick comes over it from now on."""
        async with asyncio.timeout(LAYER_DEADLINE_S):
            self._channel = self._channel or await self.layer.new_channel()
            await self.layer.group_add(TICK_GROUP, self._channel)

    async def receive(self) -> Bundle | Tick | PeopleChanged | None:
        """The next announcement; None for what is not for the hub."""
        return self.understood(await self.layer.receive(self._channel))

    def understood(self, message: Mapping[str, Any]) -> Bundle | Tick | PeopleChanged | None:
        """What an announcement says; other builds may announce what we do not know."""
        match message:
            case {"type": "live.bundle", "e": str(epoch), "b": str(build), "n": list(told), "x": str(trace)}:
                return Bundle(epoch, build, [_news(one) for one in told], trace)
            case {"type": "live.tick", "e": str(epoch), "lag": float(lag_s)}:
                return Tick(epoch, lag_s, message.get("s", 0), message.get("of", 1))
            case {"type": "live.here", "topic": str(topic)}:
                return PeopleChanged(topic)
        return None

    async def join(self, topics: Iterable[str]) -> None:
        """Returns when Redis has taken up the subscription to every topic: what is published from now on arrives."""
        async with asyncio.timeout(LAYER_DEADLINE_S):
            await self.layer.group_add_many([group_of(topic) for topic in topics], self._channel)

    async def leave(self, topic: str) -> None:
        async with asyncio.timeout(LAYER_DEADLINE_S):
            await self.layer.group_discard(group_of(topic), self._channel)

    async def want(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Asks the relay to render these (topic, language) pairs for the next WANT_TTL_S seconds."""
        for chunk in chunks(list(pairs)):
            async with self.redis.pipeline(transaction=False) as pipe:
                for topic, lang in chunk:
                    pipe.set(want_key(topic, lang), 1, ex=WANT_TTL_S)
                await pipe.execute()

    async def epoch(self) -> str:
        """The present epoch; empty while no relay has run."""
        found = await self.redis.hget(ROAD, "epoch")
        return found.decode() if found else ""

    async def heads(self, epoch: str, topics: Sequence[str]) -> dict[str, int]:
        """The newest version of each topic that has changed in this epoch."""
        found: dict[str, int] = {}
        for chunk in chunks(topics):
            values = await self.redis.mget([head_key(epoch, topic) for topic in chunk])
            found.update({topic: int(value) for topic, value in zip(chunk, values, strict=True) if value})
        return found


def _news(one: Mapping[str, Any]) -> Push | Entries:
    if "first" in one:
        return Entries(one["topic"], one["v"], one["first"], one["frames"])
    return Push(one["topic"], one["v"], one["frames"])
