"""One connection to Redis that only listens: no polling, no pool, and it comes back by itself."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, cast

import hiredis
import structlog
from redis.asyncio.connection import SSLConnection, parse_url

PING_S = 5.0
"""A connection that was silent for so long is asked whether it lives; after as long again it does not."""
CONNECT_S = 5.0
RETRY_S = 0.1
RETRY_MOST_S = 1.0

log = structlog.get_logger(__name__)


class Subscription(asyncio.Protocol):
    """Every message on the channels that are subscribed to, from the moment that Redis has confirmed it.

    What is published while the connection is lost is lost: `restored` is called when all of it is subscribed to again.
    Lives in one event loop, from the first `subscribe` to `close`.
    """

    def __init__(self, url: str, heard: Callable[[bytes, bytes], None], restored: Callable[[], None]) -> None:
        self._url: dict[str, Any] = dict(parse_url(url))
        self._heard = heard
        self._restored = restored
        self._loop = asyncio.get_running_loop()
        self._names: set[bytes] = set()
        self._confirmed: set[bytes] = set()
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._is_back = False
        self._silent = 0

    async def subscribe(self, names: Iterable[str]) -> None:
        """Returns when Redis has confirmed all of them. Waits for Redis as long as it is away: set a deadline."""
        new = [name.encode() for name in names if name.encode() not in self._names]
        self._names.update(new)
        self._send(b"SUBSCRIBE", *new)
        if self._transport is None:
            self._connect_soon()
        await asyncio.gather(*(self._confirmation(name.encode()) for name in names))

    def unsubscribe(self, names: Iterable[str]) -> None:
        """From now on nothing of these is heard."""
        gone = [name.encode() for name in names]
        self._names.difference_update(gone)
        self._confirmed.difference_update(gone)
        self._send(b"UNSUBSCRIBE", *gone)

    def close(self) -> None:
        self._names.clear()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()

    async def _confirmation(self, name: bytes) -> None:
        if name not in self._confirmed:
            await asyncio.shield(self._waiting.setdefault(name, self._loop.create_future()))

    # --- The connection

    def _connect_soon(self) -> None:
        """One attempt at a time: a connection that is lost as soon as it is made must not begin a second one."""
        if self._connecting is None or self._connecting.done():
            self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        """Until it succeeds."""
        retry_s = RETRY_S
        while self._transport is None:
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self._open()
            except OSError as problem:
                log.warning("live.redis_unheard", problem=repr(problem))
            if self._transport is None:
                await asyncio.sleep(retry_s)
                retry_s = min(RETRY_MOST_S, retry_s * 2)

    async def _open(self) -> None:
        if "path" in self._url:
            await self._loop.create_unix_connection(lambda: self, self._url["path"])
        else:
            is_tls = self._url.get("connection_class") is SSLConnection
            tls = {key: value for key, value in self._url.items() if key.startswith("ssl")}
            context = SSLConnection(**tls).ssl_context.get() if is_tls else None
            host, port = self._url.get("host", "localhost"), self._url.get("port", 6379)
            await self._loop.create_connection(lambda: self, host, port, ssl=context)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._reader = hiredis.Reader()
        self._silent = 0
        self._watch = self._loop.call_later(PING_S, self._look)
        if self._url.get("password"):
            self._send(b"AUTH", (self._url.get("username") or "default").encode(), self._url["password"].encode())
        self._send(b"SUBSCRIBE", *self._names)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._confirmed.clear()
        if self._watch is not None:
            self._watch.cancel()
        if self._names:
            log.warning("live.redis_unheard", problem=repr(exc))
            self._is_back = True
            self._connect_soon()

    def data_received(self, data: bytes) -> None:
        self._silent = 0
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            match reply:
                case [b"message", channel, message]:
                    self._heard(channel, message)
                case [b"subscribe", channel, _]:
                    self._confirm(channel)
                case Exception():  # it does not let us in, or is still loading its data
                    log.warning("live.redis_unheard", problem=repr(reply))
                    self._loop.call_later(RETRY_S, cast(asyncio.Transport, self._transport).abort)
                    return

    def _confirm(self, name: bytes) -> None:
        if name in self._names:
            self._confirmed.add(name)
        if waiting := self._waiting.pop(name, None):
            waiting.set_result(None)
        if self._is_back and self._confirmed == self._names:
            self._is_back = False
            self._restored()

    def _look(self) -> None:
        """A host that died without a word looks well for hours."""
        self._silent += 1
        if self._transport is not None:
            if self._silent > 2:
                self._transport.abort()
            elif self._silent > 1:
                self._send(b"PING")
            self._watch = self._loop.call_later(PING_S, self._look)

    def _send(self, *words: bytes) -> None:
        """Nothing where there is no connection (the next one subscribes to all), or nothing to be said."""
        if self._transport is not None and (len(words) > 1 or words == (b"PING",)):
            self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]  # it takes any number of words
