"""`./dev bench fanout`: one fragment to many sockets; what a delivery costs us, and what it costs at the least.

The bare uvloop writer (the limit), plain Channels and our hub take turns in one run; CPU is the
server's and Redis's, user and system, per million deliveries. The figure compares
the turns flat out; those at 20 broadcasts a second stand beside it, because there all systems do the
same work at the same time, while flat out our hub's tick holds it to 40 broadcasts a second.
Everything stays on this machine.
"""

import argparse
import asyncio
import contextlib
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field

from tests.bench.children import pin, raise_descriptor_limit
from tests.bench.harness import PACE_PER_S, Effort, Trial, Turn, median, trying
from tests.bench.meter import RedisMeter, conditions
from tests.bench.report import ROOT, last_line, print_table, write_json
from tests.bench.systems import Bed, Live, bare_writer, our_hub, plain_channels

LIMIT, OURS, PLAIN = "bare writer", "our hub", "plain Channels"
SYSTEMS: dict[str, Callable[[Bed], AbstractAsyncContextManager[Live]]] = {
    LIMIT: bare_writer,
    OURS: our_hub,
    PLAIN: plain_channels,
}
TARGET = 0.9
FULL, QUICK = Effort(1000, 7, 1.0, 5, 2.0), Effort(200, 3, 0.5, 2, 1.0)
LONGEST_S = 230
SERVER_CORE, LOAD_CORE = 0, 1
HEADS = (
    "system", "flat out: deliveries/s", "CPU-s/M", "limit / it",
    "at 20/s: CPU-s/M", "server", "Redis", "(publisher)", "limit / it", "p50 ms", "p99 ms", "missing", "stale",
)  # fmt: skip


@dataclass
class Found:
    """One system's turns."""

    flat: list[Turn] = field(default_factory=list)
    paced: list[Turn] = field(default_factory=list)


async def compare(effort: Effort, bed: Bed) -> dict[str, Found]:
    """All systems stand side by side and take short turns, so that a busy moment of the machine hits each of them."""
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(contextlib.closing(RedisMeter(bed.env["REDIS_URL"])))
        if redis.is_local():
            pin(redis.pid, bed.load_core)
        trials = []
        for name, system in SYSTEMS.items():
            say(f"starting {name}")
            live = await stack.enter_async_context(system(bed))
            trials.append(await stack.enter_async_context(trying(name, live, bed, redis, effort)))
        return await take_turns(trials, effort)


async def take_turns(trials: list[Trial], effort: Effort) -> dict[str, Found]:
    """Who cannot keep the pace has a single paced turn, at the very end: its backlog would disturb the others."""
    found = {trial.name: Found() for trial in trials}
    for turn in range(effort.flat_turns):
        say(f"flat out, turn {turn + 1} of {effort.flat_turns}")
        for trial in trials:
            found[trial.name].flat.append(await trial.flat())
    pace = PACE_PER_S * effort.sockets
    too_slow = [trial for trial in trials if median(found[trial.name].flat).deliveries_per_s < pace]
    for turn in range(effort.paced_turns):
        say(f"paced, turn {turn + 1} of {effort.paced_turns}")
        for trial in trials:
            if trial not in too_slow:
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


def report(found: Mapping[str, Found], under: Mapping[str, object]) -> bool:
    """Table, JSON, last line; true where the target is reached."""
    limit, ours, plain = found[LIMIT], found[OURS], found[PLAIN]
    figure, at_pace = ratio(limit.flat, ours.flat), ratio(limit.paced, ours.paced)
    print(", ".join(f"{name}: {value}" for name, value in under.items()))
    print_table(HEADS, rows(found))
    print(f"{PLAIN} / {OURS}, flat out: {ratio(plain.flat, ours.flat):.0f} times the CPU")
    turns = {name: asdict(one) for name, one in found.items()}
    write_json("fanout", {"conditions": under, "turns": turns, "figure": figure, "at_pace": at_pace, "target": TARGET})
    return last_line("fanout", figure, TARGET)


def say(what: str) -> None:
    print(what, file=sys.stderr)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench fanout", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few sockets and short turns, for a first look")
    parser.add_argument("--no-pin", action="store_true", help="let the system place the processes")
    parser.add_argument("--strict", action="store_true", help="fail where the target is not reached")
    return parser.parse_args()


def make_bed(is_pinned: bool) -> Bed:
    """The addresses come from `./dev`; the key is for this run, shared by the processes that sign and check."""
    if "REDIS_URL" not in os.environ or "DATABASE_URL" not in os.environ:
        sys.exit("bench: REDIS_URL and DATABASE_URL are not set: run it as ./dev bench fanout")
    env = {**os.environ, "SECRET_KEY": secrets.token_hex(32), "ENTREPOT_ENV": "test"}
    two = is_pinned and hasattr(os, "sched_getaffinity") and {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0)
    return Bed(env, SERVER_CORE, LOAD_CORE) if two else Bed(env)


def migrate(bed: Bed) -> None:
    """The hub reads access epochs from tables; on an empty database they are made first."""
    subprocess.run((sys.executable, "manage.py", "release", "--verbosity", "0"), env=bed.env, cwd=ROOT, check=True)


async def run(effort: Effort, bed: Bed) -> dict[str, Found]:
    async with asyncio.timeout(LONGEST_S):
        return await compare(effort, bed)


def main() -> None:
    asked = parse()
    effort = (QUICK if asked.quick else FULL).within(raise_descriptor_limit())
    bed = make_bed(is_pinned=not asked.no_pin)
    migrate(bed)
    found = asyncio.run(run(effort, bed))
    under = {
        "sockets": effort.sockets,
        "turns": f"{effort.flat_turns} flat out, {effort.paced_turns} at {PACE_PER_S}/s",
        "pinned": bed.server_core is not None,
        **conditions(),
    }
    if not report(found, under) and asked.strict:
        sys.exit(1)


if __name__ == "__main__":
    main()
