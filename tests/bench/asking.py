"""The last step of a page's recovery: it fetches what it shows from the address that shows it."""

import asyncio
import contextlib
import re

from tests.bench.message import now_ns
from tests.bench.watcher import Shown

ANSWER_S = 20.0
REQUEST = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: en\r\nConnection: close\r\n\r\n"
CELL = re.compile(rb'<div id="stock-(\d+)".*?data-v="(\d+)".*?</div>', re.DOTALL)


async def ask(page: Shown, port: int, path: str) -> None:
    """Takes in every cell of the page at `path` that is newer than what is shown; a failure leaves it as it was."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER_S):
            html = await _body(port, path)
        page.read()
        for cell in CELL.finditer(html):
            topic, version = f"stock:{int(cell[1])}", int(cell[2])
            if version > page.have.get(topic, 0):
                page.have[topic], page.html[topic] = version, cell[0]
                page.arrivals.append((topic, version, now_ns()))


async def _body(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(REQUEST.format(path=path, port=port).encode())
        return await reader.read()
    finally:
        writer.close()
