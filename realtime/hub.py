"""The ear of one process: it hears each push once, and sees to it that no watcher stays behind."""

import asyncio
import random
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Set
from typing import Any

import structlog

from realtime import messages, metrics
from realtime.access import Numbers
from realtime.audience import Audience, Seen, Topic
from realtime.delivery import CHUNK, ROAD_ERRORS, Delivery
from realtime.fanout import STALLED, Fanout
from realtime.outbox import Outbox
from realtime.road import Announced, Push, Tick

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
"""How many pages a second may ask for their region again because of one signal from this process."""

log = structlog.get_logger(__name__)


class Hub:
    """Topics, who watches them here, and the chores that keep them true."""

    def __init__(self, delivery: Delivery) -> None:
        self.loop = asyncio.get_running_loop()
        self.epoch = ""
        self.topics: dict[str, Topic] = {}
        self.outboxes: set[Outbox] = set()
        self.scopes: dict[str, int] = {}
        """How many watched topics hang on each access scope."""
        self.numbers = Numbers()
        self.delivery = delivery
        self._fanout = Fanout()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_open = asyncio.Event()
        self._unready: list[tuple[Topic, Audience]] = []
        self._is_unready = asyncio.Event()
        self._sweep_now = asyncio.Event()
        self._ticked_at = self.loop.time()
        self._lag_s = 0.0
        self._was_delayed = False

    # --- Life

    def start(self) -> None:
        """Returns at once: a process serves pages while Redis is away, and says that they are delayed."""
        chores = [self._hear, self._make_ready, self._sweep, self._want, self._keep_house, self._check_access]
        self._tasks = [asyncio.create_task(_until_cancelled(chore)) for chore in [*chores, self._fanout.flush]]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.numbers.close()
        await self.delivery.close()

    # --- Watching

    def enter(self, outbox: Outbox) -> None:
        """From now on the outbox may watch topics; `leave` is owed."""
        self._fanout.enter(outbox)
        self.outboxes.add(outbox)
        metrics.SOCKETS.set(len(self.outboxes))

    def leave(self, outbox: Outbox) -> None:
        """Forgets a socket."""
        self._fanout.leave(outbox)
        self.unwatch(outbox, list(outbox.topics))
        self.outboxes.discard(outbox)
        metrics.SOCKETS.set(len(self.outboxes))

    def watch(self, outbox: Outbox, topics: Mapping[str, tuple[str, ...]], have: Mapping[str, int], epoch: str) -> None:
        """Gives the outbox every version newer than the page has, now and from now on.

        `topics` are their names with the access scopes each hangs on, `epoch` is the one the page was made in.
        """
        ready = []
        for name, scopes in topics.items():
            self._count(outbox.topics.get(name, ()), -1)
            self._count(scopes, 1)
            outbox.topics[name] = scopes
            audience = self._audience(name, outbox)
            audience.outboxes.add(outbox)
            seen = Seen(have.get(name, 0), epoch)
            if audience.is_ready:
                ready.append(name)
                self._compare(name, audience, outbox, seen)
            else:
                audience.waiting[outbox] = seen
        if ready:
            outbox.say(messages.subscribed(ready))

    def unwatch(self, outbox: Outbox, names: Iterable[str]) -> None:
        """Drops topics, and what of them still waits in the outbox."""
        for name in names:
            scopes = outbox.topics.pop(name, None)
            if scopes is not None:
                self._count(scopes, -1)
                self.topics[name].audiences[outbox.lang, outbox.encode].discard(outbox)
                outbox.held.pop(name, None)

    def refuse(self, outbox: Outbox, names: Collection[str], why: str) -> None:
        """Drops topics, or never takes them up, and says why."""
        self.unwatch(outbox, names)
        metrics.REFUSED.labels(why).inc(len(names))
        outbox.say(messages.refused(names, why))

    def _count(self, scopes: tuple[str, ...], by: int) -> None:
        for scope in scopes:
            self.scopes[scope] = self.scopes.get(scope, 0) + by
            if not self.scopes[scope]:
                del self.scopes[scope]

    def _audience(self, name: str, outbox: Outbox) -> Audience:
        topic = self.topics.get(name)
        if topic is None:
            topic = self.topics[name] = Topic(name)
        audience = topic.audiences.get((outbox.lang, outbox.encode))
        if audience is None:
            audience = topic.audiences[outbox.lang, outbox.encode] = Audience(outbox.lang, outbox.encode)
            self._unready.append((topic, audience))
            self._is_unready.set()
        return audience

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
            batch = self._unready[:CHUNK]
            await self._join(batch)
            del self._unready[: len(batch)]
            if not self._unready:
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
                case Announced(epoch, push) if epoch == self.epoch:
                    await self._hand_on(push, "no_frame")
                case Tick(epoch, lag_s) if epoch == self.epoch:
                    self._ticked(lag_s)
                case Announced() | Tick():
                    self._sweep_now.set()

    async def _hand_on(self, push: Push, reason: str) -> None:
        topic = self.topics.get(push.topic)
        for audience in list(topic.audiences.values()) if topic else ():
            if push.version <= audience.version:
                continue
            audience.version, audience.newest = push.version, push.frames.get(audience.lang)
            if audience.is_ready:
                payload = audience.newest or self._refresh(push.topic, reason, len(audience.outboxes))
                await self._fanout.give_all(audience, push.topic, payload)

    def _refresh(self, name: str, reason: str, watchers: int) -> bytes:
        metrics.REFRESHED.labels(reason).inc(watchers)
        return messages.refresh(name, self.epoch, round(watchers / REFRESHES_PER_S, 1))

    # --- Keeping true what the layer may have missed

    async def _learn_epoch(self) -> None:
        epoch = await self.delivery.epoch()
        if epoch != self.epoch:
            self.epoch = epoch
            log.info("live.epoch", epoch=epoch, topics=len(self.topics))
            await self._begin_epoch()

    async def _begin_epoch(self) -> None:
        """Redis forgot: every version that it announced is in doubt, so every page asks for its regions again."""
        for topic in list(self.topics.values()):
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
            await self._forget_unwatched()
            await self._learn_epoch()
            await self._heal()

    async def _heal(self) -> None:
        heads = await self.delivery.heads(self.epoch, list(self.topics))
        behind = [self.topics[name] for name, head in heads.items() if name in self.topics]
        behind = [topic for topic in behind if topic.is_behind(heads[topic.name])]
        metrics.HEALED.inc(len(behind))
        languages = sorted({lang for topic in behind for lang in topic.languages()})
        stored = await self.delivery.stored(self.epoch, [topic.name for topic in behind], languages)
        for name, known in stored.items():
            await self._hand_on(Push(name, known.head, known.frames), "missed")

    async def _forget_unwatched(self) -> None:
        for topic in list(self.topics.values()):
            for key, audience in list(topic.audiences.items()):
                if not audience.outboxes and audience.is_ready:
                    del topic.audiences[key]
            if not topic.audiences:
                del self.topics[topic.name]
                await self.delivery.leave(topic.name)
        metrics.TOPICS.set(len(self.topics))

    async def _want(self) -> None:
        while True:
            await asyncio.sleep(WANT_S)
            await self.delivery.want(
                {(name, lang) for name, topic in self.topics.items() for lang in topic.languages()}
            )

    async def _check_access(self) -> None:
        """Takes away what was revoked, even if nobody told: at the very worst CHECK_ACCESS_S later."""
        while True:
            await asyncio.sleep(CHECK_ACCESS_S * random.uniform(0.8, 1.0))  # noqa: S311
            self.revoke(await self.numbers.changed(self.scopes.keys()))

    def revoke(self, raised: Set[str]) -> None:
        """Drops every watched topic that hangs on one of these scopes."""
        for outbox in self.outboxes if raised else ():
            if names := [name for name, scopes in outbox.topics.items() if not raised.isdisjoint(scopes)]:
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
            for outbox in self.outboxes:
                outbox.say(messages.heartbeat(self.tick_age_s))


_running: Hub | None = None


def here() -> Hub:
    """This process's hub; the first call in an event loop starts it (not every server has a lifespan)."""
    global _running
    if _running is None or _running.loop is not asyncio.get_running_loop():
        _running = Hub(Delivery())
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
        except ROAD_ERRORS as problem:
            log.warning("live.road_lost", chore=chore.__name__, problem=repr(problem))
        except Exception:
            log.exception("live.chore_failed", chore=chore.__name__)
        await asyncio.sleep(RETRY_S)
