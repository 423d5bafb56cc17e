"""uvicorn's WebSocket protocol with a shared write for the hub, and an end to every closing socket."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import OPEN

from realtime import metrics
from realtime.inbound import TOO_BIG, TOO_MANY
from realtime.inbox import Gate, Inbox
from realtime.limits import BYTES_OF_A_SOCKET
from realtime.wire import WRITER_EXTENSION

HIGH_WATER_BYTES = 64 * 1024
LOW_WATER_BYTES = 16 * 1024
CLOSE_TIMEOUT_S = 5.0
MAX_FRAGMENTS = 4096
"""Of one message: empty ones would be counted by no limit of size."""
FRAME_COST_BYTES = 128
"""What a ping or a fragment costs beside its bytes."""
NOT_UTF_8 = 1007


def _ignore(_frame: bytes) -> None:
    """What `write` is while the socket is not open."""


class LiveWriter:
    """The `wire.SharedWriter` of one socket.

    `write` is the transport's own method while the socket is open: at 1,000 sockets a check
    per call would cost as much as the call.
    """

    __slots__ = ("_protocol", "on_change", "paused", "write")

    def __init__(self, protocol: "LiveWebSocketProtocol") -> None:
        self._protocol = protocol
        self.write: Callable[[bytes], None] = _ignore
        self.paused = False
        self.on_change: Callable[[], None] | None = None

    def changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

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
        self._spent_until = 0.0
        self._is_flooded = False
        super().__init__(config, server_state, app_state, _loop)
        self.queue = cast("asyncio.Queue[ASGIReceiveEvent]", Inbox())
        self.writable = cast(asyncio.Event, Gate())
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

    def data_received(self, data: bytes) -> None:
        """After too much of it nothing is looked at any more, until the socket is cut."""
        self._spend(len(data))
        if not self._is_flooded:
            super().data_received(data)

    def _spend(self, cost: int) -> None:
        now = self.loop.time()
        self._spent_until = BYTES_OF_A_SOCKET.spend(self._spent_until, now, cost)
        if not self._is_flooded and BYTES_OF_A_SOCKET.wait_s(self._spent_until, now):
            self._is_flooded = True
            metrics.LIMITED.labels("bytes").inc()
            self._refuse(TOO_MANY, "too many bytes")

    def _refuse(self, code: int, reason: str) -> None:
        """Closes for what came in, unless it brought the end as well."""
        if self.conn.state is OPEN and not self.close_sent:
            metrics.CLOSED.labels(code).inc()
            self.close_now(code, reason)

    def handle_cont(self, event: Frame) -> None:
        self._spend(FRAME_COST_BYTES)
        if len(self.frames) < MAX_FRAGMENTS:
            super().handle_cont(event)
        else:
            self._refuse(TOO_BIG, "too many fragments")

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf_8(self.frames):
            self.frames = []
            self._refuse(NOT_UTF_8, "not UTF-8")
        else:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        if self.conn.close_sent is not None and not self.close_sent:
            metrics.CLOSED.labels(self.conn.close_sent.code).inc()
        super().handle_parser_exception()

    def pause_writing(self) -> None:
        self.writer.paused = True
        self.writer.changed()
        super().pause_writing()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.writer.paused = False
        self.writer.changed()

    def handle_ping(self) -> None:
        self._spend(FRAME_COST_BYTES)
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
            self.writer.changed()
            self.request = self.response = cast(Any, None)  # the handshake is over: 2 KB that nobody looks at again

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
        self.writer.changed()
        if self._cut_timer is None and not self.disconnected:
            self._cut_timer = self.loop.call_later(CLOSE_TIMEOUT_S, self.transport.abort)


def _is_utf_8(fragments: list[bytes]) -> bool:
    try:
        b"".join(fragments).decode()
    except UnicodeDecodeError:
        return False
    return True
