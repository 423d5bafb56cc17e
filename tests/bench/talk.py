"""Rooms before our road: people who write into them, their open pages, and what a message costs each process."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Self

import aiohttp

from tests.bench.bed import Bed, say
from tests.bench.children import Child, running, running_command
from tests.bench.lines import Words
from tests.bench.message import now_ns
from tests.bench.meter import PostgresMeter, used_s
from tests.bench.report import ROOT
from tests.bench.road import on_any_core, until_led
from tests.bench.systems import SERVERS, web_process

PACE_PER_S = 5
GATHER_S, SEND_S, SETTLE_S, WARM_UP_S = 60.0, 30.0, 1.0, 2.0
Commit = tuple[str, int, int]


@dataclass(frozen=True)
class Spent:
    """CPU seconds so far."""

    web: float
    relay: float
    postgres: float

    def since(self, earlier: Self, messages: int) -> list[float]:
        """Milliseconds a message."""
        spent = zip(asdict(self).values(), asdict(earlier).values(), strict=True)
        return [(now - before) * 1e3 / messages for now, before in spent]


class Talk:
    """A room whose pages are open, and people who write into it."""

    def __init__(self, http: aiohttp.ClientSession, port: int, room: Words, crowd: Child) -> None:
        self._http, self._origin, self._room, self._crowd = http, f"http://127.0.0.1:{port}", room, crowd
        self._said = count(1)

    async def send(self, sender: Words) -> Commit:
        """One message: topic, seq, and when it was sent."""
        key = f"{self._room['topic']}-{next(self._said)}"
        text = f"{key}: could you do 2.35 each for 400, delivered in the second week of March?"
        headers = {"Cookie": sender["cookies"], "X-CSRFToken": sender["csrf"], "HX-Request": "true"}
        sent_ns = now_ns()
        where = self._origin + sender["path"]
        async with self._http.post(where, data={"text": text, "key": key}, headers=headers) as answer:
            if answer.status != 200:
                sys.exit(f"bench: a message is answered {answer.status}")
            return self._room["topic"], int(answer.headers["Entry-Seq"]), sent_ns

    async def paced(self, seconds: float) -> Sequence[Commit]:
        """So many messages a second, come what may, the people in turn."""
        began, senders = time.monotonic(), self._room["senders"]
        sending = []
        for number in range(int(seconds * PACE_PER_S)):
            await asyncio.sleep(began + number / PACE_PER_S - time.monotonic())
            sending.append(asyncio.create_task(self.send(senders[number % len(senders)])))
        return sorted(await asyncio.gather(*sending), key=lambda commit: commit[1])

    async def flat(self, seconds: float) -> tuple[int, float]:
        """Every second person writes as fast as they are answered: how many messages, and seconds until all showed."""
        await self._crowd.ask(do="forget")
        began, senders = time.monotonic(), self._room["senders"]
        busy = senders[: (len(senders) + 1) // 2]
        found = await asyncio.gather(*(self._keep_writing(sender, began + seconds) for sender in busy))
        last = max(seq for said in found for _, seq, _ in said)
        while (await self._crowd.ask(do="behind", versions={self._room["topic"]: last}))["behind"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return sum(map(len, found)), time.monotonic() - began

    async def _keep_writing(self, sender: Words, until: float) -> Sequence[Commit]:
        said = []
        while time.monotonic() < until:
            said.append(await self.send(sender))
        return said

    async def waits(self, commits: Sequence[Commit]) -> Words:
        """How late everybody's page showed them."""
        await asyncio.sleep(SETTLE_S)
        return await self._crowd.ask(do="late", commits=commits)


@dataclass(frozen=True)
class Road:
    """The processes of ours that work for a message, and the rooms by how many are in them."""

    web: Child
    relay: Child
    talks: dict[int, Talk]

    def spent(self) -> Spent:
        return Spent(used_s(self.web.pid), used_s(self.relay.pid), sum(map(used_s, PostgresMeter().pids)))


@contextlib.asynccontextmanager
async def talking(bed: Bed, peoples: Sequence[int]) -> AsyncIterator[Road]:
    """Rooms, relay and web process; everybody's page is open, and the road is warm."""
    say("starting the relay and the web process")
    relay_command = (sys.executable, str(ROOT / "manage.py"), "relay")
    async with (
        running(f"{SERVERS}.room", *map(str, peoples), env=bed.env, core=None) as rooms,
        on_any_core(running_command(relay_command, env=bed.env, core=None, is_silent=True)) as relay,
        web_process(bed) as (web, port),
        writing() as http,
        contextlib.AsyncExitStack() as crowds,
    ):
        shown = (await rooms.answer())["rooms"]
        await until_led(relay, bed.env["REDIS_URL"])
        talks = {}
        for people, room in zip(peoples, shown, strict=True):
            crowd = await crowds.enter_async_context(gathered(bed, port, room["pages"]))
            talks[people] = Talk(http, port, room, crowd)
            await talks[people].paced(WARM_UP_S)
        yield Road(web, relay, talks)


def writing() -> aiohttp.ClientSession:
    """For many people at once: nobody's cookies are kept."""
    timeout = aiohttp.ClientTimeout(total=SEND_S)
    return aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())


@contextlib.asynccontextmanager
async def gathered(bed: Bed, port: int, pages: Sequence[Words]) -> AsyncIterator[Child]:
    """All of a room's pages, live."""
    async with running("tests.bench.crowd", env=bed.env, core=bed.load_core) as crowd:
        await crowd.answer()
        for page in pages:
            await crowd.ask(do="gather", port=port, **page)
        found = await crowd.ask(do="until_live", within_s=GATHER_S)
        assert found["live"] == sum(page["sockets"] for page in pages), found
        yield crowd
