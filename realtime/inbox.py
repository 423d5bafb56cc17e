"""asyncio's Queue and Event as one socket needs them: one reader, and nothing kept while nobody waits.

asyncio's own keep four double-ended queues per socket, empty nearly always, of 0.7 KB each.
"""

import asyncio
from typing import Any


class Inbox:
    """An `asyncio.Queue` without a limit, with one reader at a time."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._items.pop(0)

    def empty(self) -> bool:
        return not self._items


class Gate:
    """An `asyncio.Event` that is set at first."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: asyncio.Future[None] | None = None
        """While it is shut: what those who wait for it wait for."""

    def is_set(self) -> bool:
        return self._opened is None

    def set(self) -> None:
        if self._opened is not None:
            self._opened.set_result(None)
            self._opened = None

    def clear(self) -> None:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()

    async def wait(self) -> bool:
        while self._opened is not None:
            await asyncio.shield(self._opened)
        return True
