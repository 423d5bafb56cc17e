"""`./dev bench page`: what an update of a page of live cells costs us, against one write for each of them.

1,000 sockets show the same 20 cells. 50 updates a second in all come evenly, one every 20 ms, and then as trade brings
them: in bursts of ten, as the lines of one delivery note do. The peer is the bare uvloop writer, which writes every
update to every socket. CPU is the server's and Redis's per million updates shown; the main figure is the even one.
"""

import contextlib
import statistics
from dataclasses import asdict

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.children import pin
from tests.bench.harness import Effort, Score, Trial, Turn, median, trying
from tests.bench.message import topics
from tests.bench.meter import RedisMeter
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.systems import bare_writer, our_hub

CELLS = 20
UPDATES_PER_S = 50
BURST = 10
LEAD_S = 1.0
TARGET = 0.2
FULL, QUICK = Effort(1000, 0, 0.0, 5, 4.0), Effort(200, 0, 0.0, 2, 2.0)
LONGEST_S = 200
LIMIT, OURS = "one write each", "our hub"
EVEN, BURSTS = "even", f"bursts of {BURST}"
HEADS = (
    "system",
    "updates",
    "CPU-s/M shown",
    "server",
    "Redis",
    "it / one write",
    "p50 ms",
    "p99 ms",
    "not shown",
    "stale",
)

Found = dict[tuple[str, str], list[Turn]]


def score(seconds: float, at_once: int) -> Score:
    """Cell after cell in turn, so many at once, 50 a second in all."""
    cells, groups = topics(CELLS), int(seconds * UPDATES_PER_S / at_once)
    wanted = [[cells[(group * at_once + one) % CELLS] for one in range(at_once)] for group in range(groups)]
    return [(number * at_once / UPDATES_PER_S, group) for number, group in enumerate(wanted)]


async def compare(effort: Effort, bed: Bed, others: Others) -> Found:
    """Both systems side by side, turn by turn."""
    scores = {EVEN: score(effort.paced_s, 1), BURSTS: score(effort.paced_s, BURST)}
    found: Found = {(name, how): [] for how in scores for name in (LIMIT, OURS)}
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(contextlib.closing(RedisMeter(bed.env["REDIS_URL"])))
        if redis.is_local():
            pin(redis.pid, bed.load_core)
        trials = []
        for name, system in ((LIMIT, bare_writer(bed)), (OURS, our_hub(bed, CELLS))):
            say(f"starting {name}")
            live = await stack.enter_async_context(system)
            trials.append(await stack.enter_async_context(trying(name, live, bed, redis, effort)))
        for turn in range(effort.paced_turns):
            say(f"turn {turn + 1} of {effort.paced_turns}")
            await take_turn(trials, scores, found, others)
    return found


async def take_turn(trials: list[Trial], scores: dict[str, Score], found: Found, others: Others) -> None:
    """Each is led in by some unmeasured updates, for such a page has been open a while."""
    for how, changes in scores.items():
        for trial in trials:
            await trial.play([(at_s, cells) for at_s, cells in changes if at_s < LEAD_S])
            with others.turn():
                found[trial.name, how].append(await trial.play(changes))


def ratio(found: Found, how: str) -> float:
    """Our CPU / the peer's: the median of turns that stood side by side."""
    pairs = zip(found[OURS, how], found[LIMIT, how], strict=True)
    return statistics.median(ours.cpu / limit.cpu for ours, limit in pairs)


def rows(found: Found) -> list[list[str]]:
    table = []
    for (name, how), turns in found.items():
        turn = median(turns)
        table.append([
            name, how, f"{turn.cpu:.2f}", f"{turn.server_cpu:.2f}", f"{turn.redis_cpu:.2f}",
            f"{ratio(found, how) if name == OURS else 1:.3f}", f"{turn.p50_ms:.1f}", f"{turn.p99_ms:.1f}",
            f"{turn.missing:,}", f"{turn.stale:,}",
        ])  # fmt: skip
    return table


def main() -> None:
    asked, others = parse("page", __doc__), Others()
    bed = make_bed(asked)
    effort = (QUICK if asked.quick else FULL).within(bed.descriptors)
    found = measured(compare(effort, bed, others), LONGEST_S)
    print_table(HEADS, rows(found))
    under = {
        "sockets": effort.sockets,
        "cells": CELLS,
        "turns": f"{effort.paced_turns} of {effort.paced_s:g} s",
        "pinned": bed.is_pinned,
    }
    turns = {"turns": {" ".join(key): [asdict(turn) for turn in one] for key, one in found.items()}}
    goals = [
        Goal("page.bursts", ratio(found, BURSTS), TARGET, at_most=True),
        Goal("page", ratio(found, EVEN), TARGET, at_most=True),
    ]
    end(finish("page", turns, under, others, goals), asked.strict)


if __name__ == "__main__":
    main()
