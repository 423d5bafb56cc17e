"""Feeds nginx nchan: one POST per change, on a connection that stays open.

`python -m tests.bench.servers.nchan_publisher PORT`.
"""

import asyncio
import sys

import uvloop

from tests.bench.lines import answer, commands
from tests.bench.message import message, now_ns

REQUEST = "POST /pub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/html\r\nContent-Length: {size}\r\n\r\n"


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    """Raises RuntimeError for an answer that is none of nchan's (202: nobody subscribes)."""
    writer.write(REQUEST.format(size=len(body)).encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    if head.split()[1] not in (b"201", b"202"):
        raise RuntimeError(head.decode("latin-1"))
    size = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(size.partition(b":")[2]))


async def main(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer(ready=True)
    async for asked in commands():
        for topic in asked["topics"]:
            await post(reader, writer, message(asked["version"], now_ns(), topic).encode())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
