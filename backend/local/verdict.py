"""What `./dev test` says last: how each part ended, which files take long, and what failed."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLOWEST = 5
NONE_FOUND = 5  # pytest's exit code
HOW = {None: "was stopped", 0: "passed", NONE_FOUND: "had none of them"}


@dataclass(frozen=True)
class Ended:
    """One part: pytest's exit code (None: it was stopped) and its notes (backend/local/lane.py writes them)."""

    name: str
    code: int | None
    notes: Sequence[dict[str, Any]]

    @property
    def took_s(self) -> float:
        return float(self.notes[-1]["at"]) if self.notes else 0.0

    @property
    def collected(self) -> int:
        return sum(note.get("collected", 0) for note in self.notes)

    @property
    def began(self) -> dict[str, float]:
        """Every test that began, and when."""
        return {note["began"]: note["at"] for note in self.notes if "began" in note}

    @property
    def ended(self) -> dict[str, float]:
        return {note["ended"]: note["at"] for note in self.notes if "ended" in note}

    @property
    def failed(self) -> dict[str, str]:
        """Every test that failed, and why: what failed first, for its own end may fail after it."""
        return {note["failed"]: note["why"] for note in reversed(self.notes) if "failed" in note}


def read(name: str, code: int | None, notes: Path) -> Ended:
    """A part that ended before its first test has no notes; the last line of one that was killed may be half."""
    read: list[dict[str, Any]] = []
    with contextlib.suppress(OSError, ValueError):
        read.extend(json.loads(line) for line in notes.read_text().splitlines())
    return Ended(name, code, read)


def verdict(parts: Sequence[Ended]) -> str:
    """A line for each part, the slowest files, and at the very end what failed."""
    lines = [_line(part) for part in parts]
    return "\n".join(["", *lines, *_slowest(parts), *(line for part in parts for line in _failures(part))])


def lost(lanes: Sequence[Ended]) -> int:
    """How many tests none of the lanes that share them ran, though each of them passed."""
    if any(lane.code != 0 for lane in lanes):
        return 0
    return max(lane.collected for lane in lanes) - sum(len(lane.began) for lane in lanes)


def _line(part: Ended) -> str:
    how = HOW.get(part.code) or f"FAILED, exit code {part.code}"
    return f"{part.name:9} {how:20} {len(part.began):6,} tests {part.took_s:6.0f} s"


def _slowest(parts: Sequence[Ended]) -> Iterator[str]:
    spent: Counter[str] = Counter()
    for part in parts:
        for test, ended in part.ended.items():
            spent[test.partition("::")[0]] += round(1000 * (ended - part.began[test]))
    named = ", ".join(f"{file} {ms / 1000:.0f} s" for file, ms in spent.most_common(SLOWEST))
    if named:
        yield f"The longest: {named}"


def _failures(part: Ended) -> Iterator[str]:
    for test, why in part.failed.items():
        yield f"FAILED {test} ({part.name})\n       {why}"
    for test in part.began.keys() - part.ended.keys() if part.code != 0 else ():
        yield f"ENDED IN THE MIDDLE OF {test} ({part.name})"
