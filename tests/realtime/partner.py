"""Partner systems for tests: the real clients of Socket.IO in Python and JavaScript, behind one face; and a relay."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

import socketio  # type: ignore[import-untyped]
from django.db import connection

from realtime.courier import Courier
from realtime.delivery import Delivery
from tests.realtime.conftest import carry
from tests.realtime.page import until

T = TypeVar("T")
SCRIPT = Path(__file__).resolve().parent.parent / "partners" / "client.cjs"


async def in_thread(act: Callable[..., T], *arguments: Any) -> T:
    """The ORM beside the loop, on a connection that is not left behind."""

    def do() -> T:
        try:
            return act(*arguments)
        finally:
            connection.close()

    return await asyncio.to_thread(do)


class Refused(Exception):
    """The handshake was refused; the text is why."""


class Partner(Protocol):
    """One connection of a partner's system, and all that it was told, in order."""

    heard: list[tuple[str, Any]]
    gone: list[str]

    async def connect(self, url: str, token: str, *, in_header: bool = False) -> None:
        """Raises Refused."""

    async def call(self, name: str, content: object) -> Any:
        """An event, and what the server acknowledges it with."""

    async def cut(self) -> None:
        """The network goes."""


def frames(partner: Partner, topic: str = "") -> list[dict[str, Any]]:
    """What it was shown, of one topic or of all."""
    return [content for name, content in partner.heard if name == "frame" and topic in ("", content["topic"])]


def versions(partner: Partner, topic: str) -> list[int]:
    return [frame["v"] for frame in frames(partner, topic)]


def told(partner: Partner, event: str) -> list[Any]:
    return [content for name, content in partner.heard if name == event]


async def subscribe(partner: Partner, *topics: str, have: Mapping[str, int] | None = None, epoch: str = "") -> Any:
    return await partner.call("subscribe", {"topics": list(topics), "have": have or {}, "epoch": epoch})


class PythonPartner:
    """python-socketio's AsyncClient."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.gone: list[str] = []
        self._refused: list[Any] = []
        self.client = self._make_client()

    def _make_client(self) -> Any:
        client = socketio.AsyncClient(reconnection=False)
        client.on("*", self._on_event)
        client.on("disconnect", self._on_disconnect)
        client.on("connect_error", self._on_refusal)
        return client

    async def _on_event(self, name: str, content: Any) -> None:
        self.heard.append((name, content))

    async def _on_disconnect(self, reason: str) -> None:
        self.gone.append(reason)

    async def _on_refusal(self, why: Any) -> None:
        self._refused.append(why)

    async def connect(self, url: str, token: str, *, in_header: bool = False) -> None:
        how: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}} if in_header else {}
        auth = None if in_header else {"token": token}
        self.client = self._make_client()
        try:
            await self.client.connect(url, auth=auth, transports=["websocket"], wait_timeout=20, **how)
        except socketio.exceptions.ConnectionError as problem:
            why = self._refused[-1] if self._refused else problem
            raise Refused(why["message"] if isinstance(why, dict) else str(why)) from None

    async def call(self, name: str, content: object) -> Any:
        return await self.client.call(name, content, timeout=20)

    async def cut(self) -> None:
        await self.client.eio.disconnect(abort=True)

    async def close(self) -> None:
        await self.client.disconnect()


class JavaScriptPartner:
    """socket.io-client in Node."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.gone: list[str] = []
        self._process = process
        self._connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            match json.loads(line):
                case {"on": "event", "name": str(name), "content": content}:
                    self.heard.append((name, content))
                case {"on": "connect"}:
                    self._connected.set_result(None)
                case {"on": "connect_error", "why": why}:
                    self._connected.set_exception(Refused(why))
                case {"on": "disconnect", "reason": str(reason)}:
                    self.gone.append(reason)
                case {"on": "answer", "id": int(number), "answer": answer}:
                    self._answers.pop(number).set_result(answer)

    def _do(self, what: str, **how: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **how}).encode() + b"\n")

    async def connect(self, url: str, token: str, *, in_header: bool = False) -> None:
        self._connected = asyncio.get_running_loop().create_future()
        self._do("connect", url=url, token=token, header=in_header)
        async with asyncio.timeout(20):
            await self._connected

    async def call(self, name: str, content: object) -> Any:
        number = len(self._answers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._do("call", name=name, content=content, id=number)
        async with asyncio.timeout(25):
            return await self._answers[number]

    async def cut(self) -> None:
        self._do("cut")

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading


@asynccontextmanager
async def javascript() -> AsyncIterator[JavaScriptPartner]:
    """A Node process with the client that `./dev test` has fetched."""
    node, client = os.environ.get("NODE") or shutil.which("node"), os.environ.get("PARTNER_CLIENT")
    assert node, "the tests of the JavaScript client need Node 18 or newer: ./dev test brings one where PATH has none"
    assert client, "socket.io-client was not fetched: ./dev test says at its beginning what to do about it"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        node, str(SCRIPT), stdin=pipe, stdout=pipe, env={**os.environ, "PARTNER_CLIENT": client}, limit=2**24
    )
    partner = JavaScriptPartner(process)
    try:
        yield partner
    finally:
        await partner.close()


@asynccontextmanager
async def python() -> AsyncIterator[PythonPartner]:
    partner = PythonPartner()
    try:
        yield partner
    finally:
        await partner.close()


class Relay:
    """A relay in a thread of its own, which carries when it is told to."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay")
        self._runner = asyncio.Runner()

    async def _do(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)

    async def open(self) -> None:
        async def make() -> Delivery:
            return Delivery()

        def begin() -> None:
            self._delivery = self._runner.run(make())
            self._courier = Courier(self._delivery, self._runner.run)
            carry(self._courier)

        await self._do(begin)

    async def carry(self) -> None:
        """Numbers and delivers all that is committed."""
        await self._do(lambda: carry(self._courier))

    async def close(self) -> None:
        def end() -> None:
            self._runner.run(self._delivery.close())
            self._runner.close()
            connection.close()

        await self._do(end)
        self._thread.shutdown()


async def until_shown(partner: Partner, topic: str, version: int) -> None:
    await until(lambda: version in versions(partner, topic))
