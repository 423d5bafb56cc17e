"""The ear of one process: it hears each push once, and sees to it that no watcher stays behind."""

import asyncio
import random
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Set
from typing import Any

import structlog
from django.db import DatabaseError

from realtime import messages, metrics
from realtime.access import Numbers
from realtime.ahead import Ahead
from realtime.attendance import Attendance
from realtime.audience import Roll
from realtime.census import Census
from realtime.delivery import ROAD_ERRORS
from realtime.fanout import STALLED, Fanout
from realtime.hearing import Hearing
from realtime.keeping import Keeping
from realtime.lane import Lane
from realtime.outbox import Outbox
from realtime.presence import Presence
from realtime.pulse import Pulse
from realtime.refreshing import Refreshing
from realtime.road import Bundle, PeopleChanged, Tick
from realtime.telling import Telling
from realtime.watching import Watching

RETRY_S = 1.0
CHECK_ACCESS_S = 30.0

log = structlog.get_logger(__name__)


class Hub:
    """Topics, who watches them here, and the chores that keep them true."""

    def __init__(self, delivery: Hearing) -> None:
        self.loop = asyncio.get_running_loop()
        self.roll = Roll()
        self.numbers = Numbers()
        self.delivery = delivery
        self._sweep_now = asyncio.Event()
        self._refreshing = Refreshing()
        self._pulse = Pulse()
        self._fanout = Fanout(self._refreshing)
        self._telling = Telling(self.roll, self._fanout, self._refreshing, self.look_again)
        self._keeping = Keeping(self.roll, self._telling, self._refreshing, delivery, self._sweep_now)
        ahead = Ahead(self._fanout, self._refreshing, lambda: self._pulse.is_delayed)
        self._watching = Watching(self.roll, self._fanout, self._refreshing, self._keeping, delivery, ahead)
        self._lane = Lane(self._heard_of_access, self.check_access)
        self.presence = Presence(Attendance(delivery), self._fanout.hold)
        delivery.when_restored(self.look_again)
        self._census = Census(self.roll, self._pulse, self._refreshing, delivery)
        self._tasks: list[asyncio.Task[None]] = []
        self._was_delayed = False

    # --- Life

    def start(self) -> None:
        """Returns at once: a process serves pages while Redis is away, and says that they are delayed."""
        live = [self._hear, self._hand_out, self._watching.take_up, self._lane.listen]
        kept = [self._keeping.sweep, self._keeping.want, self._keep_checking, self._keep_house]
        told = [self.presence.keep, self._census.report]
        self._tasks = [asyncio.create_task(_until_cancelled(chore)) for chore in [*live, *kept, *told]]

    async def stop(self) -> None:
        running = set(self._tasks)
        while running:  # a library may swallow a cancellation that comes in the wrong moment
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=RETRY_S)
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
        """Gives the outbox every version and entry newer than the page has, now and from now on.

        `topics` are their names with the access scopes each hangs on, `epoch` is the one the page was made in.
        """
        self._watching.watch(outbox, topics, have, epoch)

    def unwatch(self, outbox: Outbox, names: Iterable[str]) -> None:
        """Drops topics, and what of them still waits in the outbox."""
        names = list(names)
        self._watching.unwatch(outbox, names)
        for name in names:
            self.presence.leave(outbox, name)

    def give(self, outbox: Outbox, name: str, payload: bytes) -> None:
        """A topic's frame for one socket alone: whoever else watches it has it, or gets it in another way."""
        self._fanout.hold(outbox, name, payload)

    def refuse(self, outbox: Outbox, names: Collection[str], why: str) -> None:
        """Drops topics, or never takes them up, and says why."""
        self.presence.drop(outbox, names)
        self.unwatch(outbox, names)
        metrics.REFUSED.labels(why).inc(len(names))
        outbox.say(messages.refused(names, why))

    # --- Hearing and handing on

    @property
    def epoch(self) -> str:
        """The epoch that this process knows; empty before it has found one."""
        return self._refreshing.epoch

    def look_again(self) -> None:
        """The layer has missed something, or may have: the heads are compared soon."""
        self._sweep_now.set()

    async def _hear(self) -> None:
        await self._keeping.open()
        while True:
            match await self.delivery.receive():
                case Bundle(epoch) as bundle if epoch == self.epoch:
                    self._telling.hear(bundle)
                case Tick(epoch) as tick if epoch == self.epoch:
                    if self._pulse.beat(tick):
                        self.look_again()
                case PeopleChanged(topic):
                    self.presence.changed(topic)
                case Bundle() | Tick():
                    self.look_again()

    async def _hand_out(self) -> None:
        while True:
            await self._fanout.is_due.wait()
            try:
                self._telling.hand_out()
                self._fanout.is_due.clear()
                await self._fanout.write()
            except Exception:
                metrics.DROPPED.inc()  # some may have been given it and others not, and nobody knows whom to ask
                raise

    # --- Access

    async def _keep_checking(self) -> None:
        """Finds what was revoked even if nobody told: at the very worst CHECK_ACCESS_S later."""
        while True:
            await self.check_access()
            await asyncio.sleep(CHECK_ACCESS_S * random.uniform(0.8, 1.0))  # noqa: S311

    async def check_access(self) -> None:
        """Reads the numbers of all scopes in use again."""
        self.revoke(await self.numbers.changed(self.roll.scopes.keys()))

    def _heard_of_access(self, numbers: Mapping[str, int]) -> None:
        self.revoke(self.numbers.heard(numbers))

    def revoke(self, raised: Set[str]) -> None:
        """Drops every watched topic that hangs on one of these scopes."""
        for outbox, names in self.roll.hanging_on(raised):
            self.refuse(outbox, names, "revoked")

    # --- The road's state

    @property
    def tick_age_s(self) -> float:
        """How long ago everything that had been committed was delivered, as far as this process knows."""
        return self._pulse.age_s

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(1)
            metrics.TICK_AGE.set(self.tick_age_s)
            self._fanout.count()
            self._tell_of_delay()
            for outbox in self._fanout.stalled():
                metrics.CLOSED.labels(STALLED).inc()
                outbox.writer.close(STALLED, "too slow")
                self.leave(outbox)

    def _tell_of_delay(self) -> None:
        is_delayed = self._pulse.is_delayed
        if is_delayed != self._was_delayed:
            self._was_delayed = is_delayed
            for outbox in self.roll.outboxes:
                outbox.say(messages.heartbeat(self.tick_age_s))


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
