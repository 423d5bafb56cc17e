"""One system under load: how many deliveries, at what CPU cost, how late."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Self, TypeVar

from tests.bench.children import Child, running
from tests.bench.meter import RedisMeter, cpu_s
from tests.bench.systems import Bed, Live

MILLION = 1e6
WARM_UP = 3
PACE_PER_S = 20
BROADCAST_S = 5.0
DRAIN_S = 2.0


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
class Flat:
    """One broadcast in flight, the next as soon as the last has arrived everywhere. CPU in seconds per million."""

    deliveries_per_s: float
    server_cpu: float
    redis_cpu: float
    publisher_cpu: float
    lost: int

    @property
    def cpu(self) -> float:
        """What is compared; the publisher's work is per change, not per delivery."""
        return self.server_cpu + self.redis_cpu


@dataclass(frozen=True)
class Paced:
    """20 broadcasts a second, come what may. CPU of server and Redis, in seconds per million deliveries."""

    cpu: float
    p50_ms: float
    p99_ms: float
    lost: int


Measure = TypeVar("Measure", Flat, Paced)


class Trial:
    """The load on one running system; versions and expected deliveries count up through both phases."""

    def __init__(self, name: str, live: Live, load: Child, redis: RedisMeter, effort: Effort) -> None:
        self.name = name
        self._live, self._load, self._redis, self._effort = live, load, redis, effort
        self._version = 0
        self._received = 0

    async def connect(self) -> None:
        connected = await self._load.ask(do="connect", sockets=self._effort.sockets, **self._live.joining())
        assert connected["connected"] == self._effort.sockets

    async def flat(self) -> Flat:
        for _ in range(WARM_UP):
            await self._broadcast()
        before, received, started = self._cpu(), self._received, time.monotonic()
        sent = 0
        while time.monotonic() - started < self._effort.flat_s:
            await self._broadcast()
            sent += 1
        seconds, deliveries = time.monotonic() - started, self._received - received
        server, redis, publisher = (
            (after - earlier) / deliveries * MILLION for after, earlier in zip(self._cpu(), before, strict=True)
        )
        return Flat(deliveries / seconds, server, redis, publisher, sent * self._effort.sockets - deliveries)

    async def paced(self) -> Paced:
        await self._load.ask(do="record")
        before, received, broadcasts = self._cpu(), self._received, int(self._effort.paced_s * PACE_PER_S)
        started = time.monotonic()
        for turn in range(broadcasts):
            await asyncio.sleep(started + turn / PACE_PER_S - time.monotonic())
            self._publish()
        expected = broadcasts * self._effort.sockets
        await self._arrive(received + expected, DRAIN_S)
        server, redis, _ = (after - earlier for after, earlier in zip(self._cpu(), before, strict=True))
        report, deliveries = await self._load.ask(do="report"), self._received - received
        cpu = (server + redis) / max(deliveries, 1) * MILLION
        return Paced(cpu, report["p50_ms"], report["p99_ms"], expected - deliveries)

    async def _broadcast(self) -> None:
        self._publish()
        await self._arrive(self._received + self._effort.sockets, BROADCAST_S)

    def _publish(self) -> None:
        self._version += 1
        self._live.publish(self._version)

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


def median(measured: Sequence[Measure]) -> Measure:
    """Each figure's median over the turns, so it need not be one turn's; losses are summed."""
    columns = [asdict(one) for one in measured]
    middles = {name: statistics.median(column[name] for column in columns) for name in columns[0]}
    return replace(measured[0], **{**middles, "lost": sum(one.lost for one in measured)})
