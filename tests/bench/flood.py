"""`./dev bench flood`: 400 unpaced changes to 1,000 sockets, and whether every page ends up as the database is.

The whole road: the real inventory action commits as fast as it can, the real relay carries it, the real web process
hands it on. Pages may be shown fewer, newer states on the way; in the end each has to show what a fresh rendering
shows, and one in twenty is a seller's, whose logs of movements have to be complete and in order. *lost*: cells and logs
that are behind the database; *stale*: cells that have its version with another text. Beside it the textbook (Channels,
a channel per socket, the core layer) gets as many unpaced broadcasts.
"""

import asyncio
import contextlib
import hashlib
import time
from dataclasses import asdict, dataclass, replace

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.children import Child, running
from tests.bench.harness import Effort, trying
from tests.bench.message import TOPIC
from tests.bench.meter import RedisMeter
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.road import WholeRoad, whole_road
from tests.bench.systems import plain_channels

SKUS = 20
CHANGES = 400
OWN_SHARE = 20
PEER_SOCKETS = 500
SETTLE_S, PEER_SETTLE_S, PAUSE_S = 30.0, 15.0, 0.1
GATHER_S = 60.0
LONGEST_S = 220
FULL, QUICK = Effort(1000, 3, 0.0, 0, 0.0), Effort(200, 1, 0.0, 0, 0.0)
HEADS = ("system", "changes/s", "deliveries", "of all", "settled after s", "asked to refresh", "lost", "stale")


@dataclass(frozen=True)
class Flood:
    """One flood: how fast it came, what of it reached the pages, and what they show now."""

    changes_per_s: float
    deliveries: int
    settled_s: float
    refreshed: int
    lost: int
    stale: int

    def row(self, name: str, sockets: int) -> list[str]:
        share = f"{self.deliveries / sockets / CHANGES:.0%}"
        settled = f"{self.settled_s:.1f}"
        numbers = (f"{number:,}" for number in (self.refreshed, self.lost, self.stale))
        return [name, f"{self.changes_per_s:,.0f}", f"{self.deliveries:,}", share, settled, *numbers]


async def flood(road: WholeRoad, crowd: Child) -> Flood:
    """400 changes, and as long as the pages need to settle."""
    await crowd.ask(do="forget")
    commits = await road.change(CHANGES)
    seconds = (commits[-1][2] - commits[0][2]) / 1e9
    truth = {topic: [version, html and digest(html)] for topic, (version, html) in (await road.truth()).items()}
    began = time.monotonic()
    while True:
        shown = await crowd.ask(do="shown", truth=truth)
        settled_s = time.monotonic() - began
        if shown["lost"] + shown["stale"] == 0 or settled_s > SETTLE_S:
            break
        await asyncio.sleep(PAUSE_S)
    if shown["lost"]:
        say(f"behind, such as (topic, shown, in the database): {shown['such_as']}; gaps: {shown['gaps']}")
    told = await crowd.ask(do="told")
    speed = (CHANGES - 1) / seconds
    return Flood(speed, told["arrived"], settled_s, told["refreshed"], shown["lost"], shown["stale"])


def digest(html: str) -> str:
    return hashlib.sha1(html.encode(), usedforsecurity=False).hexdigest()


async def ours(effort: Effort, bed: Bed, others: Others) -> list[Flood]:
    async with (
        whole_road(bed, SKUS) as road,
        running("tests.bench.crowd", env=bed.env, core=bed.load_core) as crowd,
    ):
        await crowd.answer()
        own = effort.sockets // OWN_SHARE
        await crowd.ask(do="gather", sockets=own, **road.page("own"))
        await crowd.ask(do="gather", sockets=effort.sockets - own, **road.page())
        gathered = await crowd.ask(do="until_live", within_s=GATHER_S)
        assert gathered["live"] == effort.sockets, gathered
        await road.change(SKUS, per_s=20)
        found = []
        for turn in range(effort.flat_turns):
            say(f"flood {turn + 1} of {effort.flat_turns}")
            with others.turn():
                found.append(await flood(road, crowd))
        return found


async def textbook(effort: Effort, bed: Bed, others: Others) -> Flood:
    """As many broadcasts at once to plain Channels; what has not come after a while never comes."""
    say("plain Channels")
    with contextlib.closing(RedisMeter(bed.env["REDIS_URL"])) as redis:
        async with plain_channels(bed) as live, trying("plain", live, bed, redis, effort) as trial:
            began = time.monotonic()
            with others.turn():
                turn = await trial.play([(0.0, [TOPIC])] * CHANGES, drain_s=PEER_SETTLE_S)
            seconds = time.monotonic() - began
            deliveries = CHANGES * effort.sockets - turn.missing
            return Flood(CHANGES / seconds, deliveries, seconds, 0, turn.stale, 0)


async def run(effort: Effort, bed: Bed, others: Others) -> tuple[list[Flood], Flood]:
    floods = await ours(effort, bed, others)
    return floods, await textbook(replace(effort, sockets=min(effort.sockets, PEER_SOCKETS)), bed, others)


def main() -> None:
    asked, others = parse("flood", __doc__), Others()
    bed = make_bed(asked)
    effort = (QUICK if asked.quick else FULL).within(bed.descriptors)
    floods, peer = measured(run(effort, bed, others), LONGEST_S)
    rows = [one.row(f"our road, flood {number}", effort.sockets) for number, one in enumerate(floods, 1)]
    print_table(HEADS, [*rows, peer.row("plain Channels", min(effort.sockets, PEER_SOCKETS))])
    under = {"sockets": effort.sockets, "changes": CHANGES, "cells": SKUS, "pinned": bed.is_pinned}
    lost, stale = sum(one.lost for one in floods), sum(one.stale for one in floods)
    goals = [
        Goal("flood.lost", lost, 0, at_most=True),
        Goal("flood.stale", stale, 0, at_most=True),
        Goal("flood", lost + stale, 0, at_most=True),
    ]
    found = {"floods": [asdict(one) for one in floods], "plain Channels": asdict(peer)}
    end(finish("flood", found, under, others, goals), asked.strict)


if __name__ == "__main__":
    main()
