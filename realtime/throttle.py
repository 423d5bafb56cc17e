"""HTTP and handshakes above a limit are answered before anything else is done for them."""

import math
import time
from hashlib import blake2b
from typing import Any

from django.conf import settings
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from realtime import limits, metrics
from realtime.turned_away import page_for

PROBES = frozenset(("/healthz", "/readyz", "/metrics"))
STATIC_COST = 0.1
"""A page brings some twenty files, once; they are read from memory."""
_SESSION = f"{settings.SESSION_COOKIE_NAME}=".encode()


class Throttle:
    """ASGI middleware: 429 with Retry-After for whoever asks for more than their address or session may."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = request_wait_s(scope) if scope["type"] == "http" else 0.0
        if wait_s:
            metrics.LIMITED.labels("requests").inc()
            await too_many(wait_s, page_for(scope, "errors/many.html"))(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def request_wait_s(scope: Scope) -> float:
    """0, or after how many seconds this request may come again. Probes have a budget of their own."""
    ours, now, path, address = limits.here(), time.monotonic(), scope["path"], limits.address_of(scope)
    if path in PROBES:
        return ours.requests.wait_s(f"probes {address}", now)
    cost = STATIC_COST if path.startswith(settings.STATIC_URL) else 1.0
    session = _session(scope)
    wait_s = ours.session_requests.wait_s(session, now, cost) if session else 0.0
    return wait_s or ours.requests.wait_s(address, now, cost)


def _session(scope: Scope) -> str:
    """A name for the session that a request claims: a forged one only adds a limit to its address's own."""
    for name, value in scope["headers"]:
        if name == b"cookie" and _SESSION in value:
            cookie = value.partition(_SESSION)[2].partition(b";")[0]
            return blake2b(cookie, digest_size=8).hexdigest()
    return ""


def too_many(wait_s: float, page: bytes | None = None) -> Response:
    after_s = str(math.ceil(wait_s))
    text = f"Too many requests from here. Try again in {after_s} s.\n"
    kind = HTMLResponse if page else PlainTextResponse
    return kind(page or text, status_code=429, headers={"Retry-After": after_s})


async def is_turned_away(scope: Scope, receive: Receive, send: Send) -> bool:
    """Whether an address opens more sockets than it may; then its handshake is answered with 429."""
    wait_s = limits.here().connects.wait_s(limits.address_of(scope), time.monotonic())
    if wait_s:
        metrics.LIMITED.labels("connects").inc()
        await receive()  # websocket.connect
        await _deny(scope, send, wait_s)
    return bool(wait_s)


async def _deny(scope: Scope, send: Send, wait_s: float) -> None:
    """With the status and Retry-After where the server can say so; others answer 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    response: Any = too_many(wait_s)
    await send({"type": "websocket.http.response.start", "status": 429, "headers": response.raw_headers})
    await send({"type": "websocket.http.response.body", "body": response.body})
