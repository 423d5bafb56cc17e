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
    """A page with one state on it; it comes back after each loss with what it has, and asks when it is told to."""

    def __init__(self, port: int, path: str, topic: str, cookie: str = "") -> None:
        self.port, self.path, self.topic, self.cookie = port, path, topic, cookie
        self.version, self.shown = 0, ""
        self.ticket = self.epoch = ""
        self.grants: list[str] = []
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

    async def ask(self) -> None:
        """Its own address again."""
        page = await self._page()
        self.ticket = found(r'name="live-ticket" content="([^"]+)"', page)
        self.epoch = found(r'data-epoch="(.*?)"', page)
        self.grants = re.findall(r'data-grant="([^"]+)"', page)
        self.take_page(page)

    def take_page(self, page: str) -> None:
        self.take_frames(page)

    def take_frames(self, html: str) -> bool:
        """Whether something is missing in between."""
        shown = rf'<(?!template)(\w+)[^>]*\sdata-topic="{self.topic}"\s+data-v="(\d+)"[^>]*>(.*?)</\1>'
        for _, version, content in re.findall(shown, html, re.DOTALL):
            if int(version) > self.version:
                self.version, self.shown = int(version), text_of(content)
        return False

    async def _page(self) -> str:
        while True:
            with contextlib.suppress(OSError):
                status, page = await asyncio.to_thread(fetch, self.port, self.path, self.cookie)
                if status == 200:
                    return page
            await asyncio.sleep(0.05)

    async def _listen(self, client: ClientConnection) -> None:
        await say(client, t="hello", ticket=self.ticket, lang="en")
        await self._subscribe(client)
        while True:
            text = str(await client.recv())
            if text.startswith("{"):
                await self._answer(client, json.loads(text))
            elif self.take_frames(text):
                await self._subscribe(client)

    async def _subscribe(self, client: ClientConnection) -> None:
        for grant in self.grants:
            await say(client, t="sub", grant=grant, have={self.topic: self.version}, epoch=self.epoch)

    async def _answer(self, client: ClientConnection, message: dict[str, Any]) -> None:
        assert message["t"] != "refused", message
        self.ticket = message.get("ticket", self.ticket)
        if message["t"] == "refresh" and self.topic in message["topics"]:
            await asyncio.sleep(random.uniform(0, message["within_s"]))
            await self.ask()
            await self._subscribe(client)


class LogFollower(Follower):
    """A page with a log on it: entries by seq, in order, the newest so many of them."""

    def __init__(self, port: int, path: str, topic: str, cookie: str) -> None:
        super().__init__(port, path, topic, cookie)
        self.most = 0
        self.entries: dict[int, str] = {}

    def take_page(self, page: str) -> None:
        version, most, rows = found_all(
            rf'<tbody[^>]*data-topic="{self.topic}"\s+data-v="(\d+)"[^>]*data-log-max="(\d+)"[^>]*>(.*?)</tbody>', page
        )
        if int(version) >= self.version:
            self.version, self.most = int(version), int(most)
            self.entries = {int(seq): text_of(row) for seq, row in reversed(re.findall(ROW, rows, re.DOTALL))}
            self._show()

    def take_frames(self, html: str) -> bool:
        frame = rf'<template[^>]*data-topic="{self.topic}" data-v="(\d+)" data-push="append">(.*?)</template>'
        for version, content in re.findall(frame, html, re.DOTALL):
            if int(version) > self.version + 1:
                return True
            if int(version) == self.version + 1:
                self.version += 1
                self.entries[self.version] = text_of(content)
                self._show()
        return False

    def _show(self) -> None:
        self.shown = "\n".join(f"{seq} {text}" for seq, text in list(self.entries.items())[-self.most :])


ROW = r'<tr id="move-\d+-(\d+)"[^>]*>(.*?)</tr>'


def text_of(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", "", html).split())


def found_all(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text, re.DOTALL)
    assert match, pattern
    return match.groups()


def found(pattern: str, text: str) -> str:
    return found_all(pattern, text)[0]
