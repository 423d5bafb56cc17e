"""So many lines a second, and how long to wait for a database that is away. Waiting ends at once when told to stop."""

import random
from dataclasses import dataclass, field
from threading import Event
from time import monotonic

# Further behind than this, the replay does not catch up: it would sell a burst after every pause.
MOST_BEHIND_S = 1.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 10.0


@dataclass
class Pace:
    """Evenly `lines_per_s` lines a second (above 0), as long as that leaves time to rest: after each line as long as it
    took, so that the simulator never has more than half of one processor, whatever the pace."""

    lines_per_s: float
    stop: Event
    next_at: float = field(default_factory=monotonic)
    began_at: float = field(default_factory=monotonic)

    def wait(self) -> bool:
        """Waits for the next line's turn; False if told to stop."""
        now = monotonic()
        self.next_at = max(self.next_at, now - MOST_BEHIND_S)
        pause_s = max(self.next_at - now, now - self.began_at)
        stopped = self.stop.wait(pause_s) if pause_s > 0 else self.stop.is_set()
        self.next_at += 1 / self.lines_per_s
        self.began_at = monotonic()
        return not stopped


@dataclass
class BackOff:
    """Waits that double up to LONGEST_WAIT_S, with jitter; success begins anew."""

    stop: Event
    wait_s: float = FIRST_WAIT_S

    def wait(self) -> None:
        self.stop.wait(self.wait_s * random.uniform(0.5, 1))
        self.wait_s = min(self.wait_s * 2, LONGEST_WAIT_S)

    def succeeded(self) -> None:
        self.wait_s = FIRST_WAIT_S
