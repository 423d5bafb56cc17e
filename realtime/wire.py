"""WebSocket frames as bytes (RFC 6455 section 5.2), and the door through which the hub writes them.

Standard library only, so that the hub can import it under every server and in every test.
"""

from collections.abc import Callable
from typing import Protocol

WRITER_EXTENSION = "entrepot.write"
"""Key in `scope["extensions"]` under which a server that can share writes offers its `SharedWriter`."""

_FINAL_TEXT = 0x81
_LENGTH_16 = 126
_LENGTH_64 = 127


def encode_text_frame(payload: bytes) -> bytes:
    """One unmasked, final, server-to-client text frame; `payload` must be UTF-8.

    Encode once, then hand the same bytes to every socket: nothing in the frame belongs to one of them.
    """
    size = len(payload)
    if size < _LENGTH_16:
        head = bytes((_FINAL_TEXT, size))
    elif size < 1 << 16:
        head = bytes((_FINAL_TEXT, _LENGTH_16)) + size.to_bytes(2, "big")
    else:
        head = bytes((_FINAL_TEXT, _LENGTH_64)) + size.to_bytes(8, "big")
    return head + payload


class SharedWriter(Protocol):
    """One accepted socket, as the hub sees it. All calls return at once; none may be awaited.

    Call only from the server's event loop. Before the handshake is accepted and after the first
    close (by either side) `write` and `close` are silently ignored, so the hub needs no check.
    """

    write: Callable[[bytes], None]
    """Queues an encoded frame by reference (no copy). Another one from the moment that the socket closes."""

    paused: bool
    """True while more than 64 KiB wait in this process: the reader is slow, keep only the newest. No call, cheap."""

    on_change: Callable[[], None] | None
    """Set by the hub: called in the event loop whenever `paused` or `write` has changed; at the end perhaps twice.

    `paused` is False again when the backlog has fallen below 16 KiB.
    """

    def buffered(self) -> int:
        """Bytes handed over and not yet taken by the kernel, those of this loop turn included: ask before writing."""

    def close(self, code: int, reason: str = "") -> None:
        """Sends a close frame behind what is queued; a reader that takes none of it is cut after 5 s.

        The application receives `websocket.disconnect` with this code at once.
        """
