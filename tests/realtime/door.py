"""A running server of ours, in the test's own event loop."""

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from realtime import asgi
from realtime.access import NOBODY, sign_ticket
from realtime.drain import DrainingServer
from realtime.server import ServerSettings, build_config
from tests.realtime.page import PATIENCE_S, until


@dataclass
class Door:
    port: int
    server: uvicorn.Server

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def knock(self, origin: str = "") -> connect:
        return connect(f"ws://127.0.0.1:{self.port}/live", origin=origin or self.origin, max_size=None)  # type: ignore[arg-type]

    async def enter(self, person: int = NOBODY) -> ClientConnection:
        """A socket that has been welcomed."""
        client = await self.knock()
        await say(client, t="hello", ticket=sign_ticket(person), lang="en")
        assert (await hear(client))["t"] == "welcome"
        return client

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """A page's status and text."""
        return await asyncio.to_thread(_get, f"{self.origin}{path}", headers)


def _get(url: str, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@asynccontextmanager
async def open_door(**given: Any) -> AsyncIterator[Door]:
    """`given` are ServerSettings that matter to the test."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = ServerSettings(**{"port": port, "shutdown_s": 1, "drain_s": 0} | given)
    server = DrainingServer(build_config(settings, asgi.application), drain_s=settings.drain_s)  # type: ignore[arg-type]
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    yield Door(port, server)
    server.should_exit = True
    await running


async def say(client: ClientConnection, **message: object) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> dict[str, Any]:
    """The next control message."""
    async with asyncio.timeout(PATIENCE_S):
        content: dict[str, Any] = json.loads(await client.recv())
        return content
