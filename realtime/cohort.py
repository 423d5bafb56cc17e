"""Sockets that watch the same: whatever is given to one of them is joined once and written to all."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime.holding import Share, merge

if TYPE_CHECKING:
    from realtime.audience import Audience
    from realtime.outbox import Outbox

WRITES_PER_S = 30
"""As many as a person could tell apart; what comes faster, from different topics, shares a write."""
CREDIT_S = 0.1
"""Who was quiet for a while may have a few writes in a row."""
HOLD_S = 0.2
"""The longest that anything is held so that it can share a write."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Those who can be written to, and how: two lists of the same order."""

    outboxes: list["Outbox"]
    writes: list[Callable[[Any], None]]


class Cohort:
    """The sockets that watch exactly these audiences, and what they will be given together."""

    __slots__ = ("_ready", "audiences", "given", "giving", "held", "is_due", "outboxes", "paid_until", "writes")

    def __init__(self, audiences: "frozenset[Audience]") -> None:
        self.audiences = audiences
        self.outboxes: set[Outbox] = set()
        self.writes: dict[Outbox, Callable[[Any], None]] = {}
        """How to write to those for whom nothing waits; the others keep what comes."""
        self._ready: Ready | None = None
        self.held: Share = {}
        self.giving: Share = {}
        """What is being written just now; not everybody may have it yet."""
        self.given = ""
        """What the last share began with."""
        self.is_due = False
        """Something is held, and its moment is fixed."""
        self.paid_until = 0.0

    def enter(self, outbox: "Outbox") -> None:
        self.outboxes.add(outbox)
        self.look_at(outbox)

    def leave(self, outbox: "Outbox") -> None:
        self.outboxes.discard(outbox)
        self.writes.pop(outbox, None)
        self._ready = None

    def look_at(self, outbox: "Outbox") -> None:
        """To be called whenever the outbox holds something or no longer does, and when its writer changes."""
        if outbox.held or outbox.writer.paused:
            self.writes.pop(outbox, None)
        else:
            self.writes[outbox] = outbox.writer.write
        self._ready = None

    def ready(self) -> "Ready":
        """Another object whenever somebody's readiness has changed: a fan-out that let others run can tell by it."""
        if self._ready is None:
            self._ready = Ready(list(self.writes), list(self.writes.values()))
        return self._ready

    def wait_s(self, share: Share, now: float) -> float:
        """How long a share that is to be written now is better held, so that others can join it.

        Each costs 1/WRITES_PER_S of the time that passes. A single topic's changes cost nothing: a later one
        replaces it, nothing joins it.
        """
        if len(share) == 1 and self.given in share:
            return self.paid_until - now
        self.given = next(iter(share))
        self.paid_until = min(max(self.paid_until, now - CREDIT_S) + 1 / WRITES_PER_S, now + HOLD_S)
        return self.paid_until - now

    def owed(self, audiences: "Collection[Audience]", give_up: Callable[[str], bytes]) -> Share:
        """What somebody who leaves may not have been given yet, of the audiences that they stay in."""
        owed: Share = {}
        if self.held or self.giving:
            names = {audience.name for audience in audiences}
            for part in (self.giving, self.held):
                merge(owed, {name: payload for name, payload in part.items() if name in names}, give_up)
        return owed
