"""What every bench leaves behind: a table, one last line, and JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join((row[0].ljust(widths[0]), *others)) if first else "")


def write_json(name: str, found: dict[str, Any]) -> Path:
    """`.data/bench/NAME.json`, the newest run only."""
    directory = ROOT / ".data" / "bench"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    return path


def last_line(name: str, figure: float, target: float) -> bool:
    """Prints the line that a script reads; true where the figure reaches the target."""
    ok = figure >= target
    print(f"{name}: figure={figure:.2f} target={target} {'ok' if ok else 'short'}")
    return ok
