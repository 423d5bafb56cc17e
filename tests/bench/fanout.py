"""`./dev bench fanout`: one fragment to many sockets; what a delivery costs us, and what it costs at the least.

The bare uvloop writer (the limit), plain Channels and our hub take turns in one run; CPU is the
server's and Redis's, user and system, per million deliveries. Everything stays on this machine.
"""

import argparse
import asyncio
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, closing

from tests.bench.children import pin, raise_descriptor_limit
from tests.bench.harness import Effort, Result, try_out
from tests.bench.meter import RedisMeter, conditions
from tests.bench.report import last_line, print_table, write_json
from tests.bench.systems import Bed, Live, bare_writer, plain_channels

SYSTEMS: dict[str, Callable[[Bed], AbstractAsyncContextManager[Live]]] = {
    "bare writer": bare_writer,
    "plain Channels": plain_channels,
}
LIMIT, OURS, PLAIN = "bare writer", "our hub", "plain Channels"
TARGET = 0.9
FULL, QUICK = Effort(1000, 3.0, 3.0), Effort(200, 1.0, 1.0)
ROUNDS, QUICK_ROUNDS = 3, 1
LONGEST_S = 230
SERVER_CORE, LOAD_CORE = 0, 1
HEADS = (
    "system", "deliveries/s", "CPU-s per million", "server", "Redis", "limit / it", "(publisher)",
    "p50 ms at 20/s", "p99 ms", "CPU-s per million at 20/s", "lost",
)  # fmt: skip


async def compare(effort: Effort, rounds: int, bed: Bed) -> dict[str, Result]:
    """Every system in every round, one after the other, each on fresh processes."""
    found: dict[str, list[Result]] = {name: [] for name in SYSTEMS}
    with closing(RedisMeter(bed.env["REDIS_URL"])) as redis:
        if redis.is_local():
            pin(redis.pid, bed.load_core)
        for turn in range(rounds):
            for name, system in SYSTEMS.items():
                print(f"round {turn + 1} of {rounds}: {name}", file=sys.stderr)
                async with system(bed) as live:
                    found[name].append(await try_out(live, bed, redis, effort))
    return {name: Result.median(results) for name, results in found.items()}


def rows(results: Mapping[str, Result]) -> list[list[str]]:
    limit = results[LIMIT].cpu
    return [
        [
            name, f"{one.deliveries_per_s:,.0f}", f"{one.cpu:.2f}", f"{one.server_cpu:.2f}", f"{one.redis_cpu:.2f}",
            f"{limit / one.cpu:.3f}", f"{one.publisher_cpu:.2f}",
            f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}", f"{one.paced_cpu:.2f}", f"{one.lost:,.0f}",
        ]
        for name, one in results.items()
    ]  # fmt: skip


def report(results: Mapping[str, Result], found: dict[str, object]) -> bool:
    """Table, JSON, last line; true where the target is reached."""
    figure = results[LIMIT].cpu / results[OURS].cpu if OURS in results else 0.0
    print(", ".join(f"{name}: {value}" for name, value in found.items()))
    print_table(HEADS, rows(results))
    if OURS in results:
        print(f"{PLAIN} / {OURS}: {results[PLAIN].cpu / results[OURS].cpu:.1f} times the CPU")
    systems = {name: result.as_json() for name, result in results.items()}
    write_json("fanout", {"conditions": found, "systems": systems, "figure": figure, "target": TARGET})
    return last_line("fanout", figure, TARGET)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench fanout", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round with few sockets, for a first look")
    parser.add_argument("--rounds", type=int, choices=range(1, 6), help="how often every system has its turn")
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


async def run(effort: Effort, rounds: int, bed: Bed) -> dict[str, Result]:
    async with asyncio.timeout(LONGEST_S):
        return await compare(effort, rounds, bed)


def main() -> None:
    asked = parse()
    effort = (QUICK if asked.quick else FULL).within(raise_descriptor_limit())
    rounds = asked.rounds or (QUICK_ROUNDS if asked.quick else ROUNDS)
    bed = make_bed(is_pinned=not asked.no_pin)
    results = asyncio.run(run(effort, rounds, bed))
    found = {"sockets": effort.sockets, "rounds": rounds, "pinned": bed.server_core is not None, **conditions()}
    if not report(results, found) and asked.strict:
        sys.exit(1)


if __name__ == "__main__":
    main()
