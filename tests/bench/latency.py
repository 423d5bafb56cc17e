"""`./dev bench latency`: from the commit of a change to its sight in a browser, while 1,000 sockets watch it.

The whole road: the real inventory action, the real relay, the real web process; a real Chromium with live.js has the
product's page open among 1,000 light clients. Times begin when the action has returned. The peer is the bare uvloop
writer, which has no database, no relay and no Redis: from its being told to what its 1,000 clients read. Both take
turns at 5 and at 20 changes a second; the figure is the worse of the two ratios of p99.
"""

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.children import Child, running
from tests.bench.harness import Effort, Trial, trying
from tests.bench.meter import RedisMeter
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.road import WholeRoad, whole_road
from tests.bench.systems import bare_writer
from tests.bench.window import Window, window_on

PACES = (5, 20)
TARGET = 3.0
SETTLE_S = 0.5
GATHER_S = 60.0
LONGEST_S = 220
FULL, QUICK = Effort(1000, 0, 0.0, 5, 5.0), Effort(200, 0, 0.0, 2, 2.0)
HEADS = ("changes/s", "who sees it", "p50 ms", "p99 ms", "p99 / bare", "not seen")


@dataclass
class Found:
    """At one pace: p50 and p99 of each turn of the clients, each wait of the browser."""

    bare: list[tuple[float, float]] = field(default_factory=list)
    clients: list[tuple[float, float]] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)
    never: int = 0
    changes: int = 0

    def browser_ms(self) -> tuple[float, float]:
        ordered = sorted(self.browser)
        return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]

    @property
    def ratio(self) -> float:
        return self.browser_ms()[1] / middle(self.bare)[1]


def middle(turns: list[tuple[float, float]]) -> tuple[float, float]:
    """The median of the turns' p50, and of their p99."""
    return statistics.median(p50 for p50, _ in turns), statistics.median(p99 for _, p99 in turns)


async def turn_of_ours(road: WholeRoad, crowd: Child, window: Window, seconds: float, pace: int, found: Found) -> None:
    await crowd.ask(do="forget")
    commits = await road.change(int(seconds * pace), pace)
    await asyncio.sleep(SETTLE_S)
    late = await crowd.ask(do="late", commits=[commit[:3] for commit in commits])
    waits = await window.waits_ms(commits)
    found.clients.append((late["p50_ms"], late["p99_ms"]))
    found.browser += waits
    found.never += late["never"]
    found.changes += len(commits)


async def compare(effort: Effort, bed: Bed, others: Others) -> dict[int, Found]:
    found = {pace: Found() for pace in PACES}
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(contextlib.closing(RedisMeter(bed.env["REDIS_URL"])))
        bare = await stack.enter_async_context(bare_writer(bed))
        trial = await stack.enter_async_context(trying("bare writer", bare, bed, redis, effort))
        road = await stack.enter_async_context(whole_road(bed, 1))
        crowd = await stack.enter_async_context(running("tests.bench.crowd", env=bed.env, core=bed.load_core))
        window = await stack.enter_async_context(watched(road, crowd, effort))
        for turn in range(effort.paced_turns):
            say(f"turn {turn + 1} of {effort.paced_turns}")
            for pace in PACES:
                await take_turn(trial, (road, crowd, window), pace, found[pace], others, effort.paced_s)
    return found


@contextlib.asynccontextmanager
async def watched(road: WholeRoad, crowd: Child, effort: Effort) -> AsyncIterator[Window]:
    """All pages open, the browser's among them, and the road warm."""
    await crowd.answer()
    await crowd.ask(do="gather", sockets=effort.sockets, **road.page())
    gathered = await crowd.ask(do="until_live", within_s=GATHER_S)
    assert gathered["live"] == effort.sockets, gathered
    ((topic, path),) = road.urls.items()
    async with window_on(f"http://127.0.0.1:{road.port}{path}", topic.replace(":", "-")) as window:
        commits = await road.change(10, per_s=10)
        await asyncio.sleep(1)
        await window.waits_ms(commits)
        yield window


async def take_turn(
    trial: Trial, ours: tuple[WholeRoad, Child, Window], pace: int, found: Found, others: Others, seconds: float
) -> None:
    with others.turn():
        turn = await trial.paced(pace)
    found.bare.append((turn.p50_ms, turn.p99_ms))
    with others.turn():
        await turn_of_ours(*ours, seconds, pace, found)


def rows(found: dict[int, Found], sockets: int) -> list[list[str]]:
    table = []
    for pace, one in found.items():
        bare, clients, browser = middle(one.bare), middle(one.clients), one.browser_ms()
        unseen = one.changes - len(one.browser)
        table += [
            [str(pace), "bare writer's clients", f"{bare[0]:.1f}", f"{bare[1]:.1f}", "1.00", ""],
            [
                str(pace),
                f"{sockets} clients",
                f"{clients[0]:.1f}",
                f"{clients[1]:.1f}",
                f"{clients[1] / bare[1]:.2f}",
                f"{one.never}",
            ],
            [str(pace), "Chromium", f"{browser[0]:.1f}", f"{browser[1]:.1f}", f"{one.ratio:.2f}", f"{unseen}"],
        ]
    return table


def main() -> None:
    asked, others = parse("latency", __doc__), Others()
    bed = make_bed(asked)
    effort = (QUICK if asked.quick else FULL).within(bed.descriptors)
    found = measured(compare(effort, bed, others), LONGEST_S)
    print_table(HEADS, rows(found, effort.sockets))
    under = {
        "sockets": effort.sockets,
        "turns": f"{effort.paced_turns} of {effort.paced_s:g} s at each pace",
        "pinned": bed.is_pinned,
    }
    goals = [Goal(f"latency.{pace}-per-s", one.ratio, TARGET, at_most=True) for pace, one in found.items()]
    worst = max(one.ratio for one in found.values())
    turns = {
        str(pace): {"bare": one.bare, "clients": one.clients, "browser_ms": one.browser} for pace, one in found.items()
    }
    end(finish("latency", turns, under, others, [*goals, Goal("latency", worst, TARGET, at_most=True)]), asked.strict)


if __name__ == "__main__":
    main()
