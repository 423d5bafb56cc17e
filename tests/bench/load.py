"""The load: a process with a thousand light WebSocket clients that only count what arrives.

Commands: connect (answers {"connected": n}), reach (deliveries since the start; answers whether they came),
record (what arrives from now on, and how late), report.
"""

import asyncio
import base64
import os

import uvloop

from tests.bench.children import raise_descriptor_limit
from tests.bench.client import Client, Tally
from tests.bench.lines import Words, answer, commands

CONNECTS_AT_ONCE = 50
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


class Load:
    """The clients of one server."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.clients: list[Client] = []

    async def connect(self, asked: Words) -> None:
        """`sockets` clients to 127.0.0.1:`port``path`, each sending `opening` and waiting for `ready_word`."""
        for start in range(0, asked["sockets"], CONNECTS_AT_ONCE):
            many = min(CONNECTS_AT_ONCE, asked["sockets"] - start)
            await asyncio.gather(*(self._connect_one(asked) for _ in range(many)))
        answer(connected=len(self.clients))

    async def _connect_one(self, asked: Words) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        request = REQUEST.format(path=asked["path"], port=asked["port"], origin=asked["origin"], key=key).encode()
        opening = [text.encode() for text in asked["opening"]]
        client = Client(self.tally, request, opening, asked["ready_word"].encode())
        await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", asked["port"])
        await client.ready
        self.clients.append(client)

    async def reach(self, asked: Words) -> None:
        reached = await self.tally.reach(asked["deliveries"], asked["within_s"])
        answer(reached=reached, deliveries=self.tally.deliveries)

    async def record(self, _: Words) -> None:
        self.tally.latencies_ns = []
        answer(recording=True)

    async def report(self, asked: Words) -> None:
        """Latencies since `record`, and how many clients do not show the `version` that they should."""
        p50, p99 = self.tally.percentiles_ms()
        stale = sum(client.newest != asked["version"] for client in self.clients)
        answer(stale=stale, p50_ms=p50, p99_ms=p99)


async def main() -> None:
    raise_descriptor_limit()
    load = Load()
    does = {"connect": load.connect, "reach": load.reach, "record": load.record, "report": load.report}
    answer(ready=True)
    async for asked in commands():
        await does[asked["do"]](asked)


if __name__ == "__main__":
    uvloop.run(main())
