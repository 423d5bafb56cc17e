"""A process full of watchers. Everything else about them is in `watcher`; here they are gathered, held, cut and asked.

Commands: gather, until_live, hold, cut, late, forget, shown, told, behind, dismiss. Times are the machine's monotonic
clock.
"""

import asyncio
import base64
import contextlib
import hashlib
import os
import random
import socket
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count

import django
import uvloop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()

from realtime.access import NOBODY, Grant, sign_grant, sign_ticket  # noqa: E402 - needs the settings
from tests.bench.asking import ask  # noqa: E402
from tests.bench.children import raise_descriptor_limit  # noqa: E402
from tests.bench.client import Tally  # noqa: E402
from tests.bench.lines import Words, answer, commands  # noqa: E402
from tests.bench.load import REQUEST  # noqa: E402
from tests.bench.message import now_ns  # noqa: E402
from tests.bench.watcher import Shown, Watcher, backoff_s  # noqa: E402

AT_ONCE = 50
POLL_S = 0.02
NEVER = 1 << 62
LEAST_BUFFER = 4096
"""Receive buffer of those who will be held: what the kernel takes for them is not taken by the server."""


class Crowd:
    """The pages of one process, all before one server."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.pages: list[Shown] = []
        self.sockets: dict[int, Watcher] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def gather(self, asked: Words) -> None:
        """Opens `sockets` pages for `persons` people from `person` on; each shows `each` of the topics (all if absent).

        `addresses`: so many, from 127.0.1.1 on. `headers`: more of the handshake, one set a page.
        """
        first, topics, have = len(self.pages), asked.get("topics", {}), asked.get("have", {})
        each, addresses, headers = asked.get("each", len(topics)), asked.get("addresses", 0), asked.get("headers", [""])
        names = list(topics)
        first_person: int = asked.get("person") or NOBODY
        persons: int = asked.get("persons") or asked["sockets"]
        for number in range(asked["sockets"]):
            mine = [names[(number * each + one) % len(names)] for one in range(each)]
            numbers = dict.fromkeys((scope for name in mine for scope in topics[name]), 0)
            person = first_person + number % persons if first_person else NOBODY
            grant = sign_grant(person, Grant({name: tuple(topics[name]) for name in mine}, numbers)) if mine else ""
            address = f"127.0.1.{1 + number % addresses}" if addresses else ""
            shown = {name: have.get(name, 0) for name in mine}
            self.pages.append(Shown(sign_ticket(person), grant, shown, address))
        for at in range(first, len(self.pages)):
            keeper = asyncio.create_task(self._keep(at, asked, headers[(at - first) % len(headers)]))
            self._tasks.add(keeper)
        answer(gathering=asked["sockets"])

    async def _keep(self, at: int, asked: Words, header: str) -> None:
        """One page's life: connect, and after every loss again, as late as live.js would."""
        page = self.pages[at]
        for attempt in count():
            async with self._turns:
                page.attempts += 1
                with contextlib.suppress(OSError, TimeoutError):
                    watcher = await self._connect(page, asked, header, is_held=at < asked.get("held", 0))
                    self.sockets[at] = watcher
                    async with asyncio.timeout(10):
                        await watcher.ready
            if page.is_live or (at in self.sockets and not self.sockets[at].lost.done()):
                await self.sockets[at].lost
                await asyncio.sleep(backoff_s(0))
            else:
                await asyncio.sleep(backoff_s(attempt))

    def _told_to_ask(self, page: Shown, port: int, urls: Mapping[str, str], topics: list[str], within_s: float) -> None:
        """Later, at a random moment, as live.js does. Where nobody said where a topic is shown, it is only counted."""
        for path in {urls[topic] for topic in topics if topic in urls}:
            asyncio.get_running_loop().call_later(random.random() * within_s, self._ask, page, port, path)

    def _ask(self, page: Shown, port: int, path: str) -> None:
        asking = asyncio.create_task(ask(page, port, path))
        self._tasks.add(asking)
        asking.add_done_callback(self._tasks.discard)

    async def _connect(self, page: Shown, asked: Words, header: str, *, is_held: bool) -> Watcher:
        port, path, urls = asked["port"], asked.get("path", "/live"), asked.get("urls", {})
        key = base64.b64encode(os.urandom(16)).decode()
        request = REQUEST.format(path=path, port=port, origin=f"http://127.0.0.1:{port}", key=key)
        request = request.replace("\r\n\r\n", f"\r\n{header}\r\n\r\n") if header else request
        watcher = Watcher(self.tally, request.encode(), page, partial(self._told_to_ask, page, port, urls))
        loop = asyncio.get_running_loop()
        own = socket.socket()
        own.setblocking(False)
        if is_held:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LEAST_BUFFER)
        try:
            if page.address:
                own.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
                own.bind((page.address, 0))
            await asyncio.wait_for(loop.sock_connect(own, ("127.0.0.1", port)), 10)
            await loop.create_connection(lambda: watcher, sock=own)
        except BaseException:
            own.close()
            raise
        return watcher

    async def until_live(self, asked: Words) -> None:
        """Answers when all are, or `within_s` seconds later, how many."""
        deadline = now_ns() + asked["within_s"] * 1e9
        while (live := sum(page.is_live for page in self.pages)) < len(self.pages) and now_ns() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
        answer(live=live)

    async def hold(self, asked: Words) -> None:
        """The first `many` read nothing any more, or read again."""
        for at in range(asked["many"]):
            self.sockets[at].hold(asked["is_held"])
        answer(held=asked["many"])

    async def cut(self, _: Words) -> None:
        """Every socket at once."""
        for watcher in self.sockets.values():
            watcher.cut()
        answer(cut=len(self.sockets))

    async def late(self, asked: Words) -> None:
        """How long after each of the `commits` (topic, version, ns) the pages showed it or something newer, in ms."""
        self._read()
        times: dict[str, list[tuple[int, int]]] = {}
        for topic, version, at_ns in asked["commits"]:
            times.setdefault(topic, []).append((version, at_ns))
        waits = sorted(wait for page in self.pages for wait in waits_of(page, times))
        never = len(asked["commits"]) * len(self.pages) - len(waits)
        p50, p99 = (waits[min(len(waits) - 1, int(len(waits) * share))] / 1e6 for share in (0.50, 0.99))
        answer(p50_ms=p50, p99_ms=p99, never=never)

    async def forget(self, _: Words) -> None:
        self._read()
        for page in self.pages:
            page.arrivals, page.refreshed, page.refused, page.attempts = [], [], 0, 0
        answer(forgotten=len(self.pages))

    async def shown(self, asked: Words) -> None:
        """Against the `truth` (topic: version and SHA-1 of the fragment, "" of a log): behind it, and of other text."""
        self._read()
        stale, behind = 0, []
        for page in self.pages:
            for topic in page.have.keys() & asked["truth"].keys():
                version, digest = asked["truth"][topic]
                if page.have[topic] < version:
                    behind.append((topic, page.have[topic], version))
                text = page.html.get(topic, b"")
                is_text = digest and hashlib.sha1(text, usedforsecurity=False).hexdigest() != digest
                stale += bool(page.have[topic] >= version and is_text)
        answer(lost=len(behind), stale=stale, gaps=self._ask_again(), such_as=behind[:5])

    def _ask_again(self) -> int:
        """Pages that saw a gap in a log subscribe again; how many that were."""
        gaping = [at for at, page in enumerate(self.pages) if page.gaps]
        for at in gaping:
            self.sockets[at].ask_again()
        return len(gaping)

    async def told(self, _: Words) -> None:
        """What befell the pages since `forget`, and when each was live again."""
        self._read()
        answer(
            arrived=sum(len(page.arrivals) for page in self.pages),
            attempts=sum(page.attempts for page in self.pages),
            refreshed=sum(bool(page.refreshed) for page in self.pages),
            from_database=sum(bool(page.refreshed or page.refused) for page in self.pages),
            live_at=sorted(page.live_at_ns for page in self.pages if page.is_live),
        )

    async def behind(self, asked: Words) -> None:
        """How many (page, cell) pairs show less than these `versions`."""
        self._read()
        wanted = asked["versions"]
        pairs = ((page, topic) for page in self.pages for topic in page.have.keys() & wanted.keys())
        answer(behind=sum(page.have[topic] < wanted[topic] for page, topic in pairs))

    def _read(self) -> None:
        for page in self.pages:
            page.read()

    async def dismiss(self, _: Words) -> None:
        """Closes everything, for good."""
        for keeper in self._tasks:
            keeper.cancel()
        for watcher in self.sockets.values():
            watcher.cut()
        answer(dismissed=len(self.pages))
        self.pages, self.sockets, self._tasks = [], {}, set()


def waits_of(page: Shown, times: Mapping[str, Sequence[tuple[int, int]]]) -> Iterator[int]:
    """For one page: nanoseconds from each commit to the first arrival that is not older than it."""
    came: dict[str, list[tuple[int, int]]] = {}
    for topic, version, at_ns in page.arrivals:
        came.setdefault(topic, []).append((version, at_ns))
    for topic, commits in times.items():
        arrivals = iter(came.get(topic, ()))
        version, at_ns = 0, 0
        for wanted, committed_ns in commits:
            while version < wanted:
                version, at_ns = next(arrivals, (NEVER, 0))
            if version != NEVER:
                yield at_ns - committed_ns


async def main() -> None:
    raise_descriptor_limit()
    crowd = Crowd()
    answer(ready=True)
    async for asked in commands():
        await getattr(crowd, asked["do"])(asked)


if __name__ == "__main__":
    uvloop.run(main())
