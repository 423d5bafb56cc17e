"""What a socket may say, and the codes that it is closed with for saying something else; docs/live.md lists both."""

import json
import re
from collections.abc import Mapping
from typing import Any

from realtime.limits import MAX_MESSAGE_BYTES

TOO_BIG = 1009
BAD_MESSAGE = 4400
BAD_TICKET = 4401
NO_HELLO = 4408
TOO_MANY = 4429

_TRACE = re.compile(r"[0-9]{1,19}\.[0-9]{1,15}")
GREATEST_VERSION = 2**63 - 1
"""What PostgreSQL can count to."""


class Close(Exception):
    """The socket has to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def parse(text: str | None) -> dict[str, Any]:
    """One inbound message. Like all of this module it raises Close for what makes no sense."""
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


def text_in(content: Mapping[str, Any], key: str, otherwise: str | None = None) -> str:
    """All that we sign, number or name is ASCII; JSON can hold halves of characters, which nothing could encode."""
    value = content.get(key, otherwise)
    if not isinstance(value, str) or not value.isascii():
        raise Close(BAD_MESSAGE, f"{key} is a text")
    return value


def topics_in(content: Mapping[str, Any]) -> list[str]:
    value = content.get("topics")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Close(BAD_MESSAGE, "topics is a list of texts")
    return value


def have_in(content: Mapping[str, Any]) -> dict[str, int]:
    """The versions that a page shows."""
    value = content.get("have")
    if not isinstance(value, dict) or not all(_is_version(version) for version in value.values()):
        raise Close(BAD_MESSAGE, "have gives each topic a whole number")
    return value


def version_in(content: Mapping[str, Any]) -> int:
    value: int = content.get("v", -1)
    if not _is_version(value):
        raise Close(BAD_MESSAGE, "v is a whole number")
    return value


def flag_in(content: Mapping[str, Any], key: str) -> bool:
    value = content.get(key)
    if not isinstance(value, bool):
        raise Close(BAD_MESSAGE, f"{key} is true or false")
    return value


def trace_in(content: Mapping[str, Any]) -> str:
    """`<event id>.<milliseconds since 1970>`, as it came with a frame."""
    value = text_in(content, "trace")
    if not _TRACE.fullmatch(value):
        raise Close(BAD_MESSAGE, "trace is what a frame brought")
    return value


def _is_version(value: object) -> bool:
    return type(value) is int and 0 <= value <= GREATEST_VERSION
