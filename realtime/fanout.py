"""The same bytes to every socket, without ever waiting for one.

What is given to a cohort is written at once, so an idle page pays no delay; where much comes from different topics it
is held a moment and joined. What comes while a fan-out is under way, or while a reader is slow, is held, too: the
newest of each state, every entry of each log.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from realtime import metrics
from realtime.audience import Audience
from realtime.cohort import Cohort
from realtime.holding import Payload, Share, flatten, merge, size_of
from realtime.outbox import Joins, Outbox
from realtime.refreshing import Refreshing

TICK_S = 0.025
"""Whatever is held ends at a multiple of this, so that cohorts that are held share a turn."""
BURST = 256
"""Writes between two turns of the event loop: about 1 ms, so that nobody else waits for a crowd."""
STALLED_S = 20.0
STALLED_BYTES = 1024 * 1024
STALLED = 4008


class Fanout:
    """The pen of one process: everything returns at once but `write`, which whoever is woken has to await."""

    def __init__(self, refreshing: Refreshing) -> None:
        self.is_due = asyncio.Event()
        """Something is to be written."""
        self._loop = asyncio.get_running_loop()
        self._refreshing = refreshing
        self._cohorts: dict[frozenset[Audience], Cohort] = {}
        self._due: deque[Cohort] = deque()
        self._ticks: dict[int, list[Cohort]] = {}
        self._dirty: set[Outbox] = set()
        self._stalled: dict[Outbox, float] = {}
        self._given = self._conflated = 0

    # --- Seats: every socket sits in the cohort of those who watch the same

    def enter(self, outbox: Outbox) -> None:
        outbox.writer.on_change = partial(self._writer_changed, outbox)

    def leave(self, outbox: Outbox) -> None:
        outbox.writer.on_change = None
        self.seat(outbox, frozenset())
        self._dirty.discard(outbox)
        self._stalled.pop(outbox, None)

    def seat(self, outbox: Outbox, audiences: frozenset[Audience]) -> None:
        """Moves a socket; what its old cohort still owes it of what it goes on watching, it gets by itself."""
        old = outbox.cohort
        if old is not None and old.audiences == audiences:
            return
        outbox.cohort = self._cohort(audiences) if audiences else None
        if outbox.cohort is not None:
            outbox.cohort.enter(outbox)
        if old is not None:
            self._dismiss(old, outbox)
            if owed := old.owed(audiences, partial(self._give_up, 1)):
                self.hold_all(outbox, owed)

    def _cohort(self, audiences: frozenset[Audience]) -> Cohort:
        cohort = self._cohorts.get(audiences)
        if cohort is None:
            cohort = self._cohorts[audiences] = Cohort(audiences)
            for audience in audiences:
                audience.cohorts.add(cohort)
        return cohort

    def _dismiss(self, cohort: Cohort, outbox: Outbox) -> None:
        cohort.leave(outbox)
        if not cohort.outboxes:
            del self._cohorts[cohort.audiences]
            for audience in cohort.audiences:
                audience.cohorts.discard(cohort)

    # --- Giving

    def give(self, cohort: Cohort, share: Share) -> None:
        """A share for everyone in the cohort, as one message: now, or when what is held is written."""
        self._conflated += merge(cohort.held, share, partial(self._give_up, len(cohort.outboxes)))
        now = self._loop.time()
        wait_s = cohort.wait_s(share, now)
        if not cohort.is_due:
            cohort.is_due = True
            if wait_s > 0:
                self._hold_until(now + wait_s, cohort)
            else:
                self._due.append(cohort)
                self.is_due.set()

    def hold(self, outbox: Outbox, name: str, payload: Payload) -> None:
        """Something for one socket only, joined with what else it gets in this turn."""
        self.hold_all(outbox, {name: payload})

    def hold_all(self, outbox: Outbox, share: Share) -> None:
        """The same for several topics."""
        self._keep(outbox, share)
        if not outbox.writer.paused:
            self._dirty.add(outbox)
            self.is_due.set()

    def _keep(self, outbox: Outbox, share: Share) -> None:
        self._conflated += merge(outbox.held, share, partial(self._give_up, 1))
        if outbox.cohort is not None:
            outbox.cohort.look_at(outbox)
        if outbox.writer.paused:
            self._stalled.setdefault(outbox, self._loop.time())

    def _give_up(self, watchers: int, name: str) -> bytes:
        return self._refreshing.signal(name, "overflow", watchers)

    def _hold_until(self, moment: float, cohort: Cohort) -> None:
        tick = int(moment / TICK_S) + 1
        if tick not in self._ticks:
            self._ticks[tick] = []
            self._loop.call_at(tick * TICK_S, self._end_tick, tick)
        self._ticks[tick].append(cohort)

    def _end_tick(self, tick: int) -> None:
        self._due += self._ticks.pop(tick)
        self.is_due.set()

    def _writer_changed(self, outbox: Outbox) -> None:
        if outbox.cohort is not None:
            outbox.cohort.look_at(outbox)
        if not outbox.writer.paused:
            self._stalled.pop(outbox, None)
            if outbox.held:
                self._dirty.add(outbox)
                self.is_due.set()

    # --- Writing

    async def write(self) -> None:
        """Everything that is due. One turn ends before the next begins, so that nothing overtakes."""
        joins: Joins = {}
        room = BURST
        while self._due:
            room = await self._write_cohort(self._due.popleft(), joins, room)
        dirty, self._dirty = self._dirty, set()
        for outbox in dirty:
            self._write_held(outbox, joins)
            room -= 1
            if room <= 0:
                await asyncio.sleep(0)
                room = BURST

    async def _write_cohort(self, cohort: Cohort, joins: Joins, room: int) -> int:
        """Returns how many more writes this turn of the event loop has room for."""
        cohort.giving, cohort.held, cohort.is_due = cohort.held, {}, False
        if payloads := flatten(cohort.giving):
            if len(cohort.writes) < len(cohort.outboxes):
                for outbox in cohort.outboxes.difference(cohort.writes):
                    self._keep(outbox, cohort.giving)
            if cohort.writes:
                room = await self._write_ready(cohort, joined(next(iter(cohort.writes)), payloads, joins), room)
        cohort.giving = {}
        return room

    async def _write_ready(self, cohort: Cohort, messages: list[Any], room: int) -> int:
        """In bursts, between which anybody may leave, fall behind or close."""
        ready = cohort.ready()
        size, done = len(ready.writes), 0
        rest = iter(ready.writes)
        self._given += size
        while done < size:
            burst = min(room, size - done)
            if cohort.ready() is ready:
                write_burst(islice(rest, burst), messages)
            else:
                self._write_changed(cohort, ready.outboxes[done : done + burst], messages)
            done += burst
            room -= burst
            if room <= 0:
                await asyncio.sleep(0)
                room = BURST
        return room

    def _write_changed(self, cohort: Cohort, outboxes: list[Outbox], messages: list[Any]) -> None:
        """Those who were ready when the fan-out began, and may be no more."""
        for outbox in outboxes:
            if write := cohort.writes.get(outbox):
                for message in messages:
                    write(message)
            elif outbox in cohort.outboxes:
                self._keep(outbox, cohort.giving)

    def _write_held(self, outbox: Outbox, joins: Joins) -> None:
        if outbox.held and not outbox.writer.paused:
            messages = joined(outbox, flatten(outbox.held), joins)
            outbox.held = {}
            self._given += 1
            for message in messages:
                outbox.writer.write(message)
            if outbox.cohort is not None:
                outbox.cohort.look_at(outbox)

    # --- Once a second

    def stalled(self) -> list[Outbox]:
        """Those who have kept something waiting for STALLED_S seconds, or more than STALLED_BYTES."""
        since = self._loop.time() - STALLED_S
        return [
            outbox
            for outbox, stalled_at in self._stalled.items()
            if stalled_at < since or outbox.writer.buffered() + size_of(outbox.held) > STALLED_BYTES
        ]

    def count(self) -> None:
        """Tells the metrics what was done since the last time, and what waits now."""
        metrics.GIVEN.inc(self._given)
        metrics.CONFLATED.inc(self._conflated)
        self._given = self._conflated = 0
        waiting = sum(outbox.writer.buffered() + size_of(outbox.held) for outbox in self._stalled)
        metrics.OUTBOX_BYTES.set(waiting)


def write_burst(writes: Iterator[Callable[[Any], None]], messages: list[Any]) -> None:
    """The one loop that costs: half a microsecond per socket here is half of what Python may add."""
    first, *more = messages
    if more:
        for write in writes:
            for message in messages:
                write(message)
    else:
        for write in writes:
            write(first)


def joined(outbox: Outbox, payloads: tuple[bytes, ...], joins: Joins) -> list[Any]:
    """The messages of these payloads as the outbox's writer takes them: made once for all who get the same."""
    messages = joins.get((outbox.encode, payloads))
    if messages is None:
        messages = joins[outbox.encode, payloads] = outbox.pack(payloads)
    return messages
