"""Deadlines for requests that never finish arriving; uvicorn has none."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from realtime import metrics
from realtime.limits import Limit

HEADER_DEADLINE_S = 10.0
BODY_IDLE_S = 30.0
BODY_LEAST_PER_S = 1024
"""What a body has to bring after its first BODY_IDLE_S; a phone on a bad line is ten times faster."""
MAX_HEAD_BYTES = 64 * 1024
DRAINING = "draining"
"""Key in the application's state (`scope["state"]`) that is there once the process is on its way out."""
ALL = 0
"""The one spender of the process's own limit."""

_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_NOT_NOW = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class DeadlineHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also cuts requests that never finish arriving.

    The head of a request (its first byte, on a fresh connection) has `header_deadline_s` in all
    and 64 KiB; a body has 30 s per piece, and 1 KiB/s in all. Time in which we do not read counts for nobody.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        header_deadline_s: float = HEADER_DEADLINE_S,
        accepts: Limit,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._accepts = accepts
        self._header_deadline_s = header_deadline_s
        self._deadline: asyncio.TimerHandle | None = None
        self._awaits: Literal["head", "body", "nothing"] = "head"
        self._head_bytes = 0
        self._body_until = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._awaits == "nothing":
            self._expect_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._awaits == "body":
            self._body_until += len(data) / BODY_LEAST_PER_S
            self._arm(min(BODY_IDLE_S, max(0.0, self._body_until - self.loop.time())), self._cut_body)
        elif self._awaits == "head" and self._head_bytes > MAX_HEAD_BYTES:
            metrics.CUT.labels("head").inc()
            self._refuse(_HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        if self._awaits != "head":
            self._expect_head(received=1)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._disarm()
        self._awaits = "body"
        self._body_until = self.loop.time() + BODY_IDLE_S
        super().on_headers_complete()
        if DRAINING in self.app_state and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._disarm()
        self._awaits = "nothing"
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """A handshake above the process's rate is answered before anything is made for it."""
        self._awaits = "nothing"
        if DRAINING in self.app_state or self._accepts.wait_s(ALL, self.loop.time()):
            metrics.LIMITED.labels("accepts").inc()
            self._refuse(_NOT_NOW)
        else:
            super().handle_websocket_upgrade()

    def _expect_head(self, received: int = 0) -> None:
        self._awaits = "head"
        self._head_bytes = received
        self._arm(self._header_deadline_s, self._cut_head)

    def _cut_head(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._arm(self._header_deadline_s, self._cut_head)
        else:
            metrics.CUT.labels("head").inc(bool(self._head_bytes))  # browsers also open connections and say nothing
            self._refuse(_TIMED_OUT)

    def _cut_body(self) -> None:
        if self.flow.read_paused:
            self._body_until = self.loop.time() + BODY_IDLE_S
            self._arm(BODY_IDLE_S, self._cut_body)
        else:
            metrics.CUT.labels("body").inc()
            self.transport.close()

    def _refuse(self, response: bytes) -> None:
        self._disarm()
        if self._head_bytes and not self.transport.is_closing():
            self.transport.write(response)
        self.transport.close()

    def _arm(self, delay_s: float, cut: Callable[[], None]) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(delay_s, cut)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
