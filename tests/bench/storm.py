"""`./dev bench storm`: 10,000 sockets cut at once, and what a handshake costs without and with a database session.

The real web process is killed under 10,000 subscribed people and started again on the same port; meanwhile every tenth
cell changes. The clients come back as live.js does, with full jitter, from many addresses, and with all limits in
force. Counted is who had to fetch something from the database (a refresh, a refused grant) to be right again. Then
come handshakes, as `handshake` has them.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace

import psycopg

from tests.bench.bed import Bed, make_bed, measured, parse, say
from tests.bench.children import Child, running
from tests.bench.handshake import Handshakes, compare_handshakes
from tests.bench.lines import Words
from tests.bench.message import topics
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.systems import SERVERS, web_process

SOCKETS, QUICK = 10_000, 1_000
PROCESSES, ADDRESSES, PERSON = 4, 50, 1_000
CELLS, EACH, CHANGED = 200, 5, 10
GATHER_S, RETURN_S, ANSWERS_S = 90.0, 90.0, 2.0
LONGEST_S = 290
FROM_DATABASE, CHEAPER = 0.01, 5.0


@dataclass(frozen=True)
class Storm:
    """What became of those who were cut; times in seconds since the cut."""

    sockets: int
    live_again: int
    half_s: float
    most_s: float
    all_s: float
    attempts: int
    from_database: int
    transactions: int
    behind: int

    def row(self) -> list[str]:
        times = (f"{seconds:.1f}" for seconds in (self.half_s, self.most_s, self.all_s))
        counts = (f"{count:,}" for count in (self.attempts, self.from_database, self.transactions, self.behind))
        return [f"{self.sockets:,}", f"{self.live_again:,}", *times, *counts]


HEADS = (
    "cut", "live again", "50 % after s", "99 %", "all", "attempts", "needed the database", "its transactions", "behind",
)  # fmt: skip


class Crowds:
    """The clients, in several processes."""

    def __init__(self, children: Sequence[Child], sockets: int) -> None:
        self._children, self._each = children, sockets // len(children)
        self.sockets = self._each * len(children)

    async def gather(self, port: int) -> None:
        page = {topic: ["public"] for topic in topics(CELLS)}
        have = dict.fromkeys(page, 1)
        for number, child in enumerate(self._children):
            person = PERSON + number * self._each
            about = {"port": port, "person": person, "topics": page, "have": have, "each": EACH, "addresses": ADDRESSES}
            await child.ask(do="gather", sockets=self._each, **about)

    async def ask(self, **words: object) -> list[Words]:
        """All at once."""
        return list(await asyncio.gather(*(child.ask(**words) for child in self._children)))

    async def live(self, within_s: float) -> int:
        return sum(answer["live"] for answer in await self.ask(do="until_live", within_s=within_s))


@contextlib.asynccontextmanager
async def crowds(bed: Bed, sockets: int) -> AsyncIterator[Crowds]:
    async with contextlib.AsyncExitStack() as stack:
        children = []
        for _ in range(PROCESSES):
            child = await stack.enter_async_context(running("tests.bench.crowd", env=bed.env, core=bed.load_core))
            await child.answer()
            children.append(child)
        yield Crowds(children, sockets)


async def storm(bed: Bed, sockets: int, others: Others) -> Storm:
    async with (
        running(f"{SERVERS}.live_publisher", "1", env=bed.env, core=bed.load_core) as publisher,
        crowds(bed, sockets) as crowd,
    ):
        await publisher.answer()
        publisher.tell(do="publish", version=1, topics=topics(CELLS))
        async with web_process(bed) as (_, port):
            say(f"{crowd.sockets:,} sockets come")
            await crowd.gather(port)
            assert await crowd.live(GATHER_S) == crowd.sockets, "not everybody came"
            await crowd.ask(do="forget")
        say("they are cut")
        with others.turn():
            return await come_back(bed, port, publisher, crowd)


async def come_back(bed: Bed, port: int, publisher: Child, crowd: Crowds) -> Storm:
    cut_ns, before = time.clock_gettime_ns(time.CLOCK_MONOTONIC), transactions(bed)
    changed = topics(CELLS)[::CHANGED]
    publisher.tell(do="publish", version=2, topics=changed)
    async with web_process(bed, port):
        live = await crowd.live(RETURN_S)
        await asyncio.sleep(ANSWERS_S)
        told = await crowd.ask(do="told")
        shown = await crowd.ask(do="behind", versions=dict.fromkeys(changed, 2))
    came = sorted((at - cut_ns) / 1e9 for answer in told for at in answer["live_at"]) or [0.0]
    return Storm(
        sockets=crowd.sockets,
        live_again=live,
        half_s=came[len(came) // 2],
        most_s=came[int(len(came) * 0.99)],
        all_s=came[-1],
        attempts=sum(answer["attempts"] for answer in told),
        from_database=sum(answer["from_database"] for answer in told),
        transactions=transactions(bed) - before,
        behind=sum(answer["behind"] for answer in shown),
    )


def transactions(bed: Bed) -> int:
    """How many the database has ended so far, for whomever."""
    with psycopg.connect(bed.env["DATABASE_URL"]) as wire:
        found = wire.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return int(found[0]) if found else 0


def report(one: Storm, handshakes: Handshakes) -> list[Goal]:
    print_table(HEADS, [one.row()])
    print()
    handshakes.print_table()
    return [
        Goal("storm.live-again", one.live_again / one.sockets, 1.0),
        Goal("storm.behind", one.behind, 0, at_most=True),
        Goal("storm.from-database", one.from_database / one.sockets, FROM_DATABASE, at_most=True),
        Goal("storm", handshakes.ratio, CHEAPER),
    ]


async def run(bed: Bed, is_quick: bool, others: Others) -> tuple[Storm, Handshakes]:
    wanted = QUICK if is_quick else SOCKETS
    strict = replace(bed, env={**bed.env, "LIMITS": ""})
    one = await storm(strict, min(wanted, bed.descriptors), others)
    return one, await compare_handshakes(bed, is_quick, others)


def main() -> None:
    asked, others = parse("storm", __doc__), Others()
    bed = make_bed(asked)
    one, handshakes = measured(run(bed, asked.quick, others), LONGEST_S)
    goals = report(one, handshakes)
    found = {"storm": asdict(one), "handshakes": asdict(handshakes)}
    end(finish("storm", found, {"n": one.sockets, "pinned": bed.is_pinned}, others, goals), asked.strict)


if __name__ == "__main__":
    main()
