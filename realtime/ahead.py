"""Pages that say they show more than was ever announced."""

import asyncio
from collections.abc import Callable

from realtime.audience import Audience, Seen
from realtime.fanout import Fanout
from realtime.outbox import Outbox
from realtime.refreshing import Refreshing

AHEAD_S = 10.0
"""A page that was made a moment ago may well be newer than the last delivery, but not for so long."""
MOST_ASKED = 1_000


class Ahead:
    """Asks them to look again, once: what the page then shows is true, whether or not it was worth announcing."""

    def __init__(self, fanout: Fanout, refreshing: Refreshing, is_delayed: Callable[[], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._fanout = fanout
        self._refreshing = refreshing
        self._is_delayed = is_delayed
        self._asked: dict[str, int] = {}
        """By topic, the version that somebody was asked about: an honest page comes back with the same."""

    def note(self, outbox: Outbox, audience: Audience, seen: Seen) -> None:
        """Somebody was taken up who shows this. Costs nothing where it is not ahead."""
        if 0 < audience.version < seen.version != self._asked.get(audience.name):
            self._loop.call_later(AHEAD_S, self._look, outbox, audience, seen)

    def _look(self, outbox: Outbox, audience: Audience, seen: Seen) -> None:
        is_watching = outbox.cohort is not None and audience in outbox.cohort.audiences
        if not is_watching or not 0 < audience.version < seen.version:
            return
        if self._is_delayed():
            self._loop.call_later(AHEAD_S, self._look, outbox, audience, seen)
            return
        self._asked.pop(audience.name, None)
        self._asked[audience.name] = seen.version
        if len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        self._fanout.hold(outbox, audience.name, self._refreshing.signal(audience.name, "ahead", audience.askers(1)))
