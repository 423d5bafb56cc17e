"""`./dev check`: everything that can be said about the code without running its tests."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from backend.local.children import POLL_S, Program, Running, start_in_foreground, stop
from backend.local.foreground import STOP_S, base_env
from backend.local.node import find_node
from backend.local.places import ROOT
from backend.local.trouble import Trouble

SCRIPTS = "frontend_htmx/static"
# Nonsense values in the right form: the deployment check looks at settings, it connects to nothing.
PRODUCTION = {
    "ENTREPOT_ENV": "production",
    "SECRET_KEY": "a-key-for-the-deployment-check-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "BASE_URL": "https://entrepot.example",
    "DATABASE_URL": "postgresql://entrepot_app@database.example/entrepot",
    "DATABASE_OWNER_URL": "postgresql://entrepot_owner@database.example/entrepot",
    "REDIS_URL": "redis://redis.example:6379",
}
# Production has no demo market, whose migrations are looked at all the same.
WITH_ALL_ROOMS = PRODUCTION | {"ENTREPOT_ENV": "test"}


@dataclass(frozen=True)
class Check:
    """One command; it passes with exit code 0."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


Begun = tuple[Check, Running, IO[bytes]]
"""A check, its process and what that says."""

CHECKS = (
    Check("types", ("mypy", "backend", "realtime", "frontend_htmx", "tests", "manage.py")),
    Check("types of ./dev", ("mypy", "--cache-dir", ".mypy_cache/dev", "dev")),  # its own: both write at once
    Check("format", ("ruff", "format", "--check", "--quiet", ".", "dev")),
    Check("lint", ("ruff", "check", "--quiet", ".", "dev")),
    Check("imports", ("lint-imports", "--no-logo")),
    Check("template format", ("djlint", "templates", "--check")),
    Check("template lint", ("djlint", "templates", "--lint")),
    Check("migrations", ("python", "manage.py", "makemigrations", "--check", "--dry-run"), WITH_ALL_ROOMS),
    Check("deployment", ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
)


def check(arguments: Sequence[str]) -> int:
    """Run all of them side by side, also after a failure; returns 1 if any failed."""
    if arguments:
        raise Trouble("./dev check takes no arguments.")
    with contextlib.ExitStack() as stack:
        begun = [stack.enter_context(_begun(one)) for one in (*CHECKS, *_scripts())]
        results = [_judge(*one) for one in _as_they_end(begun)]
    failed = results.count(False)
    print(
        f"\n{failed} of {len(results)} checks failed" if failed else f"\nAll {len(results)} checks passed", flush=True
    )
    return int(failed > 0)


def _scripts() -> list[Check]:
    """The syntax of our JavaScript, where this machine has a node."""
    node = find_node()
    files = sorted((ROOT / SCRIPTS).rglob("*.js"))
    if node is None:
        return []
    return [Check(str(file.relative_to(ROOT)), (str(node), "--check", str(file))) for file in files]


@contextlib.contextmanager
def _begun(one: Check) -> Iterator[Begun]:
    program = Program(one.name, _beside_our_python(one.command), env=base_env() | one.env)
    with tempfile.TemporaryFile() as said:
        running = start_in_foreground(program, said, cwd=ROOT)
        try:
            yield one, running, said
        finally:
            stop([running], deadline_s=STOP_S)


def _as_they_end(checks: Sequence[Begun]) -> Iterator[tuple[Begun, float]]:
    """Each with the seconds that it took beside the others."""
    began, left = time.monotonic(), list(checks)
    while left:
        for one in [one for one in left if one[1].process.poll() is not None]:
            left.remove(one)
            yield one, time.monotonic() - began
        time.sleep(POLL_S)


def _judge(begun: Begun, took_s: float) -> bool:
    one, running, said = begun
    passed = running.process.returncode == 0
    print(f"{'ok    ' if passed else 'FAILED'}  {one.name:40} {took_s:6.1f} s", flush=True)
    if not passed:
        said.seek(0)
        print(_indented(said.read().decode(errors="replace")), flush=True)
    return passed


def _beside_our_python(command: tuple[str, ...]) -> tuple[str, ...]:
    """The environment's own program of that name."""
    ours = Path(sys.executable).parent / command[0]
    return (str(ours), *command[1:]) if ours.exists() else command


def _indented(output: str) -> str:
    return "\n".join(f"        {line}" for line in output.strip().splitlines())
