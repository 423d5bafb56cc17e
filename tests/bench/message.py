"""The message that every system of the fanout bench sends: one fragment in the frame of our protocol."""

import time

TOPIC = "stock:42"
FRAGMENT_BYTES = 587
BEGIN = b"<template "
END = b"</template>"
STAMP = b'data-sent="'
STAMP_DIGITS = 20


def now_ns() -> int:
    """Nanoseconds of the machine's monotonic clock: comparable between its processes."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def fragment(version: int, sent_ns: int) -> str:
    """A stock cell of 587 bytes that says when it was published."""
    head = f'<div id="stock-42" data-topic="{TOPIC}" data-v="{version}" data-sent="{sent_ns:0{STAMP_DIGITS}d}"><span>'
    tail = "</span></div>"
    return head + "x" * (FRAGMENT_BYTES - len(head) - len(tail)) + tail


def message(version: int, sent_ns: int) -> str:
    """The whole WebSocket message, as `docs/live.md` describes it."""
    frame = f'<template data-topic="{TOPIC}" data-v="{version}" data-push="replace">'
    return f"{frame}{fragment(version, sent_ns)}</template>"


def stamps(chunk: bytes) -> list[int]:
    """When each fragment in the chunk was published."""
    return [int(part[:STAMP_DIGITS]) for part in chunk.split(STAMP)[1:]]
