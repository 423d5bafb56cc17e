"""`./dev bench fanout`: what one fragment to many sockets costs us, others, and at the least.

The bare uvloop writer (the limit), our hub and its peers (plain Channels, Node ws, nginx nchan) take turns in one run;
CPU is the server's and Redis's, user and system, per million deliveries. The figure compares the turns flat out; those
at 20 broadcasts a second stand beside it, because there all systems do the same work at the same time.
Everything stays on this machine.
"""

import contextlib
import statistics
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.children import pin
from tests.bench.fetched import Missing
from tests.bench.harness import PACE_PER_S, Effort, Trial, Turn, median, trying
from tests.bench.meter import RedisMeter
from tests.bench.peers import nchan, node_ws
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.systems import Live, bare_writer, our_hub, plain_channels

LIMIT, OURS, PLAIN, NODE, NCHAN = "bare writer", "our hub", "plain Channels", "Node ws", "nginx nchan"
SYSTEMS: dict[str, Callable[[Bed], AbstractAsyncContextManager[Live]]] = {
    LIMIT: bare_writer,
    OURS: our_hub,
    NODE: node_ws,
    NCHAN: nchan,
    PLAIN: plain_channels,
}
TARGET = 0.9
CHEAPER_THAN = {NODE: 1.3, PLAIN: 30.0}
"""Times our CPU, flat out."""
FULL, QUICK = Effort(1000, 7, 1.0, 5, 2.0), Effort(200, 3, 0.5, 2, 1.0)
LONGEST_S = 230
HEADS = (
    "system", "flat out: deliveries/s", "CPU-s/M", "limit / it",
    "at 20/s: CPU-s/M", "server", "Redis", "(publisher)", "limit / it", "p50 ms", "p99 ms", "missing", "stale",
)  # fmt: skip


@dataclass
class Found:
    """One system's turns."""

    flat: list[Turn] = field(default_factory=list)
    paced: list[Turn] = field(default_factory=list)


async def compare(effort: Effort, bed: Bed, others: Others) -> dict[str, Found]:
    """All systems stand side by side and take short turns, so that a busy moment of the machine hits each of them."""
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(contextlib.closing(RedisMeter(bed.env["REDIS_URL"])))
        if redis.is_local():
            pin(redis.pid, bed.load_core)
        trials = []
        for name, system in SYSTEMS.items():
            say(f"starting {name}")
            try:
                live = await stack.enter_async_context(system(bed))
            except Missing as why:
                print(f"{name} is left out: {why}")
                continue
            trials.append(await stack.enter_async_context(trying(name, live, bed, redis, effort)))
        return await take_turns(trials, effort, others)


async def take_turns(trials: list[Trial], effort: Effort, others: Others) -> dict[str, Found]:
    """Who cannot keep the pace has a single paced turn, at the very end: its backlog would disturb the others."""
    found = {trial.name: Found() for trial in trials}
    for turn in range(effort.flat_turns):
        say(f"flat out, turn {turn + 1} of {effort.flat_turns}")
        for trial in trials:
            with others.turn():
                found[trial.name].flat.append(await trial.flat())
    pace = PACE_PER_S * effort.sockets
    too_slow = [trial for trial in trials if median(found[trial.name].flat).deliveries_per_s < pace]
    for turn in range(effort.paced_turns):
        say(f"paced, turn {turn + 1} of {effort.paced_turns}")
        for trial in trials:
            if trial not in too_slow:
                with others.turn():
                    found[trial.name].paced.append(await trial.paced())
    for trial in too_slow:
        found[trial.name].paced.append(await trial.paced())
    return found


def ratio(limit: list[Turn], own: list[Turn]) -> float:
    """The limit's CPU / this system's: the median of the ratios of turns that stood side by side."""
    return statistics.median(one.cpu / other.cpu for one, other in zip(limit, own, strict=False))


def rows(found: Mapping[str, Found]) -> list[list[str]]:
    limit, table = found[LIMIT], []
    for name, one in found.items():
        flat, paced = median(one.flat), median(one.paced)
        table.append([
            name, f"{flat.deliveries_per_s:,.0f}", f"{flat.cpu:.2f}", f"{ratio(limit.flat, one.flat):.3f}",
            f"{paced.cpu:.2f}", f"{paced.server_cpu:.2f}", f"{paced.redis_cpu:.2f}", f"{paced.publisher_cpu:.2f}",
            f"{ratio(limit.paced, one.paced):.3f}", f"{paced.p50_ms:.1f}", f"{paced.p99_ms:.1f}",
            f"{flat.missing + paced.missing:,}", f"{paced.stale:,}",
        ])  # fmt: skip
    return table


def goals(found: Mapping[str, Found]) -> list[Goal]:
    """Against each peer that could be had; the main one, against the limit, stands last."""
    ours = found[OURS]
    by_peer = [
        Goal(f"fanout.{_word(name)}", ratio(found[name].flat, ours.flat), target)
        for name, target in CHEAPER_THAN.items()
        if name in found
    ]
    if NCHAN in found:
        by_peer.append(Goal(f"fanout.{_word(NCHAN)}", ratio(found[NCHAN].paced, ours.paced), 1.0))
    return [*by_peer, Goal("fanout", ratio(found[LIMIT].flat, ours.flat), TARGET)]


def _word(name: str) -> str:
    return name.lower().replace(" ", "-")


def main() -> None:
    asked, others = parse("fanout", __doc__), Others()
    bed = make_bed(asked)
    effort = (QUICK if asked.quick else FULL).within(bed.descriptors)
    found = measured(compare(effort, bed, others), LONGEST_S)
    print_table(HEADS, rows(found))
    under = {
        "sockets": effort.sockets,
        "turns": f"{effort.flat_turns} flat out, {effort.paced_turns} at {PACE_PER_S}/s",
        "pinned": bed.is_pinned,
    }
    turns = {"turns": {name: asdict(one) for name, one in found.items()}}
    end(finish("fanout", turns, under, others, goals(found)), asked.strict)


if __name__ == "__main__":
    main()
