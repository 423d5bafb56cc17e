"""Sockets are taken up: each gets what its page lacks, and from then on nothing is missed unseen."""

import asyncio
from collections.abc import Iterable, Mapping, Set

from realtime import messages, metrics
from realtime.ahead import Ahead
from realtime.audience import Audience, Roll, Seen, Topic
from realtime.delivery import CHUNK
from realtime.fanout import Fanout
from realtime.hearing import Hearing
from realtime.holding import Payload, Share
from realtime.keeping import Keeping
from realtime.outbox import Outbox
from realtime.refreshing import Refreshing
from realtime.road import Stored

Asked = dict[tuple[Audience, int], tuple[int, list[bytes] | None]]
"""Entries of a log after a version, and up to which version they were asked for; None: Redis has not all of them."""


class Watching:
    """The way from `watch` into the audiences. `take_up` has to run beside it."""

    def __init__(
        self, roll: Roll, fanout: Fanout, refreshing: Refreshing, keeping: Keeping, delivery: Hearing, ahead: Ahead
    ) -> None:
        self._roll = roll
        self._ahead = ahead
        self._fanout = fanout
        self._refreshing = refreshing
        self._keeping = keeping
        self._delivery = delivery
        self._asking: list[tuple[Audience, Outbox]] = []
        self._is_wanted = asyncio.Event()

    def watch(self, outbox: Outbox, topics: Mapping[str, tuple[str, ...]], have: Mapping[str, int], epoch: str) -> None:
        """Takes up at once what this process knows enough of; the rest waits, and nothing overtakes it."""
        taken: dict[Audience, Payload | None] = {}
        waiting: set[Audience] = set()
        for name, scopes in topics.items():
            audience = self._roll.add(outbox, name, scopes)
            seen = self._oldest(audience.waiting.get(outbox), Seen(have.get(name, 0), epoch))
            if audience.is_ready and outbox not in audience.waiting and not _is_beyond_memory(audience, seen):
                taken[audience] = self._lacks(audience, seen, {})
                self._ahead.note(outbox, audience, seen)
            else:
                self._wait(outbox, audience, seen)
                waiting.add(audience)
        self._seat(outbox, taken, waiting)

    def unwatch(self, outbox: Outbox, names: Iterable[str]) -> None:
        """Drops topics, and what of them still waits in the outbox."""
        left = {audience for name in names if (audience := self._roll.remove(outbox, name))}
        if outbox.cohort is not None and not left.isdisjoint(outbox.cohort.audiences):
            self._fanout.seat(outbox, outbox.cohort.audiences - left)

    def _oldest(self, waiting: Seen | None, seen: Seen) -> Seen:
        """Two regions of a page may show a topic: what the older showing lacks is not forgotten over the newer one."""
        if waiting is None:
            return seen
        return min(waiting, seen, key=lambda one: (one.version, one.epoch == self._refreshing.epoch))

    def _wait(self, outbox: Outbox, audience: Audience, seen: Seen) -> None:
        audience.waiting[outbox] = seen
        if audience.is_ready:
            self._asking.append((audience, outbox))
        self._is_wanted.set()

    def _lacks(self, audience: Audience, seen: Seen, asked: Asked) -> Payload | None:
        """What a page that shows so much has to be given."""
        if audience.version <= seen.version:
            is_in_doubt = audience.version == 0 and seen.epoch != self._refreshing.epoch
            return self._ask(audience, "epoch") if is_in_doubt else None
        if audience.newest is not None:
            return audience.newest
        if not audience.lang:
            return self._ask(audience, "build")
        upto, entries = asked.get((audience, seen.version), (seen.version, []))
        since = audience.since(upto)
        if entries is None or since is None:
            return self._ask(audience, "no_frame")
        metrics.RESYNCS.labels("entries").inc()
        return [*entries, *since]

    def _ask(self, audience: Audience, reason: str) -> bytes:
        return self._refreshing.signal(audience.name, reason, audience.askers(1))

    def _seat(
        self, outbox: Outbox, taken: Mapping[Audience, Payload | None], waiting: Set[Audience] = frozenset()
    ) -> None:
        present = outbox.cohort.audiences if outbox.cohort else frozenset()
        self._fanout.seat(outbox, (present - waiting).union(taken))
        share: Share = {audience.name: payload for audience, payload in taken.items() if payload}
        if share:
            self._fanout.hold_all(outbox, share)
        for audience in taken:
            audience.waiting.pop(outbox, None)
        if taken:
            outbox.say(messages.subscribed([audience.name for audience in taken]))

    # --- Those who wait for Redis

    async def take_up(self) -> None:
        """Without end: makes audiences ready, and finds what newcomers lack."""
        await self._keeping.is_open.wait()
        while True:
            await self._is_wanted.wait()
            batch = self._roll.unready[:CHUNK]
            if batch:
                await self._make_ready(batch)
                del self._roll.unready[: len(batch)]
            asking = self._asking[:CHUNK]
            await self._find(asking)
            del self._asking[: len(asking)]
            if not self._roll.unready and not self._asking:
                self._is_wanted.clear()

    async def _make_ready(self, batch: list[tuple[Topic, Audience]]) -> None:
        """Registers interest, joins, and only then compares: one of them sees whatever is published in between."""
        await self._delivery.want({(topic.name, audience.lang) for topic, audience in batch if audience.lang})
        unjoined = {topic.name: topic for topic, _ in batch if not topic.is_joined}
        await self._delivery.join(unjoined)
        for topic in unjoined.values():
            topic.is_joined = True
        await self._keeping.learn_epoch()
        stored = await self._stored(batch)
        for topic, audience in batch:
            known = stored[topic.name]
            frame = known.frames.get(audience.lang)
            if known.head > audience.version or (known.head == audience.version and frame):
                audience.know(known.head, frame)
            audience.is_ready = True
            self._asking += [(audience, outbox) for outbox in audience.waiting]

    async def _stored(self, batch: list[tuple[Topic, Audience]]) -> dict[str, Stored]:
        """Of one epoch, which is still the present one."""
        languages = sorted({audience.lang for _, audience in batch if audience.lang})
        while True:
            epoch = self._refreshing.epoch
            stored = await self._delivery.stored(epoch, [topic.name for topic, _ in batch], languages)
            if epoch == self._refreshing.epoch:
                return stored

    async def _find(self, asking: list[tuple[Audience, Outbox]]) -> None:
        """Who waits until Redis has answered misses nothing: what is announced meanwhile is remembered."""
        waits = {(audience, outbox): seen for audience, outbox in asking if (seen := audience.waiting.get(outbox))}
        asked: Asked = {}
        for (audience, _), seen in waits.items():
            if (audience, seen.version) not in asked and _is_beyond_memory(audience, seen):
                upto = audience.version
                asked[audience, seen.version] = upto, await self._entries(audience, seen.version, upto)
        taken: dict[Outbox, dict[Audience, Payload | None]] = {}
        for (audience, outbox), seen in waits.items():
            if audience.waiting.get(outbox) is seen:
                taken.setdefault(outbox, {})[audience] = self._lacks(audience, seen, asked)
                self._ahead.note(outbox, audience, seen)
        for outbox, topics in taken.items():
            self._seat(outbox, topics)

    async def _entries(self, audience: Audience, after: int, upto: int) -> list[bytes] | None:
        return await self._delivery.entries(self._refreshing.epoch, audience.name, audience.lang, after, upto)


def _is_beyond_memory(audience: Audience, seen: Seen) -> bool:
    """Whether the page lacks something that may be in Redis, but is not here."""
    is_behind = audience.version > seen.version and bool(audience.lang)
    return is_behind and audience.newest is None and audience.since(seen.version) is None
