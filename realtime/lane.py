"""Revocations travel in a lane of their own: nothing that is delivered can hold them up."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

import structlog
from django.conf import settings

from realtime.subscription import Subscription

CHANNEL = "live:revoke"

log = structlog.get_logger(__name__)


class Lane:
    """One connection to Redis that only hears of raised access numbers."""

    def __init__(self, heard: Callable[[Mapping[str, int]], None], joined: Callable[[], Awaitable[object]]) -> None:
        self._heard = heard
        self._joined = joined
        """Reads the numbers again: whatever was published before the subscription was in place is found by that."""
        self._is_joined = asyncio.Event()

    async def listen(self) -> None:
        """Without end."""
        subscription = Subscription(settings.REDIS_URL, self._take, self._is_joined.set)
        try:
            await subscription.subscribe([CHANNEL])
            self._is_joined.set()
            while True:
                await self._is_joined.wait()
                self._is_joined.clear()
                await self._joined()
        finally:
            subscription.close()

    def _take(self, _channel: bytes, data: bytes) -> None:
        try:
            numbers = {str(scope): int(n) for scope, n in json.loads(data).items()}
        except (ValueError, TypeError, AttributeError):
            log.warning("live.revocation_not_understood", data=data[:200])
        else:
            self._heard(numbers)
