"""The relay's pulse: how long ago everything that had been committed was delivered."""

import asyncio

from realtime.road import Tick

TICK_GAP_S = 2.5
"""A tick that comes later than this after the last one: the layer was away, and told nobody what it missed."""
DELAYED_S = 5.0


class Pulse:
    """The newest tick of each of the relay's shards. The worst one counts."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ticked: dict[int, tuple[float, float]] = {0: (self._loop.time(), 0.0)}
        """By shard: when it ticked, and how far behind it was, in seconds."""

    @property
    def age_s(self) -> float:
        """As far as this process knows."""
        now = self._loop.time()
        return max(now - ticked_at + lag_s for ticked_at, lag_s in self._ticked.values())

    @property
    def is_delayed(self) -> bool:
        return self.age_s > DELAYED_S

    def beat(self, tick: Tick) -> bool:
        """Whether the one before it was so long ago that the layer may have been away."""
        now = self._loop.time()
        for shard in range(tick.shards):
            self._ticked.setdefault(shard, (now, 0.0))
        for shard in [shard for shard in self._ticked if shard >= tick.shards]:
            del self._ticked[shard]
        is_late = now - self._ticked[tick.shard][0] > TICK_GAP_S
        self._ticked[tick.shard] = now, tick.lag_s
        return is_late
