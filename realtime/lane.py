"""Revocations travel in a lane of their own: nothing that is delivered can hold them up."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.delivery import ROAD_ERRORS

CHANNEL = "live:revoke"
SILENCE_S = 5.0
"""A connection that answers no ping for so long is a dead one, however well it looks."""
RETRY_S = 0.1
RETRY_MOST_S = 1.0

log = structlog.get_logger(__name__)


class Lane:
    """One connection to Redis that only hears of raised access numbers."""

    def __init__(self, heard: Callable[[Mapping[str, int]], None], joined: Callable[[], Awaitable[object]]) -> None:
        self._heard = heard
        self._joined = joined
        """Reads the numbers again: whatever was published before the subscription was in place is found by that."""
        self._retry_s = RETRY_S

    async def listen(self) -> None:
        """Without end; a lost connection is taken up again at once, and later ever more slowly."""
        while True:
            try:
                await self._listen_once()
            except ROAD_ERRORS as problem:
                log.warning("live.revocations_unheard", problem=repr(problem))
            await asyncio.sleep(self._retry_s)
            self._retry_s = min(RETRY_MOST_S, self._retry_s * 2)

    async def _listen_once(self) -> None:
        redis: Any = Redis.from_url(
            settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0)
        )
        async with redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            while True:
                message = await self._next(pubsub)
                if message["type"] == "subscribe":
                    self._retry_s = RETRY_S
                    await self._joined()
                elif message["type"] == "message":
                    self._take(message["data"])

    async def _next(self, pubsub: Any) -> Mapping[str, Any]:
        """Raises TimeoutError where not even a ping is answered."""
        message = await pubsub.get_message(timeout=SILENCE_S)
        if message is None:
            await pubsub.ping()
            message = await pubsub.get_message(timeout=SILENCE_S)
        if message is None:
            raise TimeoutError("no answer to a ping")
        found: Mapping[str, Any] = message
        return found

    def _take(self, data: bytes) -> None:
        try:
            numbers = {str(scope): int(n) for scope, n in json.loads(data).items()}
        except (ValueError, TypeError, AttributeError):
            log.warning("live.revocation_not_understood", data=data[:200])
        else:
            self._heard(numbers)
