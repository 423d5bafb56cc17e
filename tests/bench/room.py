"""`./dev bench room`: what is said in a room, from the press of Enter to everybody's page, with 2 and with 50 in it.

The whole road: a POST with its session, its CSRF token and its key, the real action, the real relay, and the sockets of
the same web process. Times begin when the POST begins. At a talk's pace messages come so many a second, whoever else
writes; flat out every second person writes the next as soon as the last is answered. The peer is the bare uvloop
writer, which has no session, no database, no relay and no Redis, with as many sockets and at the same pace.
"""

import contextlib
import statistics
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.harness import Effort, Trial, trying
from tests.bench.meter import RedisMeter
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.systems import bare_writer
from tests.bench.talk import PACE_PER_S, Road, Talk, talking

PEOPLE = (2, 50)
TARGET_MS = 100.0
"""What a person takes as at once."""
LONGEST_S = 280
FULL, QUICK = Effort(0, 0, 2.0, 5, 6.0), Effort(0, 0, 1.0, 2, 3.0)
HEADS = (
    "in the room", "p50 ms", "p99 ms", "p99 / bare", "not shown",
    "flat out: messages/s", "CPU ms a message: web", "relay", "PostgreSQL",
)  # fmt: skip


@dataclass
class Found:
    """Of one size of room, turn by turn: p50 and p99, messages a second flat out, and CPU ms a message of each part."""

    bare_ms: list[tuple[float, float]] = field(default_factory=list)
    ours_ms: list[tuple[float, float]] = field(default_factory=list)
    bare_per_s: list[float] = field(default_factory=list)
    ours_per_s: list[float] = field(default_factory=list)
    cpu_ms: list[list[float]] = field(default_factory=list)
    never: int = 0

    @property
    def ratio(self) -> float:
        """Of p99, the median of turns that stood next to each other."""
        return statistics.median(o[1] / b[1] for o, b in zip(self.ours_ms, self.bare_ms, strict=True))


async def compare(effort: Effort, bed: Bed, others: Others) -> Mapping[int, Found]:
    found = {people: Found() for people in PEOPLE}
    async with contextlib.AsyncExitStack() as stack:
        redis = stack.enter_context(contextlib.closing(RedisMeter(bed.env["REDIS_URL"])))
        bare = {people: await stack.enter_async_context(bare_room(bed, redis, effort, people)) for people in PEOPLE}
        road = await stack.enter_async_context(talking(bed, PEOPLE))
        for turn in range(effort.paced_turns):
            say(f"turn {turn + 1} of {effort.paced_turns}")
            for people, one in found.items():
                with others.turn():
                    await turn_of_bare(bare[people], one)
                with others.turn():
                    await turn_of_ours(road, road.talks[people], one, effort)
    return found


@contextlib.asynccontextmanager
async def bare_room(bed: Bed, redis: RedisMeter, effort: Effort, people: int) -> AsyncIterator[Trial]:
    """A bare writer with as many sockets as are in the room."""
    async with (
        bare_writer(bed) as bare,
        trying("bare writer", bare, bed, redis, replace(effort, sockets=people)) as one,
    ):
        yield one


async def turn_of_bare(bare: Trial, found: Found) -> None:
    paced = await bare.paced(PACE_PER_S)
    flat = await bare.flat()
    found.bare_ms.append((paced.p50_ms, paced.p99_ms))
    found.bare_per_s.append(flat.deliveries_per_s / bare.sockets)


async def turn_of_ours(road: Road, talk: Talk, found: Found, effort: Effort) -> None:
    before = road.spent()
    commits = await talk.paced(effort.paced_s)
    late = await talk.waits(commits)
    found.cpu_ms.append(road.spent().since(before, len(commits)))
    found.ours_ms.append((late["p50_ms"], late["p99_ms"]))
    found.never += late["never"]
    messages, seconds = await talk.flat(effort.flat_s)
    found.ours_per_s.append(messages / seconds)


def rows(found: Mapping[int, Found]) -> list[list[str]]:
    table = []
    for people, one in found.items():
        bare, ours = middle(one.bare_ms), middle(one.ours_ms)
        cpu = [f"{each:.1f}" for each in middle(one.cpu_ms)]
        table += [
            [
                f"{people}, bare writer",
                f"{bare[0]:.1f}",
                f"{bare[1]:.1f}",
                "1.00",
                "",
                f"{statistics.median(one.bare_per_s):,.0f}",
                "",
                "",
                "",
            ],
            [
                f"{people}, our room",
                f"{ours[0]:.1f}",
                f"{ours[1]:.1f}",
                f"{one.ratio:.2f}",
                f"{one.never}",
                f"{statistics.median(one.ours_per_s):,.0f}",
                *cpu,
            ],
        ]
    return table


def middle(turns: Sequence[Sequence[float]]) -> list[float]:
    """The median of each figure."""
    return [statistics.median(column) for column in zip(*turns, strict=True)]


def main() -> None:
    asked, others = parse("room", __doc__), Others()
    bed = make_bed(asked)
    effort = QUICK if asked.quick else FULL
    found = measured(compare(effort, bed, others), LONGEST_S)
    print_table(HEADS, rows(found))
    under = {
        "turns": f"{effort.paced_turns} of {effort.paced_s:g} s at {PACE_PER_S}/s, then {effort.flat_s:g} s flat out",
        "pinned": bed.is_pinned,
    }
    goals = [Goal(f"room.{people}", middle(one.ours_ms)[1], TARGET_MS, at_most=True) for people, one in found.items()]
    worst = max(goal.figure for goal in goals)
    turns = {"turns": {str(people): asdict(one) for people, one in found.items()}}
    end(finish("room", turns, under, others, [*goals, Goal("room", worst, TARGET_MS, at_most=True)]), asked.strict)


if __name__ == "__main__":
    main()
