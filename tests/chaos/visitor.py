"""A person with an open page and no browser: it loads, subscribes, applies, asks, and comes back, as live.js does.

Its waits are shorter than live.js's, by the same rules: a fault test has seconds where a person has minutes.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp
from django.conf import settings
from django.test.html import Element

from realtime.access import NOBODY, BadGrant, read_grant
from tests.chaos import page
from tests.chaos.line import Line

BEAT_S = 1.0
ANSWER_S = 5.0
LONGEST_PAUSE_S = 1.5
REFRESH_PAUSE_S = 0.25
RETRY_S = 0.5
RELOAD_S = 0.5
BAD_TICKET = 4401


@dataclass(frozen=True)
class Arrival:
    """A frame that came: under which scopes' numbers the topic was granted, and when (seconds since 1970)."""

    topic: str
    numbers: dict[str, int]
    at: float


@dataclass(frozen=True)
class Seat:
    """Whose page it is, and which."""

    name: str
    path: str
    person: int = NOBODY
    cookie: str = ""
    lang: str = "en"

    @property
    def headers(self) -> dict[str, str]:
        cookies = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.cookie}"} if self.cookie else {}
        return {"Accept-Language": self.lang, **cookies}


@dataclass(eq=False)
class Visitor:
    """One open page. `live` runs until it is cancelled."""

    seat: Seat
    line: Line
    http: aiohttp.ClientSession
    rng: Random
    root: Element | None = None
    """None: not loaded, or not to be seen by this person (`status` tells)."""
    status: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    """What was done to this page that must not be."""
    history: list[str] = field(default_factory=list)
    tick_age_s: float = 0.0
    may_connect: asyncio.Event = field(default_factory=asyncio.Event)
    """Until it is set the page stands as it was made."""
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _is_heard: bool = False
    _is_welcome: bool = False
    _csrf: str = ""
    _epoch: str = ""
    _ticket: str = ""
    _sent: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    _refreshed: dict[str, float] = field(default_factory=dict)
    _errands: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    # --- Life
    async def live(self) -> None:
        attempt = 0
        try:
            while True:
                if self.root is None:
                    await self.load()
                await self.may_connect.wait()
                began = time.monotonic()
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._converse()
                attempt = 0 if time.monotonic() - began > 1 else attempt + 1
                self.note("lost the socket")
                await asyncio.sleep(self.rng.random() * min(LONGEST_PAUSE_S, 0.1 * 2**attempt))
        finally:
            await self._forget_errands()

    def shows(self, topic: str) -> int:
        """The version that the page shows of a topic; -1 where it doesn't show it."""
        found = [page.versions(region).get(topic, -1) for region in page.regions(self.root)] if self.root else []
        return max(found, default=-1)

    @property
    def is_subscribed(self) -> bool:
        return self.root is not None and self._is_heard

    async def load(self) -> None:
        """The whole page, as if its address had been typed; again until it is there."""
        while True:
            try:
                self.status, html = await self.get(self.seat.path)
                self.note(f"the page answered {self.status}")
                if self.status == 200:
                    self.root = page.read(html)
                    mark = page.meta(self.root)
                    self._ticket, self._epoch = page.attribute(mark, "content"), page.attribute(mark, "data-epoch")
                    self._mark_regions(self._epoch)
                    return
            except (aiohttp.ClientError, OSError, TimeoutError) as problem:
                self.note(f"the page did not answer: {problem!r}")
            await asyncio.sleep(RELOAD_S * self.rng.uniform(0.5, 1))

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        wait = aiohttp.ClientTimeout(total=ANSWER_S)
        given = {**self.seat.headers, **headers}
        async with self.http.get(self.line.base + path, headers=given, timeout=wait, allow_redirects=False) as answer:
            cookie = answer.cookies.get(settings.CSRF_COOKIE_NAME)
            self._csrf = cookie.value if cookie else self._csrf
            return answer.status, await answer.text()

    async def post(self, below: str, **fields: str) -> str:
        """Sends a form of this page to an address below it, and returns the answer without showing it."""
        root = self._page()
        hidden = {page.attribute(each, "name"): page.attribute(each, "value") for each in page.every(root)}
        given = {name: hidden[name] for name in ("csrfmiddlewaretoken", "key")}
        headers = {**self.seat.headers, "HX-Request": "true", "Origin": self.line.base}
        headers["Cookie"] += f"; {settings.CSRF_COOKIE_NAME}={self._csrf}"
        address = self.line.base + self.seat.path + below
        async with self.http.post(address, data={**given, **fields}, headers=headers) as answer:
            if answer.status != 200:
                raise page.Broken(f"{address} answered {answer.status}")
            return await answer.text()

    def note(self, what: str) -> None:
        self.history.append(f"{time.time():.3f} {what}")

    def _mark_regions(self, epoch: str) -> None:
        for region in page.regions(self._page()):
            page.set_attribute(region, "data-epoch", epoch)

    def _page(self) -> Element:
        if self.root is None:
            raise page.Broken("the page is gone")
        return self.root

    # --- The socket
    async def _converse(self) -> None:
        url = self.line.base.replace("http", "ws", 1) + "/live"
        async with self.http.ws_connect(url, origin=self.line.base, max_msg_size=0, timeout=_QUICK) as socket:
            self._socket = socket
            await self._hello(socket)
            beat = asyncio.create_task(self._beat(socket))
            try:
                await self._hear(socket)
            finally:
                beat.cancel()
                self._socket, self._is_welcome = None, False
                self._sent.clear()
        if socket.close_code == BAD_TICKET:
            _, answer = await self.get("/live/ticket")
            self._ticket = json.loads(answer)["ticket"]

    async def _hello(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        root = self._page()
        build = page.attribute(page.meta(root), "data-build")
        hello = {"t": "hello", "ticket": self._ticket, "lang": page.language(root)}
        await socket.send_json({**hello, "build": build} if build else hello)

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while self.root is not None:
            message = await socket.receive(timeout=ANSWER_S)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            try:
                await self._take(message.data)
            except page.Broken as broken:
                self.wrongs.append(str(broken))

    async def _take(self, text: str) -> None:
        if text.startswith("<"):
            await self._apply(text)
        else:
            await self._answer(json.loads(text))

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(OSError, aiohttp.ClientError):
            while True:
                await asyncio.sleep(BEAT_S)
                await socket.send_json({"t": "hb"})

    async def _apply(self, message: str) -> None:
        """All frames of one message, before anything else is heard."""
        root, now, gaps, frames = self._page(), time.time(), set(), page.frames(message)
        for frame in frames:
            topic, seq = page.attribute(frame, "data-topic"), page.version(frame)
            self.arrivals.append(Arrival(topic, self._numbers.get(topic, {}), now))
            self.note(f"{page.attribute(frame, 'data-push')} {topic} v{seq}")
            elements = [child for child in frame.children if isinstance(child, Element)]
            match page.attribute(frame, "data-push"):
                case "replace":
                    for element in elements:
                        self.place(element)
                case "append":
                    if page.append(root, topic, seq, elements):
                        gaps.add(topic)
        for topic in gaps:
            await self._catch_up(topic)
        for trace in {page.attribute(frame, "data-trace") for frame in frames} - {""}:
            await self._say(t="ack", trace=trace)

    def place(self, element: Element) -> None:
        """Whatever brings it, a push or the answer to a form: it has to be newer than what stands there."""
        page.replace(self._page(), element)

    async def _catch_up(self, topic: str) -> None:
        self.note(f"gap in {topic}")
        for region in self._regions_of([topic]):
            await self._subscribe_region(region)

    async def _answer(self, message: dict[str, Any]) -> None:
        match message["t"]:
            case "welcome":
                self._is_welcome = True
                self._epoch, self._ticket = message["epoch"], message.get("ticket", self._ticket)
                self.tick_age_s = message["tick_age"]
                self.note(f"welcome in {self._epoch}")
                await self._subscribe()
            case "subscribed":
                self._is_heard = True
                self.note(f"subscribed to {message['topics']}")
            case "hb":
                self.tick_age_s, self._ticket = message["tick_age"], message.get("ticket", self._ticket)
            case "refresh":
                self._epoch = message["epoch"]
                self.note(f"refresh {message['topics']}")
                for region in self._regions_of(message["topics"]):
                    self._refresh_soon(region, self.rng.random() * message["within_s"])
            case "refused":
                self.note(f"refused {message['why']} {message['topics']}")
                for region in self._regions_of(message["topics"]):
                    self._refused(region, message["why"])
            case "error":
                self.wrongs.append(f"the server did not understand: {message['code']}")

    # --- Regions
    async def _subscribe(self) -> None:
        for region in page.regions(self._page()):
            if self._sent.get(page.attribute(region, "id")) != page.attribute(region, "data-grant"):
                await self._subscribe_region(region)

    async def _subscribe_region(self, region: Element) -> None:
        name, grant = page.attribute(region, "id"), page.attribute(region, "data-grant")
        if not self._is_welcome:
            return  # the next welcome subscribes to all that is there
        self._sent[name] = grant
        self._remember_numbers(grant)
        epoch = page.attribute(region, "data-epoch")
        shown = page.versions(self._page())  # what another region shows older of the same topic is missing, too
        have = {topic: shown[topic] for topic in page.versions(region)}
        await self._say(t="sub", grant=grant, have=have, epoch=epoch)

    async def _say(self, **message: object) -> None:
        """Nothing, while there is nobody to hear it."""
        if self._socket is not None:
            await self._socket.send_json(message)

    def _remember_numbers(self, token: str) -> None:
        with contextlib.suppress(BadGrant):
            grant = read_grant(token, self.seat.person)
            for topic, scopes in grant.topics.items():
                self._numbers[topic] = {scope: grant.numbers[scope] for scope in scopes}

    def _regions_of(self, topics: list[str]) -> list[Element]:
        found = page.regions(self.root) if self.root else []
        return [region for region in found if not page.versions(region).keys().isdisjoint(topics)]

    def _refused(self, region: Element, why: str) -> None:
        if why == "retry":
            self._sent.pop(page.attribute(region, "id"), None)
            self._errand(f"again {page.attribute(region, 'id')}", self._subscribe_later())
        elif why == "limit":
            self.wrongs.append("the page watches more than it may")
        else:
            self._refresh_soon(region, 0)

    async def _subscribe_later(self) -> None:
        await asyncio.sleep(self.rng.random() * RETRY_S)
        with contextlib.suppress(page.Broken, OSError, aiohttp.ClientError):
            await self._subscribe()

    def _refresh_soon(self, region: Element, in_s: float) -> None:
        name = page.attribute(region, "id")
        pause = self._refreshed.get(name, 0) + REFRESH_PAUSE_S - time.monotonic()
        self._errand(name, self._refresh(name, max(in_s, pause)))

    async def _refresh(self, name: str, in_s: float) -> None:
        """The last step of recovery: the region's own address, again until somebody can say."""
        await asyncio.sleep(in_s)
        while self.root is not None and (region := page.with_id(self.root, name)) is not None:
            made, self._refreshed[name] = self._epoch, time.monotonic()
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                url = page.attribute(region, "data-url")
                status, html = await self.get(url, **{"HX-Request": "true", "HX-Target": name, "Live-Refresh": "1"})
                if status < 500 and status != 429:
                    await self._show(name, html if status == 200 else "", made)
                    return
            await asyncio.sleep(self.rng.random() * RETRY_S)

    async def _show(self, name: str, html: str, made: str) -> None:
        present = page.with_id(self.root, name) if self.root is not None else None
        fresh = page.with_id(page.read(f"<div>{html}</div>"), name) if html else None
        if fresh is None or present is None:
            self.note(f"{name} is gone")
            self.root = None  # the person looks again at the whole page, and sees why
            if self._socket is not None:
                await self._socket.close()
            return
        page.keep_newer(present, fresh)
        page.set_attribute(fresh, "data-epoch", made)
        self.note(f"showed {name} anew: {page.versions(fresh)}")
        page.put(self._page(), present, fresh)
        self._sent.pop(name, None)  # what was announced meanwhile is found by comparing again
        with contextlib.suppress(OSError, aiohttp.ClientError):
            await self._subscribe()

    def _errand(self, name: str, errand: Coroutine[Any, Any, None]) -> None:
        """At most one of a name at a time."""
        running = self._errands.get(name)
        if running is not None and not running.done():
            errand.close()
            return
        self._errands[name] = asyncio.create_task(errand)

    async def _forget_errands(self) -> None:
        tasks = list(self._errands.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_QUICK = aiohttp.ClientWSTimeout(ws_close=1.0)
