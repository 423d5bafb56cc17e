"""What breaks. Each fault draws how it will be from the seed, strikes, and mends what it broke before it returns."""

import asyncio
import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from tests.chaos.stage import RELAYS, WEBS, Stage
from tests.chaos.tap import Fate
from tests.chaos.visitor import Visitor

COPY = "before"
"""The copy of Valkey's file from before the seed's first change."""


@dataclass(frozen=True)
class Scene:
    """What there is to be hit."""

    stage: Stage
    visitors: Sequence[Visitor]
    hurt: dict[str, asyncio.Lock]
    """One fault at a time for each of: web, relay, valkey, postgres, layer."""


class Fault(ABC):
    """`name` is what the docs and the log call it; `hits` says which part of the road it takes away."""

    name: ClassVar[str]
    hits: ClassVar[str]
    slows_revocation: ClassVar[bool] = True
    """Whether the 1 s within which access ends is not promised while it lasts (the 30 s always are)."""

    def __init__(self, rng: Random) -> None:
        self.length_s = round(rng.uniform(0.2, 1.5), 2)
        self.web = rng.choice(WEBS)
        self.share = round(rng.uniform(0.3, 1.0), 2)
        self.chance = rng.randrange(1 << 30)

    def __str__(self) -> str:
        return f"{self.name} ({self.length_s} s, {self.web}, {self.share})"

    async def strike(self, scene: Scene) -> None:
        async with scene.hurt[self.hits]:
            await self.happen(scene)

    @abstractmethod
    async def happen(self, scene: Scene) -> None: ...


async def leader_of(stage: Stage) -> tuple[str, str]:
    """Who leads and who stands by; the first two of us where nobody does at this moment."""
    leader = await stage.leader() or RELAYS[0]
    return leader, next(name for name in RELAYS if name != leader)


class KillWeb(Fault):
    name, hits = "kill -9 a web process", "web"

    async def happen(self, scene: Scene) -> None:
        scene.stage.processes[self.web].kill()
        await asyncio.sleep(self.length_s)
        scene.stage.start(self.web)


class KillLeader(Fault):
    name, hits = "kill -9 the leading relay", "relay"

    async def happen(self, scene: Scene) -> None:
        leader, _ = await leader_of(scene.stage)
        scene.stage.processes[leader].kill()
        await asyncio.sleep(self.length_s)
        scene.stage.start(leader)


class KillStandby(Fault):
    name, hits, slows_revocation = "kill -9 the relay that stands by", "relay", False

    async def happen(self, scene: Scene) -> None:
        _, standby = await leader_of(scene.stage)
        scene.stage.processes[standby].kill()
        await asyncio.sleep(self.length_s)
        scene.stage.start(standby)


class KillBothRelays(Fault):
    name, hits = "kill -9 both relays", "relay"

    async def happen(self, scene: Scene) -> None:
        for name in RELAYS:
            scene.stage.processes[name].kill()
        await asyncio.sleep(self.length_s)
        scene.stage.start(*RELAYS)


class FreezeLeader(Fault):
    name, hits = "stop the leading relay, and let it go on", "relay"

    async def happen(self, scene: Scene) -> None:
        leader, _ = await leader_of(scene.stage)
        scene.stage.processes[leader].signal(signal.SIGSTOP)
        await asyncio.sleep(self.length_s)
        scene.stage.processes[leader].signal(signal.SIGCONT)


class ZombieLeader(Fault):
    name, hits = "stop the leading relay until another leads, and let it go on", "relay"

    async def happen(self, scene: Scene) -> None:
        leader, _ = await leader_of(scene.stage)
        scene.stage.processes[leader].signal(signal.SIGSTOP)
        try:
            await asyncio.to_thread(scene.stage.forget_sessions_of, leader)
            await asyncio.sleep(0.5 + self.length_s)
        finally:
            scene.stage.processes[leader].signal(signal.SIGCONT)


class FreezeWeb(Fault):
    name, hits = "stop a web process, and let it go on", "web"

    async def happen(self, scene: Scene) -> None:
        scene.stage.processes[self.web].signal(signal.SIGSTOP)
        await asyncio.sleep(self.length_s)
        scene.stage.processes[self.web].signal(signal.SIGCONT)


class RollingRestart(Fault):
    name, hits, slows_revocation = "a rolling restart of both web processes", "web", False

    async def happen(self, scene: Scene) -> None:
        for name in WEBS:
            await scene.stage.processes[name].end()
            scene.stage.start(name)
            await scene.stage.until_web_ready(name)


class SkewClocks(Fault):
    name, hits, slows_revocation = "a web process and the leader come back with wrong clocks", "web", False

    async def happen(self, scene: Scene) -> None:
        leader, _ = await leader_of(scene.stage)
        for name, sign in ((self.web, 1), (leader, -1)):
            scene.stage.processes[name].kill()
            scene.stage.restart_skewed(name, sign * int(self.share * 900))


class KillValkey(Fault):
    name, hits = "kill -9 Valkey, which finds its data again", "valkey"

    async def happen(self, scene: Scene) -> None:
        scene.stage.kill_valkey()
        await asyncio.sleep(self.length_s)
        await scene.stage.start_valkey()


class EmptyValkey(Fault):
    name, hits = "kill -9 Valkey, and all its data is gone", "valkey"

    async def happen(self, scene: Scene) -> None:
        scene.stage.kill_valkey()
        scene.stage.restore_valkey()
        await asyncio.sleep(self.length_s)
        await scene.stage.start_valkey()


class ForgetfulValkey(Fault):
    name, hits = "kill -9 Valkey, and its last second is gone", "valkey"

    async def happen(self, scene: Scene) -> None:
        scene.stage.copy_valkey("second")
        await asyncio.sleep(1.0)
        scene.stage.kill_valkey()
        scene.stage.restore_valkey("second")
        await scene.stage.start_valkey()


class OlderValkey(Fault):
    name, hits = "Valkey comes back older than the database", "valkey"

    async def happen(self, scene: Scene) -> None:
        scene.stage.kill_valkey()
        scene.stage.restore_valkey(COPY)
        await asyncio.sleep(self.length_s / 2)
        await scene.stage.start_valkey()


class PauseValkey(Fault):
    name, hits = "Valkey answers nobody for a while", "valkey"

    async def happen(self, scene: Scene) -> None:
        scene.stage.valkey_running.signal(signal.SIGSTOP)
        await asyncio.sleep(self.length_s)
        scene.stage.valkey_running.signal(signal.SIGCONT)


class LongPauseValkey(PauseValkey):
    name = "Valkey answers nobody for 10 s"

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.length_s = 10.0


class KillPostgres(Fault):
    name, hits = "kill -9 PostgreSQL", "postgres"

    async def happen(self, scene: Scene) -> None:
        scene.stage.kill_postgres()
        await asyncio.sleep(self.length_s / 2)
        await scene.stage.start_postgres()


class EndSessions(Fault):
    name, hits = "PostgreSQL ends every session", "postgres"

    async def happen(self, scene: Scene) -> None:
        for name in (*WEBS, *RELAYS):
            await asyncio.to_thread(scene.stage.forget_sessions_of, name)


class LayerFault(Fault):
    hits = "layer"

    def fate(self) -> Fate:
        raise NotImplementedError

    async def happen(self, scene: Scene) -> None:
        scene.stage.tap.fate = self.fate()
        await asyncio.sleep(self.length_s)
        scene.stage.tap.fate = Fate()


class DropMessages(LayerFault):
    name = "published messages are lost"

    def fate(self) -> Fate:
        return Fate(drops=self.share, rng=Random(self.chance))


class DoubleMessages(LayerFault):
    name, slows_revocation = "published messages come twice", False

    def fate(self) -> Fate:
        return Fate(doubles=self.share, rng=Random(self.chance))


class DelayMessages(LayerFault):
    name = "published messages come late"

    def fate(self) -> Fate:
        return Fate(delay_s=self.share / 2)


class CutSubscriptions(Fault):
    name, hits = "every subscription to Valkey is cut", "layer"

    async def happen(self, scene: Scene) -> None:
        scene.stage.tap.cut(only_listeners=True)


class ShutOut(Fault):
    name, hits = "one process can't reach Valkey", "layer"

    async def happen(self, scene: Scene) -> None:
        tap, name = scene.stage.tap, Random(self.chance).choice((*WEBS, *RELAYS))
        tap.shut_out.add(name)
        tap.cut(owner=name)
        await asyncio.sleep(self.length_s)
        tap.shut_out.discard(name)


class CutSockets(Fault):
    name, hits, slows_revocation = "visitors' connections are cut", "lines", False

    async def happen(self, scene: Scene) -> None:
        for visitor in scene.visitors:
            if Random(f"{self.chance} {visitor.seat.name}").random() < self.share:
                visitor.line.cut()


class StallReaders(Fault):
    name, hits = "visitors stop reading", "lines"

    async def happen(self, scene: Scene) -> None:
        chosen = [each for each in scene.visitors if Random(f"{self.chance} {each.seat.name}").random() < self.share]
        for visitor in chosen:
            visitor.line.stall()
        await asyncio.sleep(self.length_s)
        for visitor in chosen:
            visitor.line.resume()


KINDS: Mapping[type[Fault], int] = {
    KillWeb: 2,
    KillLeader: 3,
    KillStandby: 1,
    KillBothRelays: 1,
    FreezeLeader: 2,
    ZombieLeader: 3,
    FreezeWeb: 2,
    RollingRestart: 1,
    SkewClocks: 1,
    KillValkey: 2,
    EmptyValkey: 2,
    ForgetfulValkey: 2,
    OlderValkey: 2,
    PauseValkey: 2,
    KillPostgres: 2,
    EndSessions: 2,
    DropMessages: 3,
    DoubleMessages: 2,
    DelayMessages: 2,
    CutSubscriptions: 2,
    ShutOut: 2,
    CutSockets: 3,
    StallReaders: 2,
}
"""Every kind and how often it is drawn, compared with the others."""

PARTS = ("web", "relay", "valkey", "postgres", "layer", "lines")
