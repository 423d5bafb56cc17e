"""One more hub-like listener, to hear what is announced. It waits for proof of arrival, never for time."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from django.conf import settings

from realtime.delivery import TICK_GROUP
from realtime.hearing import Hearing
from realtime.road import Bundle, Entries, PeopleChanged, Push, Tick


def each_alone(epoch: str, pushes: Iterable[Push | Entries]) -> list[Bundle]:
    """Every push in a bundle of its own."""
    return [Bundle(epoch, settings.BUILD, [push]) for push in pushes]


class Earshot(Hearing):
    """Tells when everything that was announced before has arrived."""

    async def settle(self) -> None:
        """A message to ourselves takes the same way, so whatever was announced before it came before it."""
        self._has_settled = asyncio.Event()
        await self.layer.group_send(TICK_GROUP, {"type": "test.mark", "mark": id(self)})
        await self._has_settled.wait()

    def understood(self, message: Mapping[str, Any]) -> Bundle | Tick | PeopleChanged | None:
        if message.get("mark") == id(self):
            self._has_settled.set()
        return super().understood(message)


class Ear:
    def __init__(self, delivery: Earshot, topics: Iterable[str] = ()) -> None:
        self._delivery = delivery
        self._topics = frozenset(topics)
        self._messages: list[Bundle | Tick] = []

    async def listen(self) -> None:
        while True:
            message = await self._delivery.receive()
            if isinstance(message, Bundle | Tick):
                self._messages.append(message)

    async def heard(self) -> list[Push]:
        """Every push of its topics that was announced since the last time, in the order of arrival."""
        return [push for bundle in await self.bundles() for push in bundle.news if isinstance(push, Push)]

    async def appended(self) -> list[Entries]:
        """The same of logs."""
        return [one for bundle in await self.bundles() for one in bundle.news if isinstance(one, Entries)]

    async def bundles(self) -> list[Bundle]:
        """Every announcement since the last time, once, with the news of its topics only: what a hub makes of it."""
        await self._delivery.settle()
        messages, self._messages = self._messages, []
        found: list[Bundle] = []
        copies = 0
        for message in messages:
            if isinstance(message, Bundle):
                own = replace(message, news=[one for one in message.news if one.topic in self._topics])
                copies = copies + 1 if found and own == found[-1] and copies < len(own.news) else 1
                if copies == 1:  # it comes once over the group of each of its topics, one right after the other
                    found.append(own)
        return found

    async def ticks(self) -> list[Tick]:
        await self._delivery.settle()
        messages, self._messages = self._messages, []
        return [message for message in messages if isinstance(message, Tick)]


@asynccontextmanager
async def listening(topics: Iterable[str], *, wanted_in: Iterable[str] = ()) -> AsyncIterator[Ear]:
    """An ear that has joined the topics, and wants them rendered in these languages."""
    async with Earshot() as delivery:
        await delivery.open_channel()
        ear = Ear(delivery, topics)
        task = asyncio.create_task(ear.listen())
        try:
            await delivery.join(topics)
            await delivery.want([(topic, lang) for topic in topics for lang in wanted_in])
            yield ear
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
