"""What a handshake costs, up to the welcome: with a signed ticket, and with a session read from the database.

Both servers stand side by side and are visited turn by turn by as many people; the peer is our own server that also
does what the Channels documentation does. CPU is the server's, Redis's and PostgreSQL's.
"""

import contextlib
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.bench.bed import Bed, say
from tests.bench.children import Child, pin, running
from tests.bench.meter import PostgresMeter, RedisMeter, cpu_s
from tests.bench.quiet import Others
from tests.bench.report import print_table
from tests.bench.systems import SERVERS, free_port, listening, web_process

TURNS, QUICK_TURNS = 7, 2
PEOPLE, PERSON = 400, 1_000
GATHER_S = 60.0
HEADS = ("handshake", "a second", "CPU µs", "server", "Redis", "PostgreSQL")


@dataclass(frozen=True)
class Visit:
    """One turn: CPU seconds of each part, and the time it took, for PEOPLE handshakes."""

    server: float
    redis: float
    postgres: float
    seconds: float

    @property
    def cpu(self) -> float:
        return self.server + self.redis + self.postgres


@dataclass
class Handshakes:
    ticket: list[Visit] = field(default_factory=list)
    session: list[Visit] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """With a session / with a ticket: the median of neighbouring turns."""
        return statistics.median(
            session.cpu / ticket.cpu for session, ticket in zip(self.session, self.ticket, strict=True)
        )

    def print_table(self) -> None:
        print_table(HEADS, [_row("signed ticket", self.ticket), _row("session in the database", self.session)])


def _row(name: str, visits: list[Visit]) -> list[str]:
    def middle(part: str) -> str:
        return f"{statistics.median(getattr(visit, part) for visit in visits) / PEOPLE * 1e6:,.0f}"

    per_s = PEOPLE / statistics.median(visit.seconds for visit in visits)
    return [name, f"{per_s:,.0f}", *(middle(part) for part in ("cpu", "server", "redis", "postgres"))]


@dataclass(frozen=True)
class Door:
    """One of the two servers, and those who visit it."""

    server: Child
    port: int
    crowd: Child
    headers: list[str]

    async def visit(self, redis: RedisMeter, postgres: PostgresMeter) -> Visit:
        before, began = (cpu_s(self.server.pid), redis.cpu_s(), postgres.cpu_s()), time.monotonic()
        await self.crowd.ask(do="gather", sockets=PEOPLE, person=PERSON, port=self.port, headers=self.headers)
        gathered = await self.crowd.ask(do="until_live", within_s=GATHER_S)
        seconds, after = time.monotonic() - began, (cpu_s(self.server.pid), redis.cpu_s(), postgres.cpu_s())
        assert gathered["live"] == PEOPLE, gathered
        await self.crowd.ask(do="dismiss")
        server, redis_s, postgres_s = (now - then for now, then in zip(after, before, strict=True))
        return Visit(server, redis_s, postgres_s, seconds)


async def compare_handshakes(bed: Bed, is_quick: bool, others: Others) -> Handshakes:
    found, turns = Handshakes(), QUICK_TURNS if is_quick else TURNS
    with contextlib.closing(RedisMeter(bed.env["REDIS_URL"])) as redis:
        if redis.is_local():
            pin(redis.pid, bed.load_core)
        postgres = PostgresMeter()
        async with with_ticket(bed) as ours, with_session(bed) as theirs:
            for door in (ours, theirs):
                await door.visit(redis, postgres)  # the first one loads what is only loaded once
            for turn in range(turns):
                say(f"handshakes, turn {turn + 1} of {turns}")
                for door, visits in ((ours, found.ticket), (theirs, found.session)):
                    with others.turn():
                        visits.append(await door.visit(redis, postgres))
    return found


@contextlib.asynccontextmanager
async def with_ticket(bed: Bed) -> AsyncIterator[Door]:
    async with web_process(bed) as (server, port), visitors(bed) as crowd:
        yield Door(server, port, crowd, [""])


@contextlib.asynccontextmanager
async def with_session(bed: Bed) -> AsyncIterator[Door]:
    port = free_port()
    env = {**bed.env, "PORT": str(port), "HOST": "127.0.0.1", "DATABASE_POOL_SIZE": "10"}
    async with (
        running(f"{SERVERS}.sessions", str(PEOPLE), env=env, core=bed.server_core) as server,
        visitors(bed) as crowd,
    ):
        cookies = (await server.answer())["cookies"]
        await listening(port, server)
        yield Door(server, port, crowd, [f"Cookie: {cookie}" for cookie in cookies])


@contextlib.asynccontextmanager
async def visitors(bed: Bed) -> AsyncIterator[Child]:
    async with running("tests.bench.crowd", env=bed.env, core=bed.load_core) as crowd:
        await crowd.answer()
        yield crowd
