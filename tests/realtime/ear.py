"""One more hub-like listener, to hear what is announced. It waits for proof of arrival, never for time."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from django.conf import settings

from realtime.hearing import Hearing
from realtime.road import Bundle, Entries, Push, Tick


def each_alone(epoch: str, pushes: Iterable[Push | Entries]) -> list[Bundle]:
    """Every push in a bundle of its own."""
    return [Bundle(epoch, settings.BUILD, [push]) for push in pushes]


class Ear:
    def __init__(self, delivery: Hearing) -> None:
        self._delivery = delivery
        self._messages: list[Bundle | Tick] = []

    async def listen(self) -> None:
        while True:
            message = await self._delivery.receive()
            if message is not None:
                self._messages.append(message)

    async def heard(self) -> list[Push]:
        """Every push that was announced since the last time, in the order of arrival."""
        await self._delivery.join([])
        messages, self._messages = self._messages, []
        bundles = [message for message in messages if isinstance(message, Bundle)]
        return [push for bundle in bundles for push in bundle.news if isinstance(push, Push)]

    async def ticks(self) -> list[Tick]:
        await self._delivery.join([])
        messages, self._messages = self._messages, []
        return [message for message in messages if isinstance(message, Tick)]


@asynccontextmanager
async def listening(topics: Iterable[str], *, wanted_in: Iterable[str] = ()) -> AsyncIterator[Ear]:
    """An ear that has joined the topics, and wants them rendered in these languages."""
    async with Hearing() as delivery:
        await delivery.open_channel()
        ear = Ear(delivery)
        task = asyncio.create_task(ear.listen())
        try:
            await delivery.join(topics)
            await delivery.want([(topic, lang) for topic in topics for lang in wanted_in])
            yield ear
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
