"""Where a bench runs: its addresses, its cores, its options."""

import argparse
import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.bench.children import pin, raise_descriptor_limit
from tests.bench.meter import PostgresMeter
from tests.bench.report import ROOT

T = TypeVar("T")
SERVER_CORE, LOAD_CORE = 0, 1
BUILD = "bench"
"""Everybody edits while a bench runs: its processes have to be of one build all the same."""


@dataclass(frozen=True)
class Bed:
    """Where the processes run: the server on one core, everything else on another; None is anywhere."""

    env: Mapping[str, str]
    server_core: int | None = None
    load_core: int | None = None
    descriptors: int = 1000
    """Sockets that one process may open."""

    @property
    def is_pinned(self) -> bool:
        return self.server_core is not None


def parse(name: str, about: str | None, *, until: str = "") -> argparse.Namespace:
    """The options of every bench; `until` is the last day of one that goes through days."""
    parser = argparse.ArgumentParser(prog=f"./dev bench {name}", description=about)
    parser.add_argument("--quick", action="store_true", help="little of everything, for a first look")
    parser.add_argument("--no-pin", action="store_true", help="let the system place the processes")
    parser.add_argument("--strict", action="store_true", help="fail where the target is not reached")
    if until:
        parser.add_argument("--until", default=until, metavar="DAY", help="the last day of it")
    return parser.parse_args()


def make_bed(asked: argparse.Namespace) -> Bed:
    """The addresses come from `./dev`; the key is for this run, shared by the processes that sign and check.

    All clients share a few addresses of this machine, so what is limited per address is not.
    """
    if "REDIS_URL" not in os.environ or "DATABASE_URL" not in os.environ:
        sys.exit("bench: REDIS_URL and DATABASE_URL are not set: run it as ./dev bench NAME")
    own = {"SECRET_KEY": secrets.token_hex(32), "ENTREPOT_ENV": "test", "BUILD": BUILD, "LIMITS": "off"}
    env, descriptors = {**os.environ, **own}, raise_descriptor_limit()
    two = not asked.no_pin and hasattr(os, "sched_getaffinity") and {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0)
    bed = Bed(env, SERVER_CORE, LOAD_CORE, descriptors) if two else Bed(env, descriptors=descriptors)
    for pid in (os.getpid(), *PostgresMeter().everyone()):
        pin(pid, bed.load_core)
    migrate(bed)
    return bed


def migrate(bed: Bed) -> None:
    """The hub reads access epochs from tables; on an empty database they are made first."""
    subprocess.run((sys.executable, "manage.py", "release", "--verbosity", "0"), env=bed.env, cwd=ROOT, check=True)


def measured(measuring: Coroutine[Any, Any, T], longest_s: float) -> T:
    """Runs a bench to its end, which comes after `longest_s` seconds at the latest."""

    async def limited() -> T:
        try:
            async with asyncio.timeout(longest_s) as limit:
                return await measuring
        except TimeoutError:
            if not limit.expired():
                raise
            sys.exit(f"bench: not done after {longest_s:.0f} s: the machine is too busy for it")

    return asyncio.run(limited())


def say(what: str) -> None:
    """To whoever waits; the table goes to the other stream."""
    print(what, file=sys.stderr)
