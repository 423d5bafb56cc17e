"""A partner's socket as the hub sees it: the same outbox as a page's, whose messages are Socket.IO events.

python-socketio shakes hands, acknowledges and pings. What is live is written past its queue, which has no bound: by
the server's own writer, encoded once for all partners, held and conflated for a slow reader as for any page.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from realtime import limits
from realtime.inbound import BAD_MESSAGE, TOO_BIG, TOO_MANY, Close
from realtime.limits import BYTES_OF_A_SOCKET, MAX_MESSAGE_BYTES, MESSAGES_OF_A_SOCKET
from realtime.outbox import Outbox, SendWriter
from realtime.road import JSON
from realtime.wire import WRITER_EXTENSION, SharedWriter, encode_text_frame

LEAVE = b"41"
"""Socket.IO's DISCONNECT: a client that reads it does not come back by itself."""

MOST_WAITING = 1000
"""Entries that one socket keeps while the database is asked; of more the database is asked again."""

_FRAME = re.compile(rb'\{"topic":"([^"]+)","v":(\d+),"push":"(\w+)"')
_EVENT = re.compile(r"42(\d{0,15})(\[.*)", re.DOTALL)
_CONNECT = re.compile(r"40(\{.*)?", re.DOTALL)
_RESERVED = frozenset({"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
"""Events that Socket.IO raises itself: a client that could send them would choose its own handshake."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The hub has nothing to show of a topic but knows that it changed: a page would GET its region."""

    topic: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log, encoded."""

    topic: str
    seq: int
    message: Any


def event(name: str, payload: bytes) -> bytes:
    """A Socket.IO event of the default namespace with one argument, JSON."""
    return b'42["' + name.encode() + b'",' + payload + b"]"


def _packed(payload: bytes, encode: Callable[[bytes], Any]) -> Ask | Entry | Any:
    """What a payload becomes for every partner: frames are events, the signal to ask is answered by ourselves."""
    found = _FRAME.match(payload)
    if found is None:
        return Ask(json.loads(payload)["topics"][0])
    message = encode(event("frame", payload))
    if found[3] == b"append":
        return Entry(found[1].decode(), int(found[2]), message)
    return message


class PartnerWriter:
    """What an outbox's messages go through: entries of a log stay in order, also while the database is asked."""

    def __init__(self, out: SharedWriter, asked: Callable[[str], None]) -> None:
        self._out = out
        self._asked = asked
        self.seqs: dict[str, int] = {}
        """The last entry that the partner has of each log; missing while that is not known."""
        self.waiting: dict[str, list[Entry]] = {}
        """Logs that the database is asked for, and the entries that came meanwhile."""

    @property
    def paused(self) -> bool:
        return self._out.paused

    @property
    def on_change(self) -> Callable[[], None] | None:
        return self._out.on_change

    @on_change.setter
    def on_change(self, changed: Callable[[], None] | None) -> None:
        self._out.on_change = changed

    def buffered(self) -> int:
        return self._out.buffered()

    def close(self, code: int, reason: str = "") -> None:
        self._out.close(code, reason)

    def write(self, message: Any) -> None:
        """A message of the outbox's, in any of the shapes that `PartnerOutbox.pack` makes."""
        if isinstance(message, Ask):
            self._asked(message.topic)
        elif isinstance(message, Entry):
            self._append(message)
        else:
            self._out.write(message)

    def _append(self, entry: Entry) -> None:
        waiting = self.waiting.get(entry.topic)
        if waiting is not None:
            waiting += [entry][: MOST_WAITING - len(waiting)]
            return
        last = self.seqs.get(entry.topic, 0)
        if entry.seq > last + 1:
            self._asked(entry.topic)
        elif entry.seq == last + 1:
            self.seqs[entry.topic] = entry.seq
            self._out.write(entry.message)

    def catch_up(self, topic: str, entries: Iterable[Entry], upto: int) -> None:
        """The database has answered with all entries up to one; what came meanwhile follows."""
        waiting = self.waiting.pop(topic, [])
        for entry in entries:
            if entry.seq > self.seqs.get(topic, entry.seq - 1):
                self._out.write(entry.message)
        self.seqs[topic] = max(upto, self.seqs.get(topic, 0))
        for entry in waiting:
            self._append(entry)

    def forget(self, topic: str) -> None:
        self.seqs.pop(topic, None)
        self.waiting.pop(topic, None)


class PartnerOutbox(Outbox):
    """One partner's socket. All of them read the same language, and share every message."""

    __slots__ = ("logs", "on_told")

    encode = staticmethod(encode_text_frame)

    def __init__(self, out: SharedWriter, asked: Callable[[str], None]) -> None:
        self.logs = PartnerWriter(out, asked)
        """The writer, as it knows the logs."""
        super().__init__(cast(SharedWriter, self.logs), person=0, lang=JSON)
        self.on_told: Callable[[dict[str, Any]], None] = lambda _message: None
        """What the hub says to this socket alone (`realtime.messages`), not as a partner reads it."""

    def say(self, message: bytes) -> None:
        self.on_told(json.loads(message))

    def tell(self, name: str, content: Mapping[str, object]) -> None:
        """An event for this socket alone."""
        self.writer.write(self.encode(event(name, json.dumps(content, separators=(",", ":")).encode())))

    def part(self, code: int, reason: str) -> None:
        """The end, which the client hears of as the server's wish: it does not come back by itself."""
        self.writer.write(self.encode(LEAVE))
        self.writer.close(code, reason)

    def pack(self, payloads: tuple[bytes, ...]) -> list[Any]:
        return [_packed(payload, self.encode) for payload in payloads]


class TextPartnerOutbox(PartnerOutbox):
    """The fallback for servers that offer nothing but `send`."""

    __slots__ = ()

    encode = staticmethod(bytes.decode)  # type: ignore[assignment]


def open_partner_outbox(
    scope: Mapping[str, Any], send: Callable[[Any], Awaitable[None]], asked: Callable[[str], None]
) -> PartnerOutbox:
    """The way out that this socket's server offers, as `outbox.open_outbox` for pages."""
    writer = scope.get("extensions", {}).get(WRITER_EXTENSION)
    if writer is not None:
        return PartnerOutbox(writer, asked)
    return TextPartnerOutbox(cast(SharedWriter, SendWriter(send)), asked)


class Doorman:
    """Lets through what a partner may send: text, one handshake, events of our own; counted, and closed if it is else.

    python-socketio would keep binary attachments without limit, take a second handshake, and let a client raise its
    own `connect`.
    """

    def __init__(
        self, receive: Callable[[], Awaitable[Any]], close: Callable[[int, str], None], who: limits.Who
    ) -> None:
        self._receive = receive
        self._close = close
        self._now = asyncio.get_running_loop().time
        self._who = who
        self._spent_messages = self._spent_bytes = 0.0
        self._has_connected = False

    async def receive(self) -> Any:
        """The next ASGI event. For python-socketio a socket that we close has gone."""
        event = await self._receive()
        if event["type"] == "websocket.receive":
            try:
                self._check(event.get("text"))
            except Close as closing:
                self._close(closing.code, closing.reason)
                return {"type": "websocket.disconnect", "code": closing.code}
        return event

    def _check(self, text: str | None) -> None:
        if text is None:
            raise Close(BAD_MESSAGE, "text only")
        if len(text) > MAX_MESSAGE_BYTES:
            raise Close(TOO_BIG, "64 KB at most")
        self._count(len(text))
        if text in ("1", "3", "41"):
            return
        if _CONNECT.fullmatch(text):
            self._check_connect(text[2:])
        elif found := _EVENT.fullmatch(text):
            _check_event(found[2])
        else:
            raise Close(BAD_MESSAGE, "no packet of ours")

    def _count(self, size: int) -> None:
        now = self._now()
        self._spent_messages = MESSAGES_OF_A_SOCKET.spend(self._spent_messages, now)
        self._spent_bytes = BYTES_OF_A_SOCKET.spend(self._spent_bytes, now, size)
        ours = limits.here()
        if (
            MESSAGES_OF_A_SOCKET.wait_s(self._spent_messages, now)
            or BYTES_OF_A_SOCKET.wait_s(self._spent_bytes, now)
            or ours.messages.wait_s(self._who, now)
            or ours.bytes.wait_s(self._who, now, size)
        ):
            raise Close(TOO_MANY, "too many messages")

    def _check_connect(self, auth: str) -> None:
        if self._has_connected:
            raise Close(BAD_MESSAGE, "connected already")
        self._has_connected = True
        if auth and not isinstance(_json(auth), dict):
            raise Close(BAD_MESSAGE, "auth is an object")


def _check_event(arguments: str) -> None:
    content = _json(arguments)
    if not isinstance(content, list) or not content or not isinstance(content[0], str) or content[0] in _RESERVED:
        raise Close(BAD_MESSAGE, "no event of ours")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Close(BAD_MESSAGE, "not JSON") from None
