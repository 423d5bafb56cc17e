"""One more hub-like listener, to hear what is announced. It waits for proof of arrival, never for time."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from realtime.delivery import Delivery
from realtime.road import Announced, Push, Tick


class Ear:
    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._messages: list[Announced | Tick] = []

    async def listen(self) -> None:
        while True:
            message = await self._delivery.receive()
            if message is not None:
                self._messages.append(message)

    async def heard(self) -> list[Push]:
        """Every push that was announced since the last time, in the order of arrival."""
        await self._delivery.join([])
        messages, self._messages = self._messages, []
        return [message.push for message in messages if isinstance(message, Announced)]

    async def ticks(self) -> list[Tick]:
        await self._delivery.join([])
        messages, self._messages = self._messages, []
        return [message for message in messages if isinstance(message, Tick)]


@asynccontextmanager
async def listening(topics: Iterable[str], *, wanted_in: Iterable[str] = ()) -> AsyncIterator[Ear]:
    """An ear that has joined the topics, and wants them rendered in these languages."""
    async with Delivery() as delivery:
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
