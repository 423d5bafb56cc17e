"""The socket: hello, sub, unsub, hb, typing, seen, ack. Text only, JSON objects only; docs/live.md lists the codes.

It touches neither the database nor the channel layer, so it overrides what Channels does for those who do: a layer
channel per socket and a hop to a thread per message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import DatabaseError

from realtime import hub, lag, limits, messages, metrics
from realtime.access import BadGrant, BadTicket, Grant, is_same_origin, read_grant, read_ticket, sign_ticket
from realtime.inbound import (
    BAD_TICKET,
    NO_HELLO,
    TOO_MANY,
    Close,
    flag_in,
    have_in,
    parse,
    text_in,
    topics_in,
    trace_in,
    version_in,
)
from realtime.limits import MAX_TOPICS, MESSAGES_OF_A_SOCKET, Who, address_of
from realtime.outbox import Outbox, open_outbox

HELLO_DEADLINE_S = 10.0
NEW_TICKET_S = 300.0
"""A ticket lives twice as long: whoever is cut off comes back without asking the database who they are."""

LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


class LiveConsumer(AsyncConsumer):
    """One socket's life. Its outbox exists between hello and the end."""

    def __init__(self) -> None:
        self._hub = hub.here()
        self._outbox: Outbox | None = None
        self._loop = asyncio.get_running_loop()
        self._spent_until = 0.0
        self._ticket_at = self._loop.time()

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        self.scope, self.base_send = scope, send
        await receive()  # websocket.connect
        if not is_same_origin(scope["headers"]):
            metrics.CLOSED.labels(403).inc()
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        scope["headers"] = []  # they have been looked at, and would stay as long as the socket does
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
        text = message.get("text")
        self._count(len(text or ""))
        content = parse(text)
        if self._outbox is not None:
            await self._obey(self._outbox, content)
        elif content.get("t") == "hello":
            self._outbox = self._hello(content)
        else:
            raise Close(NO_HELLO, "hello comes first")

    async def _obey(self, outbox: Outbox, content: Mapping[str, Any]) -> None:
        match content.get("t"):
            case "sub":
                await self._sub(outbox, content)
            case "unsub":
                self._hub.unwatch(outbox, topics_in(content))
            case "hb":
                self._heartbeat(outbox)
            case "typing":
                self._hub.presence.typing(outbox, text_in(content, "topic"), flag_in(content, "on"))
            case "seen":
                self._hub.presence.seen(outbox, text_in(content, "topic"), version_in(content))
            case "ack":
                lag.acknowledged(trace_in(content))
            case _:
                metrics.NOT_KNOWN.inc()
                outbox.say(messages.error("unknown_message"))

    def _count(self, size: int) -> None:
        now, ours, who = self._loop.time(), limits.here(), self._who()
        self._spent_until = MESSAGES_OF_A_SOCKET.spend(self._spent_until, now)
        is_too_much = MESSAGES_OF_A_SOCKET.wait_s(self._spent_until, now)
        if is_too_much or ours.messages.wait_s(who, now) or ours.bytes.wait_s(who, now, size):
            metrics.LIMITED.labels("messages").inc()
            raise Close(TOO_MANY, "too many messages")

    def _who(self) -> Who:
        """Whose budget this socket spends from: the person's, or that of the address where it is nobody's."""
        return (self._outbox and self._outbox.person) or address_of(self.scope)

    def _hello(self, content: Mapping[str, Any]) -> Outbox:
        try:
            ticket = read_ticket(text_in(content, "ticket"))
        except BadTicket:
            raise Close(BAD_TICKET, "ticket") from None
        person = ticket.person
        self._ticket_at -= max(0.0, ticket.age_s)
        if person and limits.here().person_connects.wait_s(person, self._loop.time()):
            metrics.LIMITED.labels("connects").inc()
            raise Close(TOO_MANY, "too many sockets")
        outbox = open_outbox(self.scope, self.base_send, person=person, lang=_language(content))
        self._hub.enter(outbox)
        outbox.say(messages.welcome(self._hub.epoch, self._hub.tick_age_s, self._new_ticket(person)))
        return outbox

    async def _sub(self, outbox: Outbox, content: Mapping[str, Any]) -> None:
        have, epoch, token = have_in(content), text_in(content, "epoch", ""), text_in(content, "grant")
        if limits.here().subscribes.wait_s(self._who(), self._loop.time()):
            metrics.LIMITED.labels("subscribes").inc()
            self._hub.refuse(outbox, list(have), "retry")
            return
        try:
            grant = read_grant(token, outbox.person)
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
            self._hub.presence.enter(outbox, opened, grant.name)

    def _heartbeat(self, outbox: Outbox) -> None:
        self._hub.presence.beat(outbox)
        outbox.say(messages.heartbeat(self._hub.tick_age_s, self._new_ticket(outbox.person)))

    def _new_ticket(self, person: int) -> str:
        """Empty while the one that the page has is young."""
        now = self._loop.time()
        if now - self._ticket_at < NEW_TICKET_S:
            return ""
        self._ticket_at = now
        return sign_ticket(person)


def _language(hello: Mapping[str, Any]) -> str:
    """The language of the frames; none for a page of another build, which only ever asks for its regions again."""
    lang, build = hello.get("lang"), hello.get("build", settings.BUILD)
    if build != settings.BUILD:
        return ""
    return lang if isinstance(lang, str) and lang in LANGUAGES else settings.LANGUAGE_CODE
