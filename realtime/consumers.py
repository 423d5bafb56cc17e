"""The socket: hello, sub, unsub, hb. Text only, JSON objects only; docs/live.md lists the codes.

It touches neither the database nor the channel layer, so it overrides what Channels does for those who do: a layer
channel per socket and a hop to a thread per message.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import DatabaseError

from realtime import hub, messages, metrics
from realtime.access import BadGrant, BadTicket, Grant, is_same_origin, read_grant, read_ticket, sign_ticket
from realtime.limits import MAX_MESSAGE_BYTES, MAX_TOPICS, MESSAGE_BURST, MESSAGES_PER_S, Bucket
from realtime.outbox import Outbox, open_outbox

HELLO_DEADLINE_S = 10.0
NEW_TICKET_S = 300.0
"""A ticket lives twice as long: whoever is cut off comes back without asking the database who they are."""

TOO_BIG = 1009
BAD_MESSAGE = 4400
BAD_TICKET = 4401
NO_HELLO = 4408
TOO_MANY = 4429

LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


class Close(Exception):
    """The socket has to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class LiveConsumer(AsyncConsumer):
    """One socket's life. Its outbox exists between hello and the end."""

    def __init__(self) -> None:
        self._hub = hub.here()
        self._outbox: Outbox | None = None
        self._loop = asyncio.get_running_loop()
        self._bucket = Bucket(MESSAGE_BURST, MESSAGES_PER_S, self._loop.time())
        self._ticket_at = self._loop.time()

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        self.scope, self.base_send = scope, send
        await receive()  # websocket.connect
        if not is_same_origin(scope["headers"]):
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        try:
            await self._converse(receive)
        except Close as closing:
            metrics.CLOSED.labels(closing.code).inc()
            await send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})
        finally:
            if self._outbox is not None:
                self._hub.leave(self._outbox)

    async def _converse(self, receive: Callable[[], Awaitable[Any]]) -> None:
        try:
            async with asyncio.timeout(HELLO_DEADLINE_S):
                event = await receive()
        except TimeoutError:
            raise Close(NO_HELLO, "no hello") from None
        while event["type"] == "websocket.receive":
            await self.dispatch(event)
            event = await receive()

    async def dispatch(self, message: Any) -> None:
        """One inbound message. Raises Close."""
        if not self._bucket.take(self._loop.time()):
            raise Close(TOO_MANY, "too many messages")
        content = _parse(message.get("text"))
        kind = content.get("t")
        if self._outbox is None:
            if kind != "hello":
                raise Close(NO_HELLO, "hello comes first")
            self._outbox = self._hello(content)
        elif kind == "sub":
            await self._sub(self._outbox, content)
        elif kind == "unsub":
            self._hub.unwatch(self._outbox, _names(content.get("topics")))
        elif kind == "hb":
            self._heartbeat(self._outbox)
        else:
            self._outbox.say(messages.error("unknown_message"))

    def _hello(self, content: Mapping[str, Any]) -> Outbox:
        try:
            person = read_ticket(_text(content.get("ticket")))
        except BadTicket:
            raise Close(BAD_TICKET, "ticket") from None
        lang = content.get("lang")
        lang = lang if lang in LANGUAGES else settings.LANGUAGE_CODE
        outbox = open_outbox(self.scope, self.base_send, person=person, lang=lang)
        self._hub.enter(outbox)
        outbox.say(messages.welcome(self._hub.epoch, self._hub.tick_age_s, sign_ticket(person)))
        return outbox

    async def _sub(self, outbox: Outbox, content: Mapping[str, Any]) -> None:
        have, epoch = _versions(content.get("have")), _text(content.get("epoch", ""))
        try:
            grant = read_grant(_text(content.get("grant")), outbox.person)
        except BadGrant as bad:
            self._hub.refuse(outbox, list(have), bad.why)
            return
        try:
            numbers = await self._hub.numbers.of(grant.numbers)
        except (TimeoutError, DatabaseError):
            self._hub.refuse(outbox, list(grant.topics), "retry")
            return
        self._take_up(outbox, grant, numbers, have, epoch)

    def _take_up(
        self, outbox: Outbox, grant: Grant, numbers: Mapping[str, int], have: Mapping[str, int], epoch: str
    ) -> None:
        void = {scope for scope, n in grant.numbers.items() if numbers.get(scope) != n}
        opened = {name: scopes for name, scopes in grant.topics.items() if void.isdisjoint(scopes)}
        if revoked := [name for name in grant.topics if name not in opened]:
            self._hub.refuse(outbox, revoked, "revoked")
        if len(outbox.topics.keys() | opened.keys()) > MAX_TOPICS:
            self._hub.refuse(outbox, list(opened), "limit")
        else:
            self._hub.watch(outbox, opened, have, epoch)

    def _heartbeat(self, outbox: Outbox) -> None:
        now, ticket = self._loop.time(), ""
        if now - self._ticket_at >= NEW_TICKET_S:
            self._ticket_at, ticket = now, sign_ticket(outbox.person)
        outbox.say(messages.heartbeat(self._hub.tick_age_s, ticket))


def _parse(text: str | None) -> dict[str, Any]:
    if text is None:
        raise Close(BAD_MESSAGE, "text only")
    if len(text) > MAX_MESSAGE_BYTES:  # a server that does not count for us; characters are at most as many as bytes
        raise Close(TOO_BIG, "64 KB at most")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise Close(BAD_MESSAGE, "not JSON") from None
    if not isinstance(content, dict):
        raise Close(BAD_MESSAGE, "not an object")
    return content


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Close(BAD_MESSAGE, "a text is missing")
    return value


def _names(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Close(BAD_MESSAGE, "topics is a list of texts")
    return value


def _versions(value: object) -> dict[str, int]:
    if not isinstance(value, dict) or not all(type(version) is int for version in value.values()):
        raise Close(BAD_MESSAGE, "have gives each topic a whole number")
    return value
