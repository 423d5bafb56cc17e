"""A body larger than its address takes is refused at the door: Django would keep all of it before a view sees any.

uvicorn hands bodies on as they come, so what is too large is never kept. Daphne keeps a body before anybody is asked:
in front of it, the proxy has to limit. What is larger than a form is kept only for somebody who is logged in.
"""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import close_old_connections
from django.http import parse_cookie
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.catalog.transfer.files import MAX_BYTES as LARGEST_IMPORT
from realtime import metrics
from realtime.turned_away import page_for

MB = 1024 * 1024
OTHERWISE = 32 * MB
"""Forms, pictures, documents."""
AROUND_A_FILE = MB
"""What a form says beside its file."""
LARGER: Sequence[tuple[re.Pattern[str], int]] = (
    (re.compile(r"/c/[^/]+/products/imports/"), LARGEST_IMPORT + AROUND_A_FILE),
    (re.compile(r"/c/[^/]+/prices/\d+/sheet/"), LARGEST_IMPORT + AROUND_A_FILE),
)
LINGER_S = 3.0
"""A browser reads the answer only if its own sending is not cut off at once."""


def most_of(path: str) -> int:
    """How many bytes a request to this address may bring, from whoever may bring most."""
    return next((most for pattern, most in LARGER if pattern.fullmatch(path)), OTHERWISE)


async def most_for(scope: Scope) -> int:
    """How many bytes this request may bring. One query, and only where it may turn out larger than a form."""
    most = most_of(scope["path"])
    is_small = most == OTHERWISE or scope["method"] in ("GET", "HEAD") or 0 < _declared(scope) <= OTHERWISE
    return most if is_small or await sync_to_async(_is_logged_in)(_session_key(scope)) else OTHERWISE


class Bodies:
    """ASGI middleware: 413 for a body that says it is too large, or turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        watch = Watch(receive, send, await most_for(scope))
        if _declared(scope) <= watch.most:
            await self.app(scope, watch.receive, watch.send)
        else:
            watch.is_over = True
        if watch.is_over and not watch.has_answered:
            metrics.LIMITED.labels("bodies").inc()
            await _refuse(scope, receive, send, watch.most)


class Watch:
    """One request's bytes, counted as they come. To the application a body that grows too large breaks off."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self.most = self._left = most
        self._receive, self._send = receive, send
        self.is_over = self.has_answered = False

    async def receive(self) -> Message:
        message = {"type": "http.disconnect"} if self.is_over else await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_over = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        self.has_answered = True
        await self._send(message)


def _declared(scope: Scope) -> int:
    """What Content-Length says; 0 where it says nothing. The server has refused what is no number."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)


def _session_key(scope: Scope) -> str:
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")


def _is_logged_in(session_key: str) -> bool:
    """What the person may do there, their view decides; here it is enough that they are one."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    try:
        return SESSION_KEY in session
    finally:
        close_old_connections()


async def _refuse(scope: Scope, receive: Receive, send: Send, most: int) -> None:
    page = page_for(scope, "errors/large.html", most // MB)
    text = page or f"Too large: at most {most // MB} MB can be sent here. Send it in parts.\n".encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8" if page else b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": True})
    if not any(name == b"expect" for name, _ in scope["headers"]):  # who asked first has sent nothing
        await _let_it_pass(receive)
    await send({"type": "http.response.body", "body": b""})


async def _let_it_pass(receive: Receive) -> None:
    """Reads what still comes for a moment, and keeps nothing of it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body"):
                pass
