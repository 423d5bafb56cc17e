"""Partner systems over Socket.IO: the topics of the pages as JSON, for whoever holds an API token.

Namespace `/`, WebSocket only. The versions, heads, frames and access epochs are the hub's; what a page would GET, a
partner is given by the topic's own query (`present_state`). docs/api/live-for-partners.md is for those who connect.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import socketio  # type: ignore[import-untyped]
from django.db import DatabaseError
from socketio.exceptions import ConnectionRefusedError as Refusal  # type: ignore[import-untyped]

from backend.accounts.queries import PresentedToken, TokenState
from realtime import hub, metrics
from realtime.fanout import STALLED
from realtime.inbound import BAD_TICKET, NO_HELLO
from realtime.limits import MAX_MESSAGE_BYTES, address_of
from realtime.partner_access import NotUnderstood, read_request, secret_of, use_token
from realtime.partner_watching import PartnerWatching, Visit
from realtime.partner_wire import Doorman, PartnerOutbox, open_partner_outbox

PATH = "/socket.io/"
PING_S = 20
MAX_SOCKETS = 10
"""Of one token, in one process."""
CONNECT_DEADLINE_S = 10.0
FAREWELL_S = 1.0
"""How long somebody who was refused, or has left, may take to close the socket."""
MAX_UNREAD = 20
"""Messages that a socket may send while it reads no answers."""
VISIT = "entrepot.partner"

wire_log = logging.getLogger(f"{__name__}.wire")
wire_log.setLevel(logging.WARNING)  # at INFO the libraries write down every packet, secrets included
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Answer = Mapping[str, object]


class Partners:
    """The Socket.IO server of one process, on the process's hub."""

    def __init__(self, watched: hub.Hub) -> None:
        self.loop = asyncio.get_running_loop()
        self._hub = watched
        self._visits: dict[str, Visit] = {}
        self._sockets: Counter[int] = Counter()
        self._watching = PartnerWatching(watched, self._end)
        self._server = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            async_handlers=False,  # what a socket says is taken in its order
            monitor_clients=False,  # each socket has a deadline of its own, and the server pings besides
            ping_interval=PING_S,
            ping_timeout=PING_S,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            logger=wire_log,
            engineio_logger=wire_log,
        )
        self._server.on("connect", self._connect)
        self._server.on("disconnect", self._disconnect)
        self._server.on("subscribe", self._subscribe)
        self._server.on("unsubscribe", self._unsubscribe)
        self._server.on("*", self._anything_else)

    def close(self) -> None:
        self._watching.close()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """The ASGI application for everything below PATH."""
        if scope["type"] != "websocket":
            await self._server.handle_request(scope, receive, send)
            return
        outbox = open_partner_outbox(scope, send, lambda topic: self._watching.ask(outbox, topic))
        visit = scope[VISIT] = Visit(outbox, self._closing_soon(outbox, CONNECT_DEADLINE_S, NO_HELLO, "no connect"))
        doorman = Doorman(receive, lambda code, reason: _close(outbox, code, reason), address_of(scope))
        try:
            await self._server.handle_request(scope, doorman.receive, send)
        finally:
            visit.timer.cancel()

    def _closing_soon(self, outbox: PartnerOutbox, after_s: float, code: int, reason: str) -> asyncio.TimerHandle:
        return self.loop.call_later(after_s, _close, outbox, code, reason)

    # --- Coming and going

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        visit: Visit = environ["asgi.scope"][VISIT]
        visit.timer.cancel()
        try:
            presented = await self._let_in(secret_of(environ, auth))
        except Refusal:
            visit.timer = self._closing_soon(visit.outbox, FAREWELL_S, BAD_TICKET, "refused")
            raise
        visit.token = presented.token
        visit.outbox.on_told = lambda message: self._watching.told(visit, message)
        visit.timer = self.loop.call_later(presented.left_s, self._end, visit, "expired")
        self._sockets[presented.token.pk] += 1
        self._visits[sid] = visit
        self._hub.enter(visit.outbox)

    async def _let_in(self, secret: str) -> PresentedToken:
        """Raises Refusal: unauthorized, revoked, expired, limit or retry."""
        try:
            presented = await self._watching.in_thread(use_token, secret)
        except (TimeoutError, DatabaseError):
            raise Refusal("retry") from None
        if presented is None:
            raise Refusal("unauthorized")
        if presented.state != TokenState.LIVE:
            raise Refusal(presented.state.value)
        if self._sockets[presented.token.pk] >= MAX_SOCKETS:
            raise Refusal("limit")
        return presented

    async def _disconnect(self, sid: str, _reason: object = None) -> None:
        visit = self._visits.pop(sid, None)
        if visit is None or visit.token is None:
            return
        visit.timer.cancel()
        visit.timer = self._closing_soon(visit.outbox, FAREWELL_S, 1000, "")
        self._hub.leave(visit.outbox)
        self._sockets[visit.token.pk] -= 1
        self._sockets += Counter()  # forgets those that stand at 0

    def _end(self, visit: Visit, why: str) -> None:
        """The token is worth nothing any more: nothing goes out after this, and the client does not come back."""
        outbox = visit.outbox
        if outbox.topics:
            outbox.tell("refused", {"topics": list(outbox.topics), "why": why})
        self._hub.leave(outbox)
        metrics.CLOSED.labels(BAD_TICKET).inc()
        outbox.part(BAD_TICKET, why)

    # --- What a partner says

    async def _subscribe(self, sid: str, *arguments: object) -> Answer:
        try:
            visit, request = self._heard(sid), read_request(arguments)
        except NotUnderstood as problem:
            return {"error": problem.code, "message": str(problem)}
        assert visit.token is not None  # noqa: S101  # for the type checker: whoever is in `_visits` has connected
        return await self._watching.subscribe(visit, visit.token, request)

    async def _unsubscribe(self, sid: str, *arguments: object) -> Answer:
        try:
            return self._watching.unsubscribe(self._heard(sid), read_request(arguments).topics)
        except NotUnderstood as problem:
            return {"error": problem.code, "message": str(problem)}

    def _heard(self, sid: str) -> Visit:
        """Who says something. Raises NotUnderstood where they read none of the answers, or are about to go."""
        visit = self._visits.get(sid)
        if visit is None:
            raise NotUnderstood("this socket is closing", code="gone")
        visit.unread = visit.unread + 1 if visit.outbox.writer.paused else 0
        if visit.unread > MAX_UNREAD:
            _close(visit.outbox, STALLED, "too slow")
            raise NotUnderstood("nothing of what is written to this socket is read", code="gone")
        return visit

    async def _anything_else(self, _name: str, _sid: str, *_arguments: object) -> Answer:
        metrics.NOT_KNOWN.inc()
        return {"error": "unknown_event", "message": "there are subscribe and unsubscribe"}


def _close(outbox: PartnerOutbox, code: int, reason: str) -> None:
    metrics.CLOSED.labels(code).inc()
    outbox.writer.close(code, reason)


_running: Partners | None = None


def here() -> Partners:
    """This process's Socket.IO server; the first call in an event loop starts it."""
    global _running
    if _running is None or _running.loop is not asyncio.get_running_loop():
        _running = Partners(hub.here())
    return _running


def close() -> None:
    """Ends what runs beside the sockets, if anybody ever came."""
    if _running is not None and _running.loop is asyncio.get_running_loop():
        _running.close()


async def application(scope: Any, receive: Receive, send: Send) -> None:
    """What asgi.py mounts."""
    await here()(scope, receive, send)
