"""A page's end of the socket, for tests: what it was sent, and whether it reads at all."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from realtime.hub import Hub
from realtime.outbox import Outbox, open_outbox

PATIENCE_S = 20.0
"""How long a test waits for what has to happen. It says nothing about how fast that is."""

_VERSION = re.compile(r'data-topic="([^"]+)" data-v="(\d+)"')


async def until(has_happened: Callable[[], object]) -> None:
    """Raises TimeoutError if it does not happen."""
    async with asyncio.timeout(PATIENCE_S):
        while not has_happened():  # noqa: ASYNC110 - it has no event of its own
            await asyncio.sleep(0.005)


class Page:
    """Watches through the hub as a socket does whose server offers plain `send`."""

    def __init__(self, hub: Hub, lang: str = "en") -> None:
        self.reads = asyncio.Event()
        self.reads.set()
        self.received: list[str] = []
        self.closed: int | None = None
        self.outbox: Outbox = open_outbox({}, self._send, person=0, lang=lang)
        self._hub = hub
        hub.enter(self.outbox)

    async def _send(self, event: Mapping[str, Any]) -> None:
        await self.reads.wait()
        if event["type"] == "websocket.close":
            self.closed = event["code"]
        else:
            self.received.append(event["text"])

    def watch(self, *topics: str, epoch: str, scopes: tuple[str, ...] = (), **have: int) -> None:
        """`have` names topics without their colon: stock_1=3."""
        shown = {":".join(name.rsplit("_", 1)): version for name, version in have.items()}
        self._hub.watch(self.outbox, dict.fromkeys(topics, scopes), shown, epoch)

    def watch_at(self, topic: str, version: int, *, epoch: str) -> None:
        self._hub.watch(self.outbox, {topic: ()}, {topic: version}, epoch)

    async def subscribed(self, *topics: str) -> None:
        await until(
            lambda: set(topics) <= {topic for message in self.told("subscribed") for topic in message["topics"]}
        )

    def when_written(self, then: Callable[[], object]) -> None:
        """Has it done in the turn of the event loop after the next message was handed to this page's writer."""
        writer = self.outbox.writer
        write = writer.write

        def noticed(text: Any) -> None:
            writer.write = write
            asyncio.get_running_loop().call_soon(then)
            write(text)

        writer.write = noticed
        assert writer.on_change is not None
        writer.on_change()

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The control messages of a kind."""
        control = [json.loads(text) for text in self.received if text.startswith("{")]
        return [message for message in control if message["t"] == kind]

    def frames(self) -> list[str]:
        """Messages of frames, each as it came."""
        return [text for text in self.received if text.startswith("<")]

    def versions(self, topic: str) -> list[int]:
        """Every version of the topic that a frame brought, in the order of arrival."""
        return [int(v) for text in self.frames() for name, v in _VERSION.findall(text) if name == topic]
