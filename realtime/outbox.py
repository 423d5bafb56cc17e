"""What waits for one socket: at most the newest payload of each topic, however slow the reader."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from realtime.holding import Share
from realtime.wire import WRITER_EXTENSION, SharedWriter, encode_text_frame

if TYPE_CHECKING:
    from realtime.cohort import Cohort

Encode = Callable[[bytes], Any]
"""A payload as the socket's writer takes it, made once for all sockets that share it."""
Send = Callable[[Any], Awaitable[None]]

FRAMES = ord("<")
"""A message of joined frames begins with this byte; one that begins otherwise is control."""


class Outbox:
    """One socket as the hub sees it: where to write, and what is held back while it must not be written."""

    __slots__ = ("cohort", "held", "lang", "person", "topics", "writer")

    encode: Encode = staticmethod(encode_text_frame)

    def __init__(self, writer: SharedWriter, *, person: int, lang: str) -> None:
        self.writer = writer
        self.person = person
        self.lang = lang
        """The language of its frames; empty for a page of another build, which gets none."""
        self.topics: dict[str, tuple[str, ...]] = {}
        """What it watches, and the access scopes each topic hangs on."""
        self.cohort: Cohort | None = None
        """Where it sits among those who watch the same; None while nothing is given to it."""
        self.held: Share = {}
        """What waits for this socket alone, because its reader is slow or because only it needs it."""

    def say(self, message: bytes) -> None:
        """Control messages are few (inbound ones are limited) and never conflated."""
        self.writer.write(self.encode(message))

    def pack(self, payloads: tuple[bytes, ...]) -> list[Any]:
        """What the writer takes: all frames as one message, each control message by itself."""
        frames = b"".join(payload for payload in payloads if payload[0] == FRAMES)
        control = [payload for payload in payloads if payload[0] != FRAMES]
        return [self.encode(message) for message in ([frames, *control] if frames else control)]


class TextOutbox(Outbox):
    """The fallback: a socket whose server (Daphne, the Channels test client) offers nothing but `send`."""

    __slots__ = ()

    encode: Encode = staticmethod(bytes.decode)


Joins = dict[tuple[Encode, tuple[bytes, ...]], list[Any]]
"""Messages made in one turn: cohorts of different topics often get the same share of them."""


def open_outbox(scope: Mapping[str, Any], send: Send, *, person: int, lang: str) -> Outbox:
    """The way out that this socket's server offers: the shared write, else `send` in a task of its own."""
    writer = scope.get("extensions", {}).get(WRITER_EXTENSION)
    if writer is not None:
        return Outbox(writer, person=person, lang=lang)
    return TextOutbox(cast(SharedWriter, SendWriter(send)), person=person, lang=lang)


class SendWriter:
    """A `wire.SharedWriter` of text on plain ASGI `send`: one task per socket waits, so that nobody else does."""

    def __init__(self, send: Send) -> None:
        self.paused = False
        self.on_change: Callable[[], None] | None = None
        self._send = send
        self._waiting: list[str] = []
        self._task: asyncio.Task[None] | None = None

    def write(self, text: Any) -> None:
        self._waiting.append(text)
        self._pause(True)
        if self._task is None:
            self._task = asyncio.create_task(self._drain())

    def _pause(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            if self.on_change is not None:
                self.on_change()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._send({"type": "websocket.send", "text": self._waiting.pop(0)})
        except OSError:
            return  # the socket is gone, and its consumer is about to hear of it
        self._task = None
        self._pause(False)

    def buffered(self) -> int:
        return sum(map(len, self._waiting))

    def close(self, code: int, reason: str = "") -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        with suppress(Exception):  # it may be gone already, and then it is closed
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
