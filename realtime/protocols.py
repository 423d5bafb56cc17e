"""uvicorn's WebSocket protocol with a shared write for the hub, and an end to every closing socket."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from realtime.wire import WRITER_EXTENSION

HIGH_WATER_BYTES = 64 * 1024
LOW_WATER_BYTES = 16 * 1024
CLOSE_TIMEOUT_S = 5.0


def _ignore(_frame: bytes) -> None:
    """What `write` is while the socket is not open."""


class LiveWriter:
    """The `wire.SharedWriter` of one socket.

    `write` is the transport's own method while the socket is open: at 1,000 sockets a check
    per call would cost as much as the call.
    """

    __slots__ = ("_protocol", "on_resume", "paused", "write")

    def __init__(self, protocol: "LiveWebSocketProtocol") -> None:
        self._protocol = protocol
        self.write: Callable[[bytes], None] = _ignore
        self.paused = False
        self.on_resume: Callable[[], None] | None = None

    def buffered(self) -> int:
        return self._protocol.transport.get_write_buffer_size()

    def close(self, code: int, reason: str = "") -> None:
        self._protocol.close_now(code, reason)


class LiveWebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O WebSocket protocol, which also lets the hub write shared frames.

    Every way to the end of a socket passes `_shut`: nothing is written behind a close frame,
    and a peer that reads nothing cannot keep the closing socket open (uvicorn waits for ever).
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.writer = LiveWriter(self)
        self._cut_timer: asyncio.TimerHandle | None = None
        self._close_sent = False
        super().__init__(config, server_state, app_state, _loop)
        self.close_timeout = CLOSE_TIMEOUT_S

    @property
    def close_sent(self) -> bool:
        return self._close_sent

    @close_sent.setter
    def close_sent(self, sent: bool) -> None:
        self._close_sent = sent
        if sent:
            self._shut()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER_BYTES, low=LOW_WATER_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._shut()
        if self._cut_timer is not None:
            self._cut_timer.cancel()
            self._cut_timer = None

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[WRITER_EXTENSION] = self.writer

    def pause_writing(self) -> None:
        self.writer.paused = True
        super().pause_writing()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.writer.paused = False
        if self.writer.on_resume is not None:
            self.writer.on_resume()

    def handle_ping(self) -> None:
        if self.writer.paused:
            # A peer that pings and never reads would grow the backlog without end: its pong is dropped.
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._shut()

    def shutdown(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()
        self._shut()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._shut()

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn's, but a message to a socket that is closing or gone is ignored.

        uvicorn raises there, and Channels would then never call the consumer's `disconnect`.
        """
        await self.writable.wait()
        if self.disconnected or (self.close_sent and self.initial_response is None):
            return
        try:
            await super().send(message)
        except ClientDisconnected:
            return
        if message["type"] == "websocket.accept" and not self.transport.is_closing():
            self.writer.write = self.transport.write

    def close_now(self, code: int, reason: str) -> None:
        """Starts the closing handshake without waiting for the backlog; ignored unless the socket is open."""
        if self.writer.write is _ignore:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def _shut(self) -> None:
        self.writer.write = _ignore
        self.writer.on_resume = None
        if self._cut_timer is None and not self.disconnected:
            self._cut_timer = self.loop.call_later(CLOSE_TIMEOUT_S, self.transport.abort)
