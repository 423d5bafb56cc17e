"""The systems that the benches compare, each started fresh for every run; the foreign ones are in `peers`."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from tests.bench.bed import Bed
from tests.bench.children import Child, running
from tests.bench.lines import Words
from tests.bench.message import TOPIC

SERVERS = "tests.bench.servers"
START_S = 60.0


@dataclass
class Live:
    """A running system: whom to ask for a broadcast, how a client joins, whose CPU counts."""

    server: Child
    publisher: Child
    port: int
    path: str = "/"
    opening: list[str] = field(default_factory=list)
    ready_word: str = ""
    epoch: str = ""

    def publish(self, version: int, topics: Sequence[str] = (TOPIC,)) -> None:
        """One change of each of these topics, all at once."""
        self.publisher.tell(do="publish", version=version, topics=list(topics))

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
async def our_hub(bed: Bed, topics: int = 1) -> AsyncIterator[Live]:
    """The real web process with its consumer, grants and hub; only the relay is replaced, by its own delivery."""
    async with running(f"{SERVERS}.live_publisher", str(topics), env=bed.env, core=bed.load_core) as publisher:
        first = await publisher.answer()
        async with web_process(bed) as (server, port):
            yield Live(server, publisher, port, "/live", first["opening"], '"subscribed"', first["epoch"])


@contextlib.asynccontextmanager
async def web_process(bed: Bed, port: int = 0) -> AsyncIterator[tuple[Child, int]]:
    """The product's own server, taking connections, and its port."""
    port = port or free_port()
    env = {**bed.env, "PORT": str(port), "HOST": "127.0.0.1"}
    async with running("realtime.server", env=env, core=bed.server_core, is_silent=True) as server:
        await listening(port, server)
        yield server, port


async def listening(port: int, server: Child) -> None:
    """Returns when the server takes connections. Raises RuntimeError if it ended instead or takes a minute."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            server.check()
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise RuntimeError(f"nothing listens on port {port} after {START_S:.0f} s")
