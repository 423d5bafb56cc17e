"""`./dev test`: every test on fresh servers; the browser ones beside the others, each part in a process of its own.

The parts share nothing but the processors, and much of what a test does is waiting: side by side they take little more
than half as long. What the browser ones say is shown when the others have ended.
"""

import contextlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from backend.local import browser, foreground, node, npm
from backend.local.children import Program
from backend.local.places import ROOT, data_dir
from backend.local.throwaway import throwaway
from backend.local.translations import compile_translations
from backend.local.trouble import Trouble

BROWSER_TESTS = "tests/e2e"
NOT_TESTS = "tests/bench"
NONE_FOUND = 5  # pytest's exit code


def test(arguments: Sequence[str]) -> int:
    """All tests, or those in what the arguments name; flags go to pytest. Returns the first failure's exit code."""
    compile_translations()
    plain, browsers = split(arguments)
    with contextlib.ExitStack() as stack:
        parts = [] if plain is None else [stack.enter_context(_plain(plain))]
        try:
            parts += [] if browsers is None else [stack.enter_context(_in_browser(browsers, behind=bool(parts)))]
        except Trouble as trouble:  # without a Chromium the others can be judged all the same
            stack.callback(print, trouble, file=sys.stderr, flush=True)
            return judged([*foreground.run_together(parts), 1])
        return judged(foreground.run_together(parts))


def split(arguments: Sequence[str], root: Path = ROOT) -> tuple[list[str] | None, list[str] | None]:
    """What the first pytest gets and what the one for the browser tests gets; None: that one has nothing to do."""
    paths = [word for word in arguments if (root / word.partition("::")[0]).exists() and not word.startswith("-")]
    in_browser = [path for path in paths if BROWSER_TESTS in path]
    if not paths:
        browsers = [*arguments, BROWSER_TESTS] if (root / BROWSER_TESTS).exists() else None
        return [*arguments, "tests", "--ignore", BROWSER_TESTS, "--ignore", NOT_TESTS], browsers
    plain = [word for word in arguments if word not in in_browser]
    browsers = [word for word in arguments if word not in paths or word in in_browser]
    return plain if len(in_browser) < len(paths) else None, browsers if in_browser else None


def judged(codes: Sequence[int]) -> int:
    """The first failure's; that one part has no test of the wanted name is none if the other has."""
    found = [code for code in codes if code != NONE_FOUND] or list(codes)
    return next((code for code in found if code), 0)


@contextlib.contextmanager
def _plain(arguments: Sequence[str]) -> Iterator[foreground.Part]:
    with throwaway(data_dir() / "test") as (servers, run):
        yield _pytest("plain", arguments, servers.env | test_env(run)), None


@contextlib.contextmanager
def _in_browser(arguments: Sequence[str], *, behind: bool) -> Iterator[foreground.Part]:
    """`behind` another part it keeps what it says until that one has ended. Raises Trouble without a Chromium."""
    # Playwright keeps an event loop running in the thread that also uses the ORM.
    env = {"CHROMIUM": str(browser.find_chromium()), "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
    colour = ["--color=yes"] if behind and sys.stdout.isatty() else []
    with (
        throwaway(data_dir() / "test") as (servers, run),
        _shown_later(run / "browser.log") if behind else contextlib.nullcontext() as output,
    ):
        yield _pytest("browser", [*colour, *arguments], servers.env | test_env(run) | env), output


def _pytest(part: str, arguments: Sequence[str], env: dict[str, str]) -> Program:
    """Each part remembers its own failures for --lf."""
    cache = f"cache_dir=.pytest_cache/{part}"
    return Program("pytest", (sys.executable, "-m", "pytest", "-o", cache, *arguments), env=foreground.base_env() | env)


@contextlib.contextmanager
def _shown_later(log: Path) -> Iterator[IO[bytes]]:
    """A file to write to; however the block ends, what was written is shown then."""
    with log.open("w+b") as output:
        try:
            yield output
        finally:
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()


def test_env(run: Path) -> dict[str, str]:
    """What settings and tests read besides the addresses."""
    found = node.find_node()
    return {
        "ENTREPOT_ENV": "test",
        "SECRET_KEY": "only-for-tests",
        "DATA_DIR": str(run / "files"),
        "NODE": str(found) if found else "",
        "PARTNER_CLIENT": _partner_client(found),
    }


def _partner_client(node_binary: Path | None) -> str:
    """Where the JavaScript client of Socket.IO is; without it its own tests fail, and no other."""
    try:
        return str(npm.install(npm.PARTNER_CLIENT, node_binary))
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return ""
