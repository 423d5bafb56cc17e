"""Redis's wire protocol, as far as one has to know where a reply ends and which of them is a published message."""

from collections.abc import Iterator

_BULK, _LISTS, _MAP = b"$=!", b"*>~", b"%"
_REVOCATIONS, _HEAD = b"\r\nlive:revoke\r\n", 64
_MESSAGES = (b"*3\r\n$7\r\nmessage\r\n", b">3\r\n$7\r\nmessage\r\n")


class Incomplete(Exception):
    """The rest of the reply has not arrived yet."""


def end_of_reply(data: bytes, start: int = 0) -> int:
    """Where the reply that begins at `start` ends. Raises Incomplete."""
    line_end = data.find(b"\r\n", start)
    if line_end < 0:
        raise Incomplete
    kind, after = data[start : start + 1], line_end + 2
    if kind in _BULK:
        return _end_of_bulk(data, int(data[start + 1 : line_end]), after)
    if kind in _LISTS or kind == _MAP:
        for _ in range(int(data[start + 1 : line_end]) * (2 if kind == _MAP else 1)):
            after = end_of_reply(data, after)
    return after


def _end_of_bulk(data: bytes, size: int, after: int) -> int:
    end = after if size < 0 else after + size + 2
    if end > len(data):
        raise Incomplete
    return end


class Replies:
    """Cuts a stream into whole replies."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._rest += data
        start = 0
        try:
            while start < len(self._rest):
                end = end_of_reply(self._rest, start)
                yield self._rest[start:end]
                start = end
        except Incomplete:
            return
        finally:
            self._rest = self._rest[start:]


def is_of_layer(reply: bytes) -> bool:
    """Whether the channel layer published this; all else must not be lost or doubled: answers to what was asked, and
    the lane of revocations, which reads everything again whenever its connection was lost."""
    return reply.startswith(_MESSAGES) and _REVOCATIONS not in reply[:_HEAD]
