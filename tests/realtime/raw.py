"""A WebSocket client that can break every rule of RFC 6455: bytes on a TCP connection, and nothing done by itself."""

import base64
import os
import socket
import struct
from dataclasses import dataclass
from typing import Self

from tests.realtime.page import PATIENCE_S

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1, RSV2, RSV3 = 0x80, 0x40, 0x20, 0x10
MASK_BIT = 0x80
KEY = bytes((0x37, 0xFA, 0x21, 0x3D))


@dataclass(frozen=True)
class Received:
    """One frame as it came."""

    head: int
    payload: bytes

    @property
    def opcode(self) -> int:
        return self.head & 0x0F

    @property
    def close_code(self) -> int:
        """Section 5.5.1: the first two bytes of a close frame's payload."""
        assert self.opcode == CLOSE, self
        return int(struct.unpack("!H", self.payload[:2])[0])


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    head: int = FIN,
    is_masked: bool = True,
    length: bytes | None = None,
) -> bytes:
    """A client's frame; `length` writes the length field in another way (without the mask bit)."""
    field = bytearray(_length(len(payload)) if length is None else length)
    if is_masked:
        field[0] |= MASK_BIT
        payload = KEY + bytes(byte ^ KEY[at % 4] for at, byte in enumerate(payload))
    return bytes((head | opcode,)) + bytes(field) + payload


def _length(size: int) -> bytes:
    if size < 126:
        return bytes((size,))
    return struct.pack("!BH", 126, size) if size < 1 << 16 else struct.pack("!BQ", 127, size)


def close_payload(code: int, reason: bytes = b"") -> bytes:
    return struct.pack("!H", code) + reason


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RawSocket:
    """An open WebSocket at a port of this machine."""

    def __init__(self, port: int, **headers: str) -> None:
        self._tcp = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._unread = b""
        self.status, self.headers = self._shake_hands(port, headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tcp.close()

    def send(self, *frames: bytes) -> None:
        self._tcp.sendall(b"".join(frames))

    def receive(self) -> Received:
        """The next frame; a server never masks (section 5.1). Raises EOFError where the connection ended."""
        head, size = self._read(2)
        assert not size & MASK_BIT
        if size == 126:
            (size,) = struct.unpack("!H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._read(8))
        return Received(head, self._read(size))

    def is_ended(self) -> bool:
        """Whether nothing more comes, also not later."""
        try:
            return not self._unread and not self._tcp.recv(1)
        except ConnectionResetError:
            return True

    def _shake_hands(self, port: int, given: dict[str, str]) -> tuple[int, dict[str, str]]:
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {
            "Host": f"127.0.0.1:{port}",
            "Origin": f"http://127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
        } | {name.replace("_", "-"): value for name, value in given.items()}
        lines = ["GET /live HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value), "", ""]
        self._tcp.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self._unread:
            self._unread += self._more()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        status, *answers = head.decode().split("\r\n")
        return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in answers)

    def _read(self, size: int) -> bytes:
        while len(self._unread) < size:
            self._unread += self._more()
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    def _more(self) -> bytes:
        more = self._tcp.recv(65_536)
        if not more:
            raise EOFError(self._unread)
        return more
