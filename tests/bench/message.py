"""The message that every system of the fanout bench sends: one fragment in the frame of our protocol."""

import time

FIRST = 42
TOPIC = f"stock:{FIRST}"
FRAGMENT_BYTES = 587
BEGIN = b"<template "
STAMP = b'data-sent="'
VERSION_DIGITS, TIME_DIGITS = 8, 20


def now_ns() -> int:
    """Nanoseconds of the machine's monotonic clock: comparable between its processes."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def topics(count: int) -> list[str]:
    """The cells of one page."""
    return [f"stock:{number}" for number in range(FIRST, FIRST + count)]


def fragment(version: int, sent_ns: int, topic: str = TOPIC) -> str:
    """A stock cell of 587 bytes that says which version it is and when it was published."""
    stamp = f"{version:0{VERSION_DIGITS}d}.{sent_ns:0{TIME_DIGITS}d}"
    head = f'<div id="{topic.replace(":", "-")}" data-topic="{topic}" data-v="{version}" data-sent="{stamp}"><span>'
    tail = "</span></div>"
    return head + "x" * (FRAGMENT_BYTES - len(head) - len(tail)) + tail


def message(version: int, sent_ns: int, topic: str = TOPIC) -> str:
    """The whole WebSocket message, as `docs/live.md` describes it."""
    frame = f'<template data-topic="{topic}" data-v="{version}" data-push="replace">'
    return f"{frame}{fragment(version, sent_ns, topic)}</template>"


def stamps(chunk: bytes) -> list[tuple[int, int]]:
    """Version and time of publishing of each fragment in the chunk."""
    return [_stamp(part) for part in chunk.split(STAMP)[1:]]


def _stamp(part: bytes) -> tuple[int, int]:
    return int(part[:VERSION_DIGITS]), int(part[VERSION_DIGITS + 1 : VERSION_DIGITS + 1 + TIME_DIGITS])
