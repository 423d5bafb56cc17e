"""Keeps true what the channel layer may have missed: it delivers at most once, and tells nobody what it lost."""

import asyncio
import random
from contextlib import suppress

import structlog

from realtime import metrics
from realtime.audience import Audience, News, Roll
from realtime.hearing import Hearing
from realtime.refreshing import Refreshing
from realtime.road import Entries, Push, Stored
from realtime.telling import Telling

SWEEP_S = 5.0
SWEEP_PAUSE_S = 0.1
"""Between two sweeps, whatever calls for one: a relay of another epoch may announce without end."""
WANT_S = 60.0

log = structlog.get_logger(__name__)


class Keeping:
    """The sweep of the heads, the epoch, and the interest that lapses unless it is renewed."""

    def __init__(
        self, roll: Roll, telling: Telling, refreshing: Refreshing, delivery: Hearing, sweep_now: asyncio.Event
    ) -> None:
        self.is_open = asyncio.Event()
        """The layer's channel exists, and an epoch was asked for."""
        self._roll = roll
        self._telling = telling
        self._refreshing = refreshing
        self._delivery = delivery
        self._sweep_now = sweep_now

    async def open(self) -> None:
        await self._delivery.open_channel()
        await self.learn_epoch()
        self.is_open.set()

    async def learn_epoch(self) -> None:
        """Looks which epoch it is; if it is a new one, whoever watches has to ask."""
        epoch = await self._delivery.epoch()
        if epoch and epoch != self._refreshing.epoch:
            self._refreshing.epoch = epoch
            self._telling.forget()
            log.info("live.epoch", epoch=epoch, topics=len(self._roll.topics))
            self._telling.ask_all()
            await self._delivery.want(self._roll.wanted())

    async def sweep(self) -> None:
        """Without end."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_S * random.uniform(0.8, 1.2)):  # noqa: S311
                    await self._sweep_now.wait()
                await asyncio.sleep(SWEEP_PAUSE_S)
            self._sweep_now.clear()
            for name in self._roll.forget_unwatched():
                if name not in self._roll.topics:  # it may have come back while another one was left
                    await self._delivery.leave(name)
            metrics.TOPICS.set(len(self._roll.topics))
            await self.learn_epoch()
            await self._heal()

    async def want(self) -> None:
        """Without end."""
        while True:
            await asyncio.sleep(WANT_S)
            await self._delivery.want(self._roll.wanted())

    async def _heal(self) -> None:
        epoch = self._refreshing.epoch
        heads = await self._delivery.heads(epoch, list(self._roll.topics))
        behind = [
            topic for name, head in heads.items() if (topic := self._roll.topics.get(name)) and topic.behind(head)
        ]
        metrics.HEALED.inc(len(behind))
        languages = sorted({lang for topic in behind for lang in topic.languages()})
        stored = await self._delivery.stored(epoch, [topic.name for topic in behind], languages)
        missed: list[tuple[Audience, News]] = []
        for topic in behind:
            known = stored[topic.name]
            missed += [(audience, await self._missed(epoch, audience, known)) for audience in topic.behind(known.head)]
        if epoch == self._refreshing.epoch:
            metrics.RESYNCS.labels("missed").inc(sum(audience.watchers() for audience, news in missed if news.frames))
            self._telling.tell(missed, "missed")

    async def _missed(self, epoch: str, audience: Audience, known: Stored) -> News:
        """What Redis has of it: the head's frame, else the entries of a log, all of them, else nothing."""
        frame = known.frames.get(audience.lang)
        if frame or audience.newest or not audience.lang:
            return Push(audience.name, known.head, {audience.lang: frame} if frame else {})
        after = audience.version
        entries = await self._delivery.entries(epoch, audience.name, audience.lang, after, known.head)
        if not entries:
            return Push(audience.name, known.head)
        return Entries(audience.name, known.head, after + 1, {audience.lang: entries})
