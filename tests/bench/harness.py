"""One system under load: how many deliveries, at what CPU cost, how late."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Self

from tests.bench.bed import Bed
from tests.bench.children import Child, running
from tests.bench.message import TOPIC
from tests.bench.meter import RedisMeter, cpu_s
from tests.bench.systems import Live

MILLION = 1e6
WARM_UP = 3
PACE_PER_S = 20
BROADCAST_S = 5.0
DRAIN_S = 2.0

Score = Sequence[tuple[float, Sequence[str]]]
"""When which topics change."""


@dataclass(frozen=True)
class Effort:
    """How much of everything: sockets per system, turns, and the seconds of each system's turn."""

    sockets: int
    flat_turns: int
    flat_s: float
    paced_turns: int
    paced_s: float

    def within(self, descriptors: int) -> Self:
        """The same with as many sockets as one process may open."""
        return replace(self, sockets=min(self.sockets, descriptors))


@dataclass(frozen=True)
class Turn:
    """What one turn of one system came to; CPU in seconds per million deliveries.

    missing: deliveries that did not come, or too late; a hub that conflates leaves some out by design.
    stale: sockets that did not have the newest version in the end, which no design may leave behind.
    """

    deliveries_per_s: float
    server_cpu: float
    redis_cpu: float
    publisher_cpu: float
    missing: int
    stale: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0

    @property
    def cpu(self) -> float:
        """What is compared; the publisher's work is per change, not per delivery."""
        return self.server_cpu + self.redis_cpu


@dataclass(frozen=True)
class Begun:
    """Where a turn started: the clock, the deliveries so far, and the CPU of server, Redis and publisher."""

    at: float
    received: int
    cpu: tuple[float, float, float]


class Trial:
    """The load on one running system; versions and expected deliveries count up through all turns."""

    def __init__(self, name: str, live: Live, load: Child, redis: RedisMeter, effort: Effort) -> None:
        self.name = name
        self._live, self._load, self._redis, self._effort = live, load, redis, effort
        self._version = 0
        self._received = 0

    @property
    def sockets(self) -> int:
        return self._effort.sockets

    async def connect(self) -> None:
        connected = await self._load.ask(do="connect", sockets=self._effort.sockets, **self._live.joining())
        assert connected["connected"] == self._effort.sockets

    async def flat(self) -> Turn:
        """One broadcast in flight, the next as soon as the last has arrived everywhere."""
        for _ in range(WARM_UP):
            await self._broadcast()
        begun, broadcasts = self._begin(), 0
        while time.monotonic() - begun.at < self._effort.flat_s:
            await self._broadcast()
            broadcasts += 1
        return self._end(begun, broadcasts)

    async def paced(self, per_s: int = PACE_PER_S) -> Turn:
        """So many broadcasts a second, come what may: the same work at the same time for every system."""
        return await self.play([(number / per_s, [TOPIC]) for number in range(int(self._effort.paced_s * per_s))])

    async def play(self, score: Score, drain_s: float = DRAIN_S) -> Turn:
        """Changes at their times, in seconds from now, whether or not the earlier ones have arrived."""
        await self._load.ask(do="record")
        begun, changes = self._begin(), sum(len(topics) for _, topics in score)
        for at_s, topics in score:
            await asyncio.sleep(begun.at + at_s - time.monotonic())
            self._publish(topics)
        await self._arrive(begun.received + changes * self._effort.sockets, drain_s)
        turn = self._end(begun, changes)
        return replace(turn, **await self._load.ask(do="report", version=self._version))

    def _begin(self) -> Begun:
        return Begun(time.monotonic(), self._received, self._cpu())

    def _end(self, begun: Begun, broadcasts: int) -> Turn:
        deliveries, seconds = self._received - begun.received, time.monotonic() - begun.at
        spent = [after - before for after, before in zip(self._cpu(), begun.cpu, strict=True)]
        server, redis, publisher = (seconds / max(deliveries, 1) * MILLION for seconds in spent)
        return Turn(deliveries / seconds, server, redis, publisher, broadcasts * self._effort.sockets - deliveries)

    async def _broadcast(self) -> None:
        self._publish()
        await self._arrive(self._received + self._effort.sockets, BROADCAST_S)

    def _publish(self, topics: Sequence[str] = (TOPIC,)) -> None:
        self._version += 1
        self._live.publish(self._version, topics)

    async def _arrive(self, deliveries: int, within_s: float) -> None:
        answer = await self._load.ask(do="reach", deliveries=deliveries, within_s=within_s)
        self._received = answer["deliveries"]

    def _cpu(self) -> tuple[float, float, float]:
        publisher = 0.0 if self._live.publisher is self._live.server else cpu_s(self._live.publisher.pid)
        return cpu_s(self._live.server.pid), self._redis.cpu_s(), publisher


@contextlib.asynccontextmanager
async def trying(name: str, live: Live, bed: Bed, redis: RedisMeter, effort: Effort) -> AsyncIterator[Trial]:
    """A running system with a load process of its own, all sockets open."""
    async with running("tests.bench.load", env=bed.env, core=bed.load_core) as load:
        await load.answer()
        trial = Trial(name, live, load, redis, effort)
        await trial.connect()
        yield trial


def median(turns: Sequence[Turn]) -> Turn:
    """Each figure's median, so it need not be one turn's; what is missing is summed."""
    columns = [asdict(turn) for turn in turns]
    middles = {name: statistics.median(column[name] for column in columns) for name in columns[0]}
    return Turn(
        **{**middles, "missing": sum(turn.missing for turn in turns), "stale": sum(turn.stale for turn in turns)}
    )
