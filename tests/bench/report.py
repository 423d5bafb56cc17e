"""What every bench leaves behind: a table, one last line, and JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.meter import conditions
from tests.bench.quiet import Others

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Goal:
    """One figure against its target; `at_most`: less is better."""

    name: str
    figure: float
    target: float
    at_most: bool = False

    @property
    def is_reached(self) -> bool:
        return self.figure <= self.target if self.at_most else self.figure >= self.target

    def __str__(self) -> str:
        figure = f"{self.figure:.2f}" if abs(self.figure) < 100 else f"{self.figure:.0f}"
        return f"{self.name}: figure={figure} target={self.target:g} {'ok' if self.is_reached else 'short'}"


def finish(
    name: str, found: dict[str, Any], under: Mapping[str, object], others: Others, goals: Sequence[Goal]
) -> bool:
    """Conditions, JSON, and a line for each goal, the main one last; true where all are reached."""
    under = {**under, **conditions()}
    print("\n" + ", ".join(f"{word}: {value}" for word, value in under.items()))
    print(f"others: {others}")
    if not others.is_quiet:
        print(others.warning())
    reached = {goal.name: {"figure": goal.figure, "target": goal.target, "ok": goal.is_reached} for goal in goals}
    quiet = {"others": others.shares, "is_quiet": others.is_quiet}
    write_json(name, {"conditions": under, **quiet, "goals": reached, **found})
    for goal in goals:
        print(goal)
    return all(goal.is_reached for goal in goals)


def end(is_reached: bool, is_strict: bool) -> None:
    """The exit code: only `--strict` fails for a target."""
    sys.stdout.flush()
    if is_strict and not is_reached:
        sys.exit(1)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join((row[0].ljust(widths[0]), *others)) if first else "")


def write_json(name: str, found: dict[str, Any]) -> Path:
    """`.data/bench/NAME.json`, the newest run only."""
    path = bench_dir() / f"{name}.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    return path


def bench_dir() -> Path:
    """What benches write, and what they fetched: `.data/bench`."""
    directory = ROOT / ".data" / "bench"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
