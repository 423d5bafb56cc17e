"""A light WebSocket client: raw bytes on uvloop, because a library per socket would be every bench's bottleneck."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from tests.bench.message import BEGIN, now_ns, stamps

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
FINAL = 0x80
MASKED = 0x80
USUAL = bytes((FINAL | TEXT, 126))
"""The head of an unmasked text of 126 to 65,535 bytes; two bytes of length follow."""
LESS = ord("<")


@dataclass
class Tally:
    """What all clients of the process have received."""

    deliveries: int = 0
    target: int = 0
    closed: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    latencies_ns: list[int] | None = None

    def add(self, count: int, chunk: bytes, client: "Client") -> None:
        self.deliveries += count
        if self.latencies_ns is not None:
            now = now_ns()
            for version, sent_ns in stamps(chunk):
                self.latencies_ns.append(now - sent_ns)
                client.newest = max(client.newest, version)
        if self.deliveries >= self.target:
            self.reached.set()

    async def reach(self, target: int, within_s: float) -> bool:
        self.target = target
        self.reached.clear()
        if self.deliveries < target:
            try:
                await asyncio.wait_for(self.reached.wait(), within_s)
            except TimeoutError:
                return False
        return True

    def percentiles_ms(self) -> list[float]:
        """p50 and p99 of the recorded latencies, in milliseconds."""
        ordered = sorted(self.latencies_ns or [0])
        return [ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6 for share in (0.50, 0.99)]


def client_frame(opcode: int, payload: bytes) -> bytes:
    """A client's frame; a mask of zeros is a mask, and costs nothing to apply."""
    size = len(payload)
    if size < 126:
        head = bytes((FINAL | opcode, MASKED | size))
    else:
        head = bytes((FINAL | opcode, MASKED | 126)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def server_frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Whole (opcode, payload) frames at the start of `data`, and the rest."""
    frames, at = [], 0
    while len(data) - at >= 2:
        size, start = data[at + 1] & 0x7F, at + 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            size, start = int.from_bytes(data[start : start + wide], "big"), start + wide
        if len(data) < start + size:
            break
        frames.append((data[at] & 0x0F, data[start : start + size]))
        at = start + size
    return frames, data[at:]


class Client(asyncio.Protocol):
    """One socket: handshake, the opening messages, then counting."""

    __slots__ = ("_opening", "_partial", "_ready_word", "_tally", "_transport", "_upgraded", "newest", "ready")

    def __init__(self, tally: Tally, request: bytes, opening: list[bytes], ready_word: bytes) -> None:
        self._tally, self._opening, self._ready_word = tally, [request, *opening], ready_word
        self._partial = b""
        self._upgraded = False
        self.newest = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._opening.pop(0))

    def connection_lost(self, exc: Exception | None) -> None:
        self._tally.closed += 1
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was subscribed"))

    def data_received(self, data: bytes) -> None:
        # The usual chunk is one whole message of fragments, of middle length: count without parsing.
        if data[:2] == USUAL and len(data) - 4 == data[2] << 8 | data[3] and data[4] == LESS and not self._partial:
            self._tally.add(data.count(BEGIN), data, self)
        else:
            self._partial += data
            self._read()

    def _read(self) -> None:
        if not self._upgraded and not self._upgrade():
            return
        frames, self._partial = server_frames(self._partial)
        for opcode, payload in frames:
            self._take(opcode, payload)

    def _upgrade(self) -> bool:
        head, end, rest = self._partial.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head[:20]:
            self._transport.close()
            if not self.ready.done():
                self.ready.set_exception(ConnectionError(head.decode("latin-1")))
            return False
        self._partial, self._upgraded = rest, True
        for text in self._opening:
            self._transport.write(client_frame(TEXT, text))
        if not self._ready_word:
            self.ready.set_result(None)
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._transport.write(client_frame(PONG, payload))
        elif opcode == CLOSE:
            self._transport.close()
        else:
            self._text(payload)

    def _text(self, payload: bytes) -> None:
        if payload.startswith(BEGIN):
            self._tally.add(payload.count(BEGIN), payload, self)
        elif self._ready_word in payload and not self.ready.done():
            self.ready.set_result(None)
