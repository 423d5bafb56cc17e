"""The last step of recovery, as the server says it: the page asks for its region, but not all pages at once."""

import asyncio

from realtime import messages, metrics

REFRESHES_PER_S = 50
"""How many pages a second may ask for their region again because this process told them to."""


class Refreshing:
    """Signals to ask, spread over as long as all who were told lately will need."""

    def __init__(self) -> None:
        self.epoch = ""
        """The epoch that this process believes in; what a page asks for now belongs to it."""
        self._loop = asyncio.get_running_loop()
        self._refreshed_by = 0.0

    def signal(self, name: str, reason: str, watchers: int = 1) -> bytes:
        """For so many watchers of a topic. Counted by reason: epoch, build, no_frame, missed, gap, ahead, overflow."""
        metrics.REFRESHED.labels(reason).inc(watchers)
        metrics.RESYNCS.labels(reason).inc(watchers)
        now = self._loop.time()
        self._refreshed_by = max(now, self._refreshed_by) + watchers / REFRESHES_PER_S
        return messages.refresh(name, self.epoch, self._refreshed_by - now)
