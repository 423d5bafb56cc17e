"""The tables of words that the rules read, from `rules/*.toml`."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

RULES = Path(__file__).resolve().parent.parent / "rules"


@cache
def rules(name: str) -> dict[str, Any]:
    """The table `rules/<name>.toml`."""
    return tomllib.loads((RULES / f"{name}.toml").read_text(encoding="utf-8"))
