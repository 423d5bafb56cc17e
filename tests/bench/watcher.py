"""A page without a browser: it holds its cells as text, asks where it is told to ask, and comes back when it is cut."""

import asyncio
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bench.client import TEXT, Client, Tally, client_frame
from tests.bench.message import now_ns
from tests.bench.opening import hello, subscription

FRAME = re.compile(
    rb'<template (?:data-trace="[^"]*" )?data-topic="([^"]+)" data-v="(\d+)" data-push="(\w+)">(.*?)</template>',
    re.DOTALL,
)
LONGEST_WAIT_S, FIRST_WAIT_S = 30.0, 1.0


ToldToAsk = Callable[[list[str], float], None]
"""Topics to be fetched from their own address within so many seconds."""


@dataclass
class Shown:
    """What a page shows, and what has befallen it; it outlives its sockets."""

    ticket: str
    grant: str
    have: dict[str, int]
    address: str = ""
    html: dict[str, bytes] = field(default_factory=dict)
    is_live: bool = False
    live_at_ns: int = 0
    attempts: int = 0
    refreshed: list[str] = field(default_factory=list)
    """Topics that it was told to fetch from their own address: what needs the database."""
    refused: int = 0
    arrivals: list[tuple[str, int, int]] = field(default_factory=list)
    """Topic, version, monotonic ns: in the order in which they came."""
    unread: list[tuple[bytes, int]] = field(default_factory=list)

    gaps: set[str] = field(default_factory=set)
    """Logs of which an entry is missing before one that came: the page has to ask again."""

    def read(self) -> None:
        """Takes in what has come. Done when somebody asks, so that a flood of frames is not slowed by who counts it."""
        for payload, at_ns in self.unread:
            for name, v, push, html in FRAME.findall(payload):
                topic, version = name.decode(), int(v)
                if push == b"append" and version > self.have[topic] + 1:
                    self.gaps.add(topic)
                elif version > self.have.get(topic, 0):
                    self.have[topic], self.html[topic] = version, html
                    self.arrivals.append((topic, version, at_ns))
        self.unread.clear()


def backoff_s(attempt: int) -> float:
    """As live.js waits: full jitter."""
    return random.random() * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempt, 10))


class Watcher(Client):
    """One socket of a page."""

    __slots__ = ("_epoch", "_shown", "_subscribed", "lost", "told_to_ask")

    def __init__(self, tally: Tally, request: bytes, shown: Shown, told_to_ask: ToldToAsk) -> None:
        self.told_to_ask = told_to_ask
        super().__init__(tally, request, [hello(shown.ticket, "").encode()], b'"welcome"')
        self._shown, self._epoch = shown, ""
        self._subscribed: set[str] = set()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._partial += data
        self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._shown.is_live = False
        if not self.lost.done():
            self.lost.set_result(None)

    def _text(self, payload: bytes) -> None:
        super()._text(payload)
        if payload.startswith(b"<"):
            self._shown.unread.append((payload, now_ns()))
        else:
            self._answer(json.loads(payload))

    def _answer(self, message: dict[str, Any]) -> None:
        shown = self._shown
        match message:
            case {"t": "welcome", "epoch": epoch}:
                shown.read()
                self._epoch = epoch
                if shown.grant:
                    self.ask_again()
                else:
                    self._went_live()
            case {"t": "subscribed", "topics": topics}:
                self._subscribed.update(topics)
                if self._subscribed >= shown.have.keys():
                    self._went_live()
            case {"t": "refresh", "topics": topics, "within_s": within_s}:
                shown.refreshed += topics
                self.told_to_ask(topics, within_s)
            case {"t": "refused", "topics": topics}:
                shown.refused += len(topics)

    def ask_again(self) -> None:
        """Subscribes anew with what the page has, as it does where it sees a gap."""
        self._transport.write(
            client_frame(TEXT, subscription(self._shown.grant, self._shown.have, self._epoch).encode())
        )
        self._shown.gaps.clear()

    def _went_live(self) -> None:
        self._shown.is_live, self._shown.live_at_ns = True, now_ns()

    def hold(self, is_held: bool) -> None:
        """Stops reading, or goes on."""
        if is_held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def cut(self) -> None:
        """As a broken network does: no farewell."""
        self._transport.abort()
