"""The ear of one process: what the relay announces, and what Redis has stored of it."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
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
        self._arrivals: dict[str, asyncio.Event] = {}

    async def open_channel(self) -> None:
        """One layer channel for this process, however often it is asked for; the tick comes over it from now on."""
        async with asyncio.timeout(LAYER_DEADLINE_S):
            self._channel = self._channel or await self.layer.new_channel()
            await self.layer.group_add(TICK_GROUP, self._channel)

    async def receive(self) -> Bundle | Tick | PeopleChanged | None:
        """The next announcement; None for what is not for the hub."""
        message = await self.layer.receive(self._channel)
        match message:
            case {"type": "live.bundle", "e": str(epoch), "b": str(build), "n": list(told), "x": str(trace)}:
                return Bundle(epoch, build, [_news(one) for one in told], trace)
            case {"type": "live.tick", "e": str(epoch), "lag": float(lag_s)}:
                return Tick(epoch, lag_s, message.get("s", 0), message.get("of", 1))
            case {"type": "live.here", "topic": str(topic)}:
                return PeopleChanged(topic)
            case {"type": "live.arrival", "mark": str(mark)} if mark in self._arrivals:
                self._arrivals[mark].set()
        return None

    async def join(self, topics: Iterable[str]) -> None:
        """Returns when Redis has taken up the subscription to every topic: what is published from now on arrives.

        The layer does not wait for Redis to say so; but its SUBSCRIBEs travel in order, so a message to ourselves
        over a group that was joined last proves that the earlier ones are in place.
        """
        async with asyncio.timeout(LAYER_DEADLINE_S):
            for topic in topics:
                await self.layer.group_add(group_of(topic), self._channel)
            await self._until_arrived()

    async def _until_arrived(self) -> None:
        mark = uuid.uuid4().hex
        group = f"live.arrival.{mark}"
        arrived = self._arrivals[mark] = asyncio.Event()
        try:
            await self.layer.group_add(group, self._channel)
            while not arrived.is_set():
                await self.layer.group_send(group, {"type": "live.arrival", "mark": mark})
                with suppress(TimeoutError):
                    await asyncio.wait_for(arrived.wait(), 0.05)
        finally:
            del self._arrivals[mark]
            await self.layer.group_discard(group, self._channel)

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
