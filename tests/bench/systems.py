"""The systems that the fanout bench compares, each started fresh for every round."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from tests.bench.children import Child, running
from tests.bench.lines import Words

SERVERS = "tests.bench.servers"


@dataclass(frozen=True)
class Bed:
    """Where the processes run: the server on one core, everything else on another; None is anywhere."""

    env: Mapping[str, str]
    server_core: int | None = None
    load_core: int | None = None


@dataclass
class Live:
    """A running system: whom to ask for a broadcast, how a client joins, whose CPU counts."""

    server: Child
    publisher: Child
    port: int
    path: str = "/"
    opening: list[str] = field(default_factory=list)
    ready_word: str = ""

    def publish(self, version: int) -> None:
        self.publisher.tell(do="publish", version=version)

    def joining(self) -> Words:
        origin = f"http://127.0.0.1:{self.port}"
        return {
            "port": self.port,
            "path": self.path,
            "origin": origin,
            "opening": self.opening,
            "ready_word": self.ready_word,
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def bare_writer(bed: Bed) -> AsyncIterator[Live]:
    port = free_port()
    async with running(f"{SERVERS}.bare_writer", str(port), env=bed.env, core=bed.server_core) as server:
        await server.answer()
        yield Live(server, server, port)


@contextlib.asynccontextmanager
async def plain_channels(bed: Bed) -> AsyncIterator[Live]:
    port, module = free_port(), f"{SERVERS}.plain_channels"
    async with (
        running(module, str(port), "serve", env=bed.env, core=bed.server_core) as server,
        running(module, str(port), "publish", env=bed.env, core=bed.load_core) as publisher,
    ):
        await server.answer()
        await publisher.answer()
        yield Live(server, publisher, port)


@contextlib.asynccontextmanager
async def our_hub(bed: Bed) -> AsyncIterator[Live]:
    """The real web process with its consumer, grants and hub; only the relay is replaced, by its own delivery."""
    port = free_port()
    async with running(f"{SERVERS}.live_publisher", env=bed.env, core=bed.load_core) as publisher:
        opening = (await publisher.answer())["opening"]
        env = {**bed.env, "PORT": str(port), "HOST": "127.0.0.1"}
        async with running("realtime.server", env=env, core=bed.server_core, is_silent=True) as server:
            await listening(port, server)
            yield Live(server, publisher, port, "/live", opening, '"subscribed"')


async def listening(port: int, server: Child) -> None:
    """Returns when the server takes connections. Raises RuntimeError if it ended instead."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            server.check()
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
