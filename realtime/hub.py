"""The ear of one process: it hears each push once, and sees to it that no watcher stays behind."""

import asyncio
import random
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Set
from typing import Any

import structlog
from django.db import DatabaseError

from realtime import messages, metrics
from realtime.access import Numbers
from realtime.attendance import Attendance
from realtime.audience import Audience, Roll, Seen, Topic
from realtime.delivery import CHUNK, ROAD_ERRORS
from realtime.fanout import STALLED, Fanout
from realtime.hearing import Hearing
from realtime.outbox import Outbox
from realtime.presence import Presence
from realtime.road import Bundle, PeopleChanged, Push, Tick

SWEEP_S = 5.0
SWEEP_PAUSE_S = 0.1
"""Between two sweeps, whatever calls for one: a relay of another epoch may announce without end."""
WANT_S = 60.0
RETRY_S = 1.0
CHECK_ACCESS_S = 30.0
TICK_GAP_S = 2.5
"""A tick that comes later than this after the last one: the layer was away, and told nobody what it missed."""
DELAYED_S = 5.0
REFRESHES_PER_S = 50
"""How many pages a second may ask for their region again because this process told them to."""

log = structlog.get_logger(__name__)


class Hub:
    """Topics, who watches them here, and the chores that keep them true."""

    def __init__(self, delivery: Hearing) -> None:
        self.loop = asyncio.get_running_loop()
        self.epoch = ""
        self.roll = Roll()
        self.numbers = Numbers()
        self.delivery = delivery
        self._fanout = Fanout()
        self.presence = Presence(Attendance(delivery), self._fanout.hold)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_open = asyncio.Event()
        self._is_unready = asyncio.Event()
        self._heard: dict[str, Push] = {}
        self._is_heard = asyncio.Event()
        self._sweep_now = asyncio.Event()
        self._ticked_at = self.loop.time()
        self._lag_s = 0.0
        self._was_delayed = False
        self._refreshed_by = 0.0

    # --- Life

    def start(self) -> None:
        """Returns at once: a process serves pages while Redis is away, and says that they are delayed."""
        live = [self._hear, self._hand_out, self._fanout.flush, self._make_ready]
        chores = [*live, self._sweep, self._want, self._check_access, self._keep_house, self.presence.keep]
        self._tasks = [asyncio.create_task(_until_cancelled(chore)) for chore in chores]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.numbers.close()
        await self.presence.close()
        await self.delivery.close()

    # --- Watching

    def enter(self, outbox: Outbox) -> None:
        """From now on the outbox may watch topics; `leave` is owed."""
        self._fanout.enter(outbox)
        self.roll.outboxes.add(outbox)
        metrics.SOCKETS.set(len(self.roll.outboxes))

    def leave(self, outbox: Outbox) -> None:
        """Forgets a socket."""
        self._fanout.leave(outbox)
        self.unwatch(outbox, list(outbox.topics))
        self.presence.forget(outbox)
        self.roll.outboxes.discard(outbox)
        metrics.SOCKETS.set(len(self.roll.outboxes))

    def watch(self, outbox: Outbox, topics: Mapping[str, tuple[str, ...]], have: Mapping[str, int], epoch: str) -> None:
        """Gives the outbox every version newer than the page has, now and from now on.

        `topics` are their names with the access scopes each hangs on, `epoch` is the one the page was made in.
        """
        ready = []
        for name, scopes in topics.items():
            audience = self.roll.add(outbox, name, scopes)
            seen = Seen(have.get(name, 0), epoch)
            if audience.is_ready:
                ready.append(name)
                self._compare(name, audience, outbox, seen)
            else:
                audience.waiting[outbox] = seen
                self._is_unready.set()
        if ready:
            outbox.say(messages.subscribed(ready))

    def unwatch(self, outbox: Outbox, names: Iterable[str]) -> None:
        """Drops topics, and what of them still waits in the outbox."""
        for name in names:
            self.roll.remove(outbox, name)
            self.presence.leave(outbox, name)

    def refuse(self, outbox: Outbox, names: Collection[str], why: str) -> None:
        """Drops topics, or never takes them up, and says why."""
        self.presence.drop(outbox, names)
        self.unwatch(outbox, names)
        metrics.REFUSED.labels(why).inc(len(names))
        outbox.say(messages.refused(names, why))

    def _compare(self, name: str, audience: Audience, outbox: Outbox, seen: Seen) -> None:
        if audience.version > seen.version:
            self._fanout.hold(outbox, name, audience.newest or self._refresh(name, "no_frame", 1))
        elif audience.version == 0 and seen.epoch != self.epoch:
            self._fanout.hold(outbox, name, self._refresh(name, "epoch", 1))

    async def _make_ready(self) -> None:
        """Registers interest, joins, and only then compares: one of them sees whatever is published in between."""
        await self._is_open.wait()
        while True:
            await self._is_unready.wait()
            batch = self.roll.unready[:CHUNK]
            await self._join(batch)
            del self.roll.unready[: len(batch)]
            if not self.roll.unready:
                self._is_unready.clear()

    async def _join(self, batch: list[tuple[Topic, Audience]]) -> None:
        await self.delivery.want({(topic.name, audience.lang) for topic, audience in batch})
        unjoined = {topic.name: topic for topic, _ in batch if not topic.is_joined}
        await self.delivery.join(unjoined)
        for topic in unjoined.values():
            topic.is_joined = True
        await self._learn_epoch()
        languages = sorted({audience.lang for _, audience in batch})
        stored = await self.delivery.stored(self.epoch, [topic.name for topic, _ in batch], languages)
        waited: dict[Outbox, list[str]] = {}
        for topic, audience in batch:
            known = stored[topic.name]
            if known.head >= audience.version:
                audience.version, audience.newest = known.head, known.frames.get(audience.lang)
            audience.is_ready = True
            for outbox, seen in audience.waiting.items():
                self._compare(topic.name, audience, outbox, seen)
                waited.setdefault(outbox, []).append(topic.name)
            audience.waiting = {}
        for outbox, names in waited.items():
            outbox.say(messages.subscribed(names))

    # --- Hearing and handing on

    async def _hear(self) -> None:
        await self.delivery.open_channel()
        await self._learn_epoch()
        self._is_open.set()
        while True:
            match await self.delivery.receive():
                case Bundle(epoch, _, news) if epoch == self.epoch:
                    for push in news:
                        if isinstance(push, Push):
                            self._heard[push.topic] = max(push, self._heard.pop(push.topic, push), key=_version)
                    self._is_heard.set()
                case Tick(epoch, lag_s) if epoch == self.epoch:
                    self._ticked(lag_s)
                case PeopleChanged(topic):
                    self.presence.changed(topic)
                case Bundle() | Tick():
                    self._sweep_now.set()

    async def _hand_out(self) -> None:
        """Where more is heard than can be handed out, the newest push of each topic is: no backlog grows."""
        while True:
            await self._is_heard.wait()
            self._is_heard.clear()
            while self._heard:
                push = self._heard.pop(next(iter(self._heard)))
                await self._hand_on(push, "no_frame")

    async def _hand_on(self, push: Push, reason: str) -> None:
        topic = self.roll.topics.get(push.topic)
        for audience in list(topic.audiences.values()) if topic else ():
            if push.version <= audience.version:
                continue
            audience.version, audience.newest = push.version, push.frames.get(audience.lang)
            if audience.is_ready:
                payload = audience.newest or self._refresh(push.topic, reason, len(audience.outboxes))
                await self._fanout.give_all(audience, push.topic, payload)

    def _refresh(self, name: str, reason: str, watchers: int) -> bytes:
        """Asks pages to ask: spread over as long as all who were told lately will need."""
        metrics.REFRESHED.labels(reason).inc(watchers)
        self._refreshed_by = max(self.loop.time(), self._refreshed_by) + watchers / REFRESHES_PER_S
        return messages.refresh(name, self.epoch, self._refreshed_by - self.loop.time())

    # --- Keeping true what the layer may have missed

    async def _learn_epoch(self) -> None:
        epoch = await self.delivery.epoch()
        if epoch and epoch != self.epoch:
            self.epoch = epoch
            self._heard.clear()
            log.info("live.epoch", epoch=epoch, topics=len(self.roll.topics))
            await self.delivery.want(self.roll.wanted())
            await self._begin_epoch()

    async def _begin_epoch(self) -> None:
        """Redis forgot: every version that it announced is in doubt, so every page asks for its regions again."""
        for topic in list(self.roll.topics.values()):
            for audience in list(topic.audiences.values()):
                audience.version, audience.newest = 0, None
                if audience.is_ready:
                    payload = self._refresh(topic.name, "epoch", len(audience.outboxes))
                    await self._fanout.give_all(audience, topic.name, payload)

    async def _sweep(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._sweep_now.wait(), SWEEP_S * random.uniform(0.8, 1.2))  # noqa: S311
                await asyncio.sleep(SWEEP_PAUSE_S)
            except TimeoutError:
                pass
            self._sweep_now.clear()
            for name in self.roll.forget_unwatched():
                if name not in self.roll.topics:  # it may have come back while another one was left
                    await self.delivery.leave(name)
            metrics.TOPICS.set(len(self.roll.topics))
            await self._learn_epoch()
            await self._heal()

    async def _heal(self) -> None:
        heads = await self.delivery.heads(self.epoch, list(self.roll.topics))
        behind = [self.roll.topics[name] for name, head in heads.items() if name in self.roll.topics]
        behind = [topic for topic in behind if topic.is_behind(heads[topic.name])]
        metrics.HEALED.inc(len(behind))
        languages = sorted({lang for topic in behind for lang in topic.languages()})
        stored = await self.delivery.stored(self.epoch, [topic.name for topic in behind], languages)
        for name, known in stored.items():
            await self._hand_on(Push(name, known.head, known.frames), "missed")

    async def _want(self) -> None:
        while True:
            await asyncio.sleep(WANT_S)
            await self.delivery.want(self.roll.wanted())

    async def _check_access(self) -> None:
        """Takes away what was revoked, even if nobody told: at the very worst CHECK_ACCESS_S later."""
        while True:
            self.revoke(await self.numbers.changed(self.roll.scopes.keys()))
            await asyncio.sleep(CHECK_ACCESS_S * random.uniform(0.8, 1.0))  # noqa: S311

    def revoke(self, raised: Set[str]) -> None:
        """Drops every watched topic that hangs on one of these scopes."""
        for outbox, names in self.roll.hanging_on(raised) if raised else ():
            self.refuse(outbox, names, "revoked")

    # --- The road's state

    @property
    def tick_age_s(self) -> float:
        """How long ago everything that had been committed was delivered, as far as this process knows."""
        return self._lag_s + self.loop.time() - self._ticked_at

    def _ticked(self, lag_s: float) -> None:
        now = self.loop.time()
        if now - self._ticked_at > TICK_GAP_S:
            self._sweep_now.set()
        self._ticked_at, self._lag_s = now, lag_s

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(1)
            metrics.TICK_AGE.set(self.tick_age_s)
            self._tell_of_delay()
            for outbox in self._fanout.stalled():
                metrics.CLOSED.labels(STALLED).inc()
                outbox.writer.close(STALLED, "too slow")
                self.leave(outbox)

    def _tell_of_delay(self) -> None:
        is_delayed = self.tick_age_s > DELAYED_S
        if is_delayed != self._was_delayed:
            self._was_delayed = is_delayed
            for outbox in self.roll.outboxes:
                outbox.say(messages.heartbeat(self.tick_age_s))


def _version(push: Push) -> int:
    return push.version


_running: Hub | None = None


def here() -> Hub:
    """This process's hub; the first call in an event loop starts it (not every server has a lifespan)."""
    global _running
    if _running is None or _running.loop is not asyncio.get_running_loop():
        _running = Hub(Hearing())
        _running.start()
    return _running


def known_epoch() -> str:
    """The epoch as this process knows it, for the page to carry; empty where no hub runs."""
    return _running.epoch if _running else ""


async def _until_cancelled(chore: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A chore that stumbles over Redis, or over itself, starts again: a process without ears must not look well."""
    while True:
        try:
            await chore()
        except (*ROAD_ERRORS, DatabaseError) as problem:
            log.warning("live.chore_interrupted", chore=chore.__name__, problem=repr(problem))
        except Exception:
            log.exception("live.chore_failed", chore=chore.__name__)
        await asyncio.sleep(RETRY_S)
