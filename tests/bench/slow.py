"""`./dev bench slow`: what 25 of 500 readers that stall do to the other 475, and what they cost in memory.

The real web process and the real delivery over Redis. In every other turn 25 sockets stop reading, are filled until the
server cannot write to them any more, and stay so while all 500 are sent 20 changes a second. The figure is the others'
p99 with them, divided by their p99 without: the median of neighbouring turns.
"""

import asyncio
import contextlib
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.children import Child, pin, running
from tests.bench.harness import PACE_PER_S, Effort, Trial, Turn, median, trying
from tests.bench.message import topics
from tests.bench.meter import RedisMeter, pss_kb
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.systems import Live, our_hub

READERS, STALLED = 500, 25
PERSON = 1_000
FILL_BYTES, FILLS, FILL_PAUSE_S = 60_000, 100, 0.03
SETTLE_S = 1.0
TARGET, MEMORY_TARGET_KB = 1.2, 256.0
FULL, QUICK = Effort(READERS - STALLED, 0, 0.0, 7, 4.0), Effort(100 - STALLED, 0, 0.0, 2, 2.0)
GATHER_S = 60.0
LONGEST_S = 200
HEADS = (
    "stalled",
    "the others' p50 ms",
    "p99 ms",
    "not shown",
    "stale",
    "server KB per stalled",
    "kernel KB per stalled",
)


@dataclass
class Found:
    """Turns in which everybody reads, those in which some stall, and what each of these had, in KB."""

    without: list[Turn] = field(default_factory=list)
    stalled: list[Turn] = field(default_factory=list)
    server_kb: list[float] = field(default_factory=list)
    kernel_kb: list[float] = field(default_factory=list)


class Stall:
    """The 25: they watch what the others watch, and a cell of their own with which they are filled."""

    def __init__(self, live: Live, crowd: Child) -> None:
        self._live, self._crowd = live, crowd
        self._version = 1_000_000

    async def open(self) -> None:
        await self._crowd.answer()
        page = {topic: ["public"] for topic in topics(2)}
        await self._crowd.ask(
            do="gather", sockets=STALLED, person=PERSON, port=self._live.port, topics=page, held=STALLED
        )
        gathered = await self._crowd.ask(do="until_live", within_s=GATHER_S)
        assert gathered["live"] == STALLED, gathered

    async def begin(self) -> tuple[float, float]:
        """Returns the KB of the server and of the kernel before."""
        before = pss_kb(self._live.server.pid), queued_kb(self._live.port)
        await self._crowd.ask(do="hold", many=STALLED, is_held=True)
        _, own = topics(2)
        for _ in range(FILLS):
            self._version += 1
            self._live.publisher.tell(do="publish", version=self._version, topics=[own], size=FILL_BYTES)
            await asyncio.sleep(FILL_PAUSE_S)
        await asyncio.sleep(SETTLE_S)
        return before

    async def end(self) -> None:
        await self._crowd.ask(do="hold", many=STALLED, is_held=False)
        await asyncio.sleep(SETTLE_S)
        gathered = await self._crowd.ask(do="until_live", within_s=GATHER_S)
        assert gathered["live"] == STALLED, gathered


def queued_kb(port: int) -> float:
    """What the kernel holds in the server's sockets because nobody reads it, in KB."""
    total, end_of_address = 0, f":{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(end_of_address):
            total += int(words[4].partition(":")[0], 16)
    return total / 1024


async def compare(effort: Effort, bed: Bed, others: Others) -> Found:
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(contextlib.closing(RedisMeter(bed.env["REDIS_URL"])))
        if redis.is_local():
            pin(redis.pid, bed.load_core)
        live = await stack.enter_async_context(our_hub(bed))
        trial = await stack.enter_async_context(trying("our hub", live, bed, redis, effort))
        crowd = await stack.enter_async_context(running("tests.bench.crowd", env=bed.env, core=bed.load_core))
        stall, found = Stall(live, crowd), Found()
        await stall.open()
        for turn in range(effort.paced_turns):
            say(f"turn {turn + 1} of {effort.paced_turns}")
            with others.turn():
                found.without.append(await trial.paced())
            with others.turn():
                await turn_with(stall, trial, live, found)
        return found


async def turn_with(stall: Stall, trial: Trial, live: Live, found: Found) -> None:
    server_before, kernel_before = await stall.begin()
    found.stalled.append(await trial.paced())
    found.server_kb.append((pss_kb(live.server.pid) - server_before) / STALLED)
    found.kernel_kb.append((queued_kb(live.port) - kernel_before) / STALLED)
    await stall.end()


def rows(found: Found) -> list[list[str]]:
    table = []
    memory = [("", ""), (f"{max(found.server_kb):.0f}", f"{max(found.kernel_kb):.0f}")]
    for stalled, turns, kb in zip((0, STALLED), (found.without, found.stalled), memory, strict=True):
        turn = median(turns)
        table.append([
            str(stalled), f"{turn.p50_ms:.1f}", f"{turn.p99_ms:.1f}", f"{turn.missing:,}", f"{turn.stale:,}", *kb,
        ])  # fmt: skip
    return table


def main() -> None:
    asked, others = parse("slow", __doc__), Others()
    bed = make_bed(asked)
    effort = (QUICK if asked.quick else FULL).within(bed.descriptors)
    found = measured(compare(effort, bed, others), LONGEST_S)
    print_table(HEADS, rows(found))
    under = {
        "readers": effort.sockets + STALLED,
        "turns": f"{effort.paced_turns} of {effort.paced_s:g} s at {PACE_PER_S}/s, with and without",
        "pinned": bed.is_pinned,
    }
    ratio = statistics.median(
        held.p99_ms / free.p99_ms for held, free in zip(found.stalled, found.without, strict=True)
    )
    goals = [
        Goal("slow.memory-kb", max(found.server_kb), MEMORY_TARGET_KB, at_most=True),
        Goal("slow", ratio, TARGET, at_most=True),
    ]
    end(finish("slow", asdict(found), under, others, goals), asked.strict)


if __name__ == "__main__":
    main()
