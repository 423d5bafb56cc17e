"""One seed, from the opened pages to the verdict."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Protocol, TypeVar

import aiohttp

from backend.negotiation.states import Word
from tests.chaos.faults import COPY, PARTS, Scene
from tests.chaos.line import Line
from tests.chaos.market import Market, Move
from tests.chaos.oracle import Look, Outage, heard_too_late, look_at, true_look, wrong_logs, wrong_stream, wrong_words
from tests.chaos.plan import Plan, Strike
from tests.chaos.seats import in_room, seats
from tests.chaos.stage import WEBS, Stage
from tests.chaos.visitor import Seat, Visitor

OPEN_S = 15.0
CONVERGE_S = 10.0
LOOK_S = 0.05
DELAYED_S = 5.0
HISTORY = 60
SLOW_S = 6.0
"""A page that is not true by now is remarkable: the sweep alone heals sooner."""
R = TypeVar("R")


@dataclass
class Verdict:
    """What came of a seed. `wrongs` are told with the client; empty: every page is true."""

    scene: str
    seconds: float = 0.0
    mended_s: float = 0.0
    """How long it took after the last fault until every process was up again."""
    converged_s: float = 0.0
    """And then, until every page was true."""
    late: list[str] = field(default_factory=list)
    """Whose pages were not true after SLOW_S seconds, and what they showed instead."""
    said: int = 0
    offered: int = 0
    outrun: int = 0
    """In the room: messages, offers, and offers that were refused because the other side's was faster."""
    faults: list[str] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


class Case(Protocol):
    """A course of things that is always played, and always the same."""

    name: str
    tells: str
    holds: bool

    def seats(self, market: Market) -> Sequence[Seat]: ...
    async def act(self, play: "Play", visitors: list[Visitor]) -> list[Outage]: ...


class Play:
    """Stage, market and visitors of one run; seeds are played one after the other."""

    def __init__(
        self, stage: Stage, market: Market, hands: ThreadPoolExecutor, visitor: type[Visitor] = Visitor
    ) -> None:
        self.stage, self.market = stage, market
        self.hands = hands
        self._visitor = visitor
        self._lateness_s = 0.0

    async def play(self, plan: Plan) -> Verdict:
        verdict = Verdict(str(plan.seed), faults=[str(strike.fault) for strike in plan.strikes])
        async with self._scene(verdict, seats) as (visitors, outages):
            outages += await self._perform(plan, visitors, verdict)
        return verdict

    async def play_case(self, case: Case) -> Verdict:
        verdict = Verdict(case.name, faults=[case.tells])
        async with self._scene(verdict, case.seats, held=case.holds) as (visitors, outages):
            try:
                outages += await case.act(self, visitors)
            except (TimeoutError, AssertionError) as problem:
                verdict.wrongs.append(f"what has to happen in this case did not: {problem!r}")
        return verdict

    @contextlib.asynccontextmanager
    async def _scene(
        self, verdict: Verdict, seats_of: Callable[[Market], Sequence[Seat]], *, held: bool = False
    ) -> AsyncIterator[tuple[list[Visitor], list[Outage]]]:
        """Inside, things happen to these visitors; afterwards their pages are judged."""
        began = time.monotonic()
        outages: list[Outage] = []
        await self.in_market(self.market.open_for_business)
        self.stage.copy_valkey(COPY)
        async with self._house(seats_of(self.market), verdict.scene, held=held) as visitors, self._metronome():
            yield visitors, outages
            calm_at = time.monotonic()
            await self.stage.until_ready()
            verdict.mended_s = round(time.monotonic() - calm_at, 2)
            await self._judge(visitors, outages, verdict)
        verdict.seconds = round(time.monotonic() - began, 2)
        await self.stage.right_clocks()

    # --- Visitors
    @contextlib.asynccontextmanager
    async def _house(self, seats: Sequence[Seat], scene: str, *, held: bool) -> AsyncIterator[list[Visitor]]:
        """Everybody with an open page that is subscribed; or loaded only, where they are held."""
        async with contextlib.AsyncExitStack() as stack:
            http = await stack.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=0))
            )
            visitors = []
            for number, seat in enumerate(seats):
                ports = [self.stage.ports[name] for name in WEBS]
                line = Line(ports if number % 2 else ports[::-1])
                await stack.enter_async_context(line.open())
                visitors.append(self._visitor(seat, line, http, Random(f"{scene} {seat.name}")))
            for visitor in visitors if not held else ():
                visitor.may_connect.set()
            tasks = [asyncio.create_task(visitor.live()) for visitor in visitors]
            try:
                async with asyncio.timeout(OPEN_S):
                    while not all(each.root is not None if held else each.is_subscribed for each in visitors):
                        _raise_what_ended(tasks)
                        await asyncio.sleep(LOOK_S)
                yield visitors
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    # --- What happens
    async def _perform(self, plan: Plan, visitors: list[Visitor], verdict: Verdict) -> list[Outage]:
        scene = Scene(self.stage, visitors, {part: asyncio.Lock() for part in PARTS})
        began = time.monotonic()
        moves = [self._move(move, began, verdict.log) for move in plan.moves]
        strikes = [self._strike(strike, scene, began, verdict.log) for strike in plan.strikes]
        found = await asyncio.gather(*strikes, *moves)
        return [outage for outage in found if outage is not None]

    async def _move(self, move: Move, began: float, log: list[str]) -> None:
        await asyncio.sleep(began + move.at - time.monotonic())
        came_of_it = await self.in_market(self.market.do, move)
        log.append(f"{time.time():.3f} {move}: {came_of_it}")

    async def _strike(self, strike: Strike, scene: Scene, began: float, log: list[str]) -> Outage | None:
        await asyncio.sleep(began + strike.at - time.monotonic())
        struck_at = time.time()
        log.append(f"{struck_at:.3f} FAULT {strike.fault} begins")
        await strike.fault.strike(scene)
        log.append(f"{time.time():.3f} FAULT {strike.fault} is over")
        return Outage(struck_at, time.time()) if strike.fault.slows_revocation else None

    # --- What has to be
    async def _judge(self, visitors: list[Visitor], outages: list[Outage], verdict: Verdict) -> None:
        calm_at = time.monotonic()
        truths = await self._truths(visitors)
        while (stale := _wrong(visitors, truths)) and time.monotonic() < calm_at + CONVERGE_S:
            if not verdict.late and time.monotonic() > calm_at + SLOW_S:
                verdict.late = [f"{each.seat.name}: {look_at(each).difference(truths[each])}" for each in stale]
            await asyncio.sleep(LOOK_S)
        verdict.converged_s = round(time.monotonic() - calm_at, 2)
        wrong = {visitor: (look_at(visitor), _delay(visitor)) for visitor in _wrong(visitors, truths)}
        truths = await self._truths(visitors) if wrong else {}
        for visitor, (shown, delay) in wrong.items():
            if difference := shown.difference(truths[visitor]) or delay:
                verdict.wrongs.append(f"{visitor.seat.name}, {visitor.seat.path}:\n{difference}")
        await self._judge_room(visitors, verdict)
        for visitor in visitors:
            late = heard_too_late(visitor.arrivals, self.market.revocations, outages, self._lateness_s)
            logs = wrong_logs(visitor.root) if visitor.root is not None else []
            verdict.wrongs += [f"{visitor.seat.name}: {what}" for what in (*visitor.wrongs, *late, *logs)]
        for visitor in visitors if verdict.wrongs or verdict.converged_s > SLOW_S else ():
            verdict.log += [f"{visitor.seat.name}: {line}" for line in visitor.history[-HISTORY:]]

    async def _judge_room(self, visitors: list[Visitor], verdict: Verdict) -> None:
        haggle = self.market.haggle
        kept = await self.in_market(haggle.entries)
        verdict.said = sum(each.word == Word.MESSAGE for each in kept)
        verdict.offered, verdict.outrun = sum(each.word == Word.OFFERED for each in kept), len(haggle.outrun)
        verdict.wrongs += wrong_words(kept, haggle.told)
        for visitor in filter(in_room, visitors):
            verdict.wrongs += [f"{visitor.seat.name}: {what}" for what in wrong_stream(visitor.root, kept)]

    async def _truths(self, visitors: list[Visitor]) -> dict[Visitor, Look]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
            return {visitor: await self._truth(http, visitor.seat) for visitor in visitors}

    async def _truth(self, http: aiohttp.ClientSession, seat: Seat) -> Look:
        """Asked again where the server stumbles: it may have a dead connection left from the last fault."""
        url = f"http://127.0.0.1:{self.stage.ports[WEBS[0]]}{seat.path}"
        while True:
            async with http.get(url, headers=seat.headers, allow_redirects=False) as answer:
                if answer.status < 500:
                    return true_look(answer.status, await answer.text())
            await asyncio.sleep(LOOK_S)

    async def in_market(self, do: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self.hands, do, *args)

    @contextlib.asynccontextmanager
    async def _metronome(self) -> AsyncIterator[None]:
        """How late this process itself was, at worst: its clients hear no earlier than that."""
        self._lateness_s = 0.0

        async def beat() -> None:
            while True:
                before = time.monotonic()
                await asyncio.sleep(LOOK_S)
                self._lateness_s = max(self._lateness_s, time.monotonic() - before - LOOK_S)

        task = asyncio.create_task(beat())
        try:
            yield
        finally:
            task.cancel()


def _wrong(visitors: Sequence[Visitor], truths: Mapping[Visitor, Look]) -> list[Visitor]:
    """Whose page is not the truth, or says that the road is delayed."""
    return [each for each in visitors if look_at(each) != truths[each] or _delay(each)]


def _delay(visitor: Visitor) -> str:
    is_late = visitor.root is not None and visitor.tick_age_s > DELAYED_S
    return f"the page says that it is delayed by {visitor.tick_age_s} s" if is_late else ""


def _raise_what_ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done():
            task.result()
