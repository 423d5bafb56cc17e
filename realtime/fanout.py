"""The same bytes to every socket, without ever waiting for one.

A socket that was not written to in this tick is written to at once, so an idle page pays no delay. One that was, or
whose reader is slow, keeps the newest payload of each topic; the tick's end writes those as one message.
"""

import asyncio

from realtime import metrics
from realtime.audience import Audience
from realtime.outbox import Joins, Outbox

TICK_S = 0.025
BURST = 256
"""Writes between two turns of the event loop: about 1 ms, so that nobody else waits for a crowd."""
STALLED_S = 20.0
STALLED = 4008


class Fanout:
    """The pen of one process. `flush` has to run beside it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._window = 1
        self._window_end = 0.0
        self._dirty: set[Outbox] = set()
        self._is_dirty = asyncio.Event()
        self._stalled: dict[Outbox, float] = {}
        self._conflated = 0
        self._turn = asyncio.Lock()

    def enter(self, outbox: Outbox) -> None:
        outbox.writer.on_resume = lambda: self._resumed(outbox)

    def leave(self, outbox: Outbox) -> None:
        outbox.writer.on_resume = None
        self._dirty.discard(outbox)
        self._stalled.pop(outbox, None)

    async def give_all(self, audience: Audience, name: str, payload: bytes) -> None:
        """Gives a topic's newest payload to everyone in an audience; one after the other, so that none overtakes."""
        async with self._turn:
            await self._give_all(audience, name, payload)

    async def _give_all(self, audience: Audience, name: str, payload: bytes) -> None:
        message = audience.encode(payload)
        outboxes, left = list(audience.outboxes), audience.left
        for start in range(0, len(outboxes), BURST):
            burst = outboxes[start : start + BURST]
            if start:
                await asyncio.sleep(0)
                if audience.left != left:
                    burst = [outbox for outbox in burst if outbox in audience.outboxes]
            self._give_burst(burst, self._open_window(), message, name, payload)
            metrics.GIVEN.inc(len(burst))

    def _give_burst(self, burst: list[Outbox], window: int, message: object, name: str, payload: bytes) -> None:
        """The one loop that costs: half a microsecond per socket here is half of what Python may add."""
        for outbox in burst:
            writer = outbox.writer
            if outbox.window < window and not writer.paused:
                outbox.window = window
                writer.write(message)  # type: ignore[arg-type]  # as this audience's writers take it
            else:
                self.hold(outbox, name, payload)

    def hold(self, outbox: Outbox, name: str, payload: bytes) -> None:
        """Keeps a payload until the tick's end, or until a slow reader can take it; a newer one replaces it."""
        held = outbox.held
        if not held:
            self._take_note(outbox)
        elif held.pop(name, None) is not None:
            self._conflated += 1
        held[name] = payload  # the newest goes to the end

    def _take_note(self, outbox: Outbox) -> None:
        """Whoever has something held is dirty or stalled, from the first payload on."""
        if outbox.writer.paused:
            self._stalled.setdefault(outbox, self._loop.time())
        else:
            self._flush_soon(outbox)

    def _flush_soon(self, outbox: Outbox) -> None:
        outbox.window = self._window  # so that nothing newer overtakes what is held
        self._dirty.add(outbox)
        self._is_dirty.set()

    def _resumed(self, outbox: Outbox) -> None:
        self._stalled.pop(outbox, None)
        if outbox.held:
            self._flush_soon(outbox)

    def _open_window(self) -> int:
        """The present tick's number; while something is held only the flush begins the next one."""
        now = self._loop.time()
        if now >= self._window_end and not self._dirty:
            self._window += 1
            self._window_end = now + TICK_S
        return self._window

    async def flush(self) -> None:
        """At the end of each tick in which something was held: one write of joined frames per socket."""
        while True:
            await self._is_dirty.wait()
            await asyncio.sleep(max(0.0, self._window_end - self._loop.time()))
            self._is_dirty.clear()
            dirty, self._dirty = self._dirty, set()
            self._window += 1
            self._window_end = self._loop.time() + TICK_S
            await self._write_held(dirty, self._window)
            metrics.CONFLATED.inc(self._conflated)
            self._conflated = 0

    async def _write_held(self, dirty: set[Outbox], window: int) -> None:
        joins: Joins = {}
        for number, outbox in enumerate(dirty, 1):
            if outbox.writer.paused:
                self._stalled.setdefault(outbox, self._loop.time())
            elif outbox.held:
                outbox.window = window
                outbox.flush(joins)
            if number % BURST == 0:
                await asyncio.sleep(0)

    def stalled(self) -> list[Outbox]:
        """Those who have kept something waiting for STALLED_S seconds."""
        deadline = self._loop.time() - STALLED_S
        return [outbox for outbox, since in self._stalled.items() if since < deadline]
