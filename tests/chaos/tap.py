"""Stands between our processes and Valkey: whose connection it is, and what becomes of what is published.

Commands and their answers pass untouched unless a gate holds them; published messages may be dropped, doubled or
late, as the channel layer's may be.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos.resp import Replies, is_of_layer

CHUNK = 65_536


@dataclass
class Fate:
    """What happens to a published message on its way to a process."""

    drops: float = 0.0
    doubles: float = 0.0
    delay_s: float = 0.0
    rng: Random = field(default_factory=Random)
    dropped: int = 0
    """How many it has met already."""

    def copies(self) -> int:
        """How often it arrives."""
        chance = self.rng.random()
        self.dropped += chance < self.drops
        return 0 if chance < self.drops else 2 if chance < self.drops + self.doubles else 1


@dataclass
class Gate:
    """Holds whatever a process sends that contains a word, until it is opened."""

    owner: str
    word: bytes
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def holds(self, owner: str, data: bytes) -> bool:
        return owner == self.owner and self.word in data and not self.opened.is_set()


@dataclass(eq=False)
class Link:
    """One process's connection."""

    owner: str
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    listens: bool = False

    def cut(self) -> None:
        for writer in (self.near, self.far):
            writer.transport.abort()


class Tap:
    """A unix socket in front of another. `name_of` says which of our processes a pid is."""

    def __init__(self, path: Path, behind: Path, name_of: Callable[[int], str]) -> None:
        self.path, self._behind, self._name_of = path, behind, name_of
        self.fate = Fate()
        self.gates: list[Gate] = []
        self.shut_out: set[str] = set()
        """Processes that can't reach Valkey."""
        self.links: set[Link] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_unix_server(self._serve, self.path)
        try:
            yield
        finally:
            server.close()
            self.cut()

    def cut(self, *, only_listeners: bool = False, owner: str = "") -> int:
        """Cuts connections; returns how many."""
        chosen = [link for link in self.links if (link.listens or not only_listeners) and owner in ("", link.owner)]
        for link in chosen:
            link.cut()
        return len(chosen)

    @contextlib.contextmanager
    def gate(self, owner: str, word: bytes) -> Iterator[Gate]:
        gate = Gate(owner, word)
        self.gates.append(gate)
        try:
            yield gate
        finally:
            gate.opened.set()
            self.gates.remove(gate)

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        owner = self._name_of(_pid_of(near.get_extra_info("socket")))
        try:
            if owner in self.shut_out:
                raise ConnectionRefusedError
            answers, far = await asyncio.open_unix_connection(self._behind)
        except OSError:
            near.transport.abort()
            return
        link = Link(owner, near, far)
        self.links.add(link)
        try:
            await _until_one_ends(self._ask(link, reader), self._answer(link, answers))
        finally:
            self.links.discard(link)
            link.cut()

    async def _ask(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            link.listens = link.listens or b"SUBSCRIBE" in data
            for gate in [gate for gate in self.gates if gate.holds(link.owner, data)]:
                gate.reached.set()
                await gate.opened.wait()
            link.far.write(data)
            await link.far.drain()

    async def _answer(self, link: Link, answers: asyncio.StreamReader) -> None:
        replies = Replies()
        while data := await answers.read(CHUNK):
            found = list(replies.feed(data)) if link.listens else [data]
            if self.fate.delay_s and any(map(is_of_layer, found)):
                await asyncio.sleep(self.fate.delay_s)
            passed = [reply * self._copies(reply) for reply in found]
            link.near.write(b"".join(passed))
            await link.near.drain()

    def _copies(self, reply: bytes) -> int:
        return self.fate.copies() if is_of_layer(reply) else 1


async def _until_one_ends(*ways: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _pid_of(peer: socket.socket) -> int:
    """Who has the other end of a unix socket."""
    pid: int = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[0]
    return pid
