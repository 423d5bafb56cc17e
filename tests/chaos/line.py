"""The wire between one visitor and the two servers: it can be cut, and it can stop moving."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

CHUNK = 16_384


class Line:
    """A TCP port of the visitor's own; a new connection goes to the first server in the order that takes it."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self.port = 0
        self._moves = asyncio.Event()
        self._moves.set()
        self._transports: set[asyncio.WriteTransport] = set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Without a farewell to either side."""
        for transport in list(self._transports):
            transport.abort()

    def stall(self) -> None:
        """Nothing that the server says arrives any more."""
        self._moves.clear()

    def resume(self) -> None:
        self._moves.set()

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        far = None
        for port in self.ports:
            with contextlib.suppress(OSError):
                answers, far = await asyncio.open_connection("127.0.0.1", port)
                break
        if far is None:
            near.transport.abort()
            return
        both = {near.transport, far.transport}
        self._transports |= both
        try:
            await self._carry(reader, near, answers, far)
        finally:
            self._transports -= both
            for transport in both:
                transport.abort()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        near: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        far: asyncio.StreamWriter,
    ) -> None:
        up, down = asyncio.create_task(self._pump(reader, far)), asyncio.create_task(self._pump_down(answers, near))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()

    async def _pump_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._moves.wait()
            writer.write(data)
            await writer.drain()
        # What a server wrote before it closed has to arrive.
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
