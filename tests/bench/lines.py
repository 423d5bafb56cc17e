"""How the processes of a bench talk: one JSON object a line, over the standard streams."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

Words = dict[str, Any]
LONGEST_LINE = 16 * 1024 * 1024


async def commands() -> AsyncIterator[Words]:
    """What the bench asks of this process; ends when the bench closes the stream or dies."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        yield json.loads(line)


def answer(**words: Any) -> None:
    """One line back to the bench."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
