"""Whether the machine was ours: what other processes used of it while we measured."""

import contextlib
import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOISY = 0.15
"""Past this share of the whole machine a turn says more about the others than about us."""
PPID, CPU = 1, slice(11, 15)  # of /proc/PID/stat, behind the name: parent; user, system, and of waited-for children
IDLE = (3, 4)  # of the cpu line in /proc/stat: idle and waiting for the disk


@dataclass
class Others:
    """The shares of the machine that processes outside the bench used, one a turn (time stolen by a host is theirs)."""

    shares: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Around one turn of a bench."""
        busy, total, own = _look()
        yield
        busy_now, total_now, own_now = _look()
        elsewhere = (busy_now - busy) - (own_now - own)
        self.shares.append(max(0.0, elsewhere / max(1, total_now - total)))

    @property
    def is_quiet(self) -> bool:
        return max(self.shares, default=0.0) <= NOISY

    def __str__(self) -> str:
        median, worst = statistics.median(self.shares or [0.0]), max(self.shares, default=0.0)
        return f"{median:.0%} of the machine in the median turn, {worst:.0%} in the worst"

    def warning(self) -> str:
        """Empty where the run may be quoted."""
        noisy = sum(share > NOISY for share in self.shares)
        if not noisy:
            return ""
        return (
            f"WARNING: others used more than {NOISY:.0%} of the machine in {noisy} of {len(self.shares)} turns: "
            "these figures are worth nothing; take them again when it is quiet"
        )


def _look() -> tuple[int, int, int]:
    """Clock ticks since the start: the machine's busy ones and all of them, and those of the bench's own processes."""
    columns = [int(word) for word in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    total = sum(columns)
    return total - sum(columns[at] for at in IDLE), total, own_ticks()


def own_ticks() -> int:
    """Of our parent (`./dev bench`, which also started the servers) and all that descend from it."""
    parents, ticks = {}, {}
    for directory in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(directory.name)
            words = (directory / "stat").read_text().rpartition(")")[2].split()
            parents[pid], ticks[pid] = int(words[PPID]), sum(map(int, words[CPU]))
    return sum(ticks[pid] for pid in descendants(os.getppid(), parents))


def descendants(root: int, parents: dict[int, int]) -> set[int]:
    """The root and whoever it started, in any generation."""
    found, newest = {root}, {root}
    while newest:
        newest = {pid for pid, parent in parents.items() if parent in newest} - found
        found |= newest
    return found & parents.keys()
