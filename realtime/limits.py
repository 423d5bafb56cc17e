"""How much a socket may ask for."""

MAX_TOPICS = 200
"""A socket watches at most this many topics: a grid subscribes to the rows in view."""
MAX_MESSAGE_BYTES = 64 * 1024
MESSAGE_BURST = 100
MESSAGES_PER_S = 10.0


class Bucket:
    """A token bucket: `burst` at once, then `per_s` a second. The caller brings the time, so it costs two floats."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, burst: float, per_s: float, now: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._left = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more is allowed at this time (seconds of any clock that only moves forward)."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
