"""A client of the live road as docs/live.md describes one."""

import asyncio
import contextlib
import json
import random
import re
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.realtime.door import say
from tests.realtime.processes import fetch


class Follower:
    """A page that comes back after each loss with what it has, and asks its address where it is told to."""

    def __init__(self, port: int, path: str, topic: str) -> None:
        self.port, self.path, self.topic = port, path, topic
        self.version, self.shown = 0, ""
        self.ticket = self.epoch = self.grant = ""
        self.losses = 0

    async def live(self) -> None:
        await self.ask()
        host, attempt = f"localhost:{self.port}", 0
        while True:
            with contextlib.suppress(OSError, InvalidHandshake, TimeoutError, ConnectionClosed):
                async with connect(f"ws://{host}/live", origin=f"http://{host}") as client:  # type: ignore[arg-type]
                    attempt = 0
                    await self._listen(client)
            self.losses += 1
            attempt += 1
            await asyncio.sleep(random.uniform(0, min(1.0, 0.05 * 2**attempt)))

    async def _listen(self, client: ClientConnection) -> None:
        await say(client, t="hello", ticket=self.ticket, lang="en")
        await say(client, t="sub", grant=self.grant, have={self.topic: self.version}, epoch=self.epoch)
        while True:
            text = str(await client.recv())
            if text.startswith("<"):
                self._apply(text)
            else:
                await self._answer(client, json.loads(text))

    async def _answer(self, client: ClientConnection, message: dict[str, Any]) -> None:
        self.ticket = message.get("ticket", self.ticket)
        if message["t"] == "refresh":
            await asyncio.sleep(random.uniform(0, message["within_s"]))
            await self.ask()
            await say(client, t="sub", grant=self.grant, have={self.topic: self.version}, epoch=self.epoch)
        assert message["t"] != "refused", message

    async def ask(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                status, page = await asyncio.to_thread(fetch, self.port, self.path)
                if status == 200:
                    break
            await asyncio.sleep(0.05)
        self.ticket, self.epoch = (
            found(r'name="live-ticket" content="([^"]+)"', page),
            found(r'data-epoch="(.*?)"', page),
        )
        self.grant = found(r'data-grant="([^"]+)"', page)
        self._apply(page)

    def _apply(self, html: str) -> None:
        shown = rf'<(?!template)(\w+)[^>]*\sdata-topic="{self.topic}"\s+data-v="(\d+)"[^>]*>(.*?)</\1>'
        for _, version, content in re.findall(shown, html, re.DOTALL):
            if int(version) > self.version:
                self.version, self.shown = int(version), " ".join(re.sub("<[^>]*>", "", content).split())


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]
