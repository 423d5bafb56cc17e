"""The limit in Python: a uvloop protocol that shakes hands and writes one pre-built frame to every socket.

`python -m tests.bench.servers.bare_writer PORT`; each {"do": "publish"} command is one broadcast.
"""

import asyncio
import base64
import hashlib
import re
import sys
from typing import cast

import uvloop

from realtime.wire import encode_text_frame
from tests.bench.children import raise_descriptor_limit
from tests.bench.lines import Words, answer, commands
from tests.bench.message import message, now_ns

KEY = re.compile(rb"sec-websocket-key: *(\S+)", re.IGNORECASE)
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "

TRANSPORTS: set[asyncio.Transport] = set()


class BareSocket(asyncio.Protocol):
    """Only what the handshake needs; whatever the client says afterwards is ignored."""

    __slots__ = ("_head", "_transport")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._head = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        if self._transport not in TRANSPORTS:
            self._head += data
            self._shake_hands()

    def connection_lost(self, exc: Exception | None) -> None:
        TRANSPORTS.discard(self._transport)

    def _shake_hands(self) -> None:
        key = KEY.search(self._head)
        if key and self._head.endswith(b"\r\n\r\n"):
            digest = hashlib.sha1(key[1] + GUID, usedforsecurity=False).digest()
            self._transport.write(ACCEPTED + base64.b64encode(digest) + b"\r\n\r\n")
            TRANSPORTS.add(self._transport)


def publish(asked: Words) -> None:
    """One write per change and socket, whoever else could have been written with it."""
    for topic in asked["topics"]:
        frame = encode_text_frame(message(asked["version"], now_ns(), topic).encode())
        for transport in TRANSPORTS:
            transport.write(frame)


async def main(port: int) -> None:
    raise_descriptor_limit()
    server = await asyncio.get_running_loop().create_server(BareSocket, "127.0.0.1", port, backlog=2048)
    answer(ready=True)
    async with server:
        async for asked in commands():
            publish(asked)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
