"""`./dev bench idle`: what a socket costs in memory that says nothing for now, at 4,000 of them.

Every system runs alone: it starts, takes one socket and loses it (so that everything is loaded), and then 4,000 that
stay. Memory is the proportional set size (PSS) of the server's process, less what it had before them. Our sockets are
those of 4,000 people with tickets of their own, each subscribed with a grant: to one cell, and then to twenty.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.children import Child, running
from tests.bench.fetched import Missing
from tests.bench.message import topics
from tests.bench.meter import pss_kb
from tests.bench.peers import node_ws
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.systems import Live, bare_writer, our_hub, plain_channels

FULL, QUICK = 4_000, 500
CELLS, PERSON = 40, 1_000
EACH = (1, 20)
TARGETS = (25.0, 15.0)
GATHER_S = 120.0
SETTLE_S = 3.0
LONGEST_S = 220
HEADS = ("system", "sockets", "MB before", "MB with them", "KB a socket")

Start = Callable[[Bed], AbstractAsyncContextManager[Live]]
PEERS: dict[str, Start] = {"bare writer": bare_writer, "Node ws": node_ws, "plain Channels": plain_channels}


@dataclass(frozen=True)
class Idle:
    """One system's memory in KB."""

    sockets: int
    before_kb: float
    with_them_kb: float

    @property
    def each_kb(self) -> float:
        return (self.with_them_kb - self.before_kb) / self.sockets

    def row(self, name: str) -> list[str]:
        before, after = self.before_kb / 1024, self.with_them_kb / 1024
        return [name, f"{self.sockets:,}", f"{before:.1f}", f"{after:.1f}", f"{self.each_kb:.1f}"]


async def weighed(server: Child, join: "Join", sockets: int) -> Idle:
    """`join` opens so many sockets for as long as its block lasts."""
    async with join(1):
        await asyncio.sleep(0.5)
    await asyncio.sleep(SETTLE_S)
    before = pss_kb(server.pid)
    async with join(sockets):
        await asyncio.sleep(SETTLE_S)
        return Idle(sockets, before, pss_kb(server.pid))


Join = Callable[[int], AbstractAsyncContextManager[None]]


async def ours(bed: Bed, sockets: int, each: int) -> Idle:
    async with our_hub(bed) as live:

        @contextlib.asynccontextmanager
        async def join(many: int) -> AsyncIterator[None]:
            page = {"topics": {topic: ["public"] for topic in topics(CELLS)}, "each": each, "person": PERSON}
            async with running("tests.bench.crowd", env=bed.env, core=bed.load_core) as crowd:
                await crowd.answer()
                await crowd.ask(do="gather", sockets=many, port=live.port, **page)
                gathered = await crowd.ask(do="until_live", within_s=GATHER_S)
                assert gathered["live"] == many, gathered
                yield

        return await weighed(live.server, join, sockets)


async def peer(start: Start, bed: Bed, sockets: int) -> Idle:
    async with start(bed) as live:

        @contextlib.asynccontextmanager
        async def join(many: int) -> AsyncIterator[None]:
            async with running("tests.bench.load", env=bed.env, core=bed.load_core) as load:
                await load.answer()
                await load.ask(do="connect", sockets=many, within_s=GATHER_S, **live.joining())
                yield

        return await weighed(live.server, join, sockets)


async def run(sockets: int, bed: Bed, others: Others) -> dict[str, Idle]:
    found: dict[str, Idle] = {}
    for each in EACH:
        say(f"our hub, {each} cells a socket")
        with others.turn():
            found[f"our hub, cells a socket: {each}"] = await ours(bed, sockets, each)
    for name, start in PEERS.items():
        say(name)
        try:
            with others.turn():
                found[name] = await peer(start, bed, sockets)
        except Missing as why:
            print(f"{name} is left out: {why}")
    return found


def main() -> None:
    asked, others = parse("idle", __doc__), Others()
    bed = make_bed(asked)
    sockets = min(QUICK if asked.quick else FULL, bed.descriptors)
    found = measured(run(sockets, bed, others), LONGEST_S)
    print_table(HEADS, [one.row(name) for name, one in found.items()])
    figure = next(iter(found.values())).each_kb
    under = {"sockets": sockets, "pinned": bed.is_pinned}
    first, then = TARGETS
    goals = [Goal("idle.then", figure, then, at_most=True), Goal("idle", figure, first, at_most=True)]
    turns = {name: {"before_kb": one.before_kb, "with_them_kb": one.with_them_kb} for name, one in found.items()}
    end(finish("idle", {"memory": turns}, under, others, goals), asked.strict)


if __name__ == "__main__":
    main()
