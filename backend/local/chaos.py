"""`./dev chaos`: real processes, random faults, and every page compared with the truth (tests/chaos)."""

import sys
from collections.abc import Sequence

from backend.local import foreground
from backend.local.parts import test_env
from backend.local.places import data_dir
from backend.local.translations import compile_translations


def chaos(arguments: Sequence[str]) -> int:
    """Hands over to `python -m tests.chaos`, which starts, breaks and mends servers of its own.

    Results are appended to .data/chaos/results.jsonl, and a stopped run resumes after the last one. The exit code is
    1 if any page was not what it had to be.
    """
    compile_translations()
    data = data_dir()
    (data / "chaos").mkdir(parents=True, exist_ok=True)
    env = foreground.base_env() | test_env(data / "chaos")
    places = ("--servers", str(data / "test"), "--results", str(data / "chaos"))
    return foreground.run((sys.executable, "-m", "tests.chaos", *places, *arguments), env)
