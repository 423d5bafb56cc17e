"""`python -m tests.chaos`, which `./dev chaos` runs: databases first, for Django reads their addresses."""

import argparse
import asyncio
import os
import subprocess
import sys
from pathlib import Path

from backend.local.foreground import stop_on_signals
from backend.local.places import ROOT
from tests.chaos.stage import Ground, open_ground

FEW = 3


def main() -> int:
    """1 if any page was not what it had to be."""
    options = _parser().parse_args()
    stop_on_signals()
    with open_ground(options.servers) as ground:
        os.environ.update(ground.env)
        _release(ground)
        from tests.chaos.run import run  # needs Django

        return asyncio.run(run(ground, options))


def _release(ground: Ground) -> None:
    import django

    subprocess.run([sys.executable, "manage.py", "release"], cwd=ROOT, env=ground.env, check=True, capture_output=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev chaos", description="Breaks things; compares pages with the truth.")
    parser.add_argument("--seeds", type=int, default=FEW, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="run this one alone, and tell its plan")
    parser.add_argument("--case", help="run this named case alone")
    parser.add_argument("--mutant", default="", help="break this part on purpose: it must be found")
    parser.add_argument("--no-cases", dest="cases", action="store_false", help="seeds only")
    parser.add_argument("--fresh", action="store_true", help="forget the results of earlier runs")
    parser.add_argument("--servers", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, required=True, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
