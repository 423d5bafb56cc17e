"""`./dev test`: every test on its own fresh servers, the browser ones last and in a process of their own."""

import sys
from collections.abc import Sequence
from pathlib import Path

from backend.local import browser, foreground, node
from backend.local.places import ROOT, data_dir
from backend.local.throwaway import throwaway

BROWSER_TESTS = "tests/e2e"
NOT_TESTS = "tests/bench"
NO_TESTS_FOUND = 5  # pytest's exit code


def test(arguments: Sequence[str]) -> int:
    """All tests, or what the arguments (pytest's) name. Returns the first failure's exit code."""
    if arguments:
        return _pytest(arguments, with_browser=any(BROWSER_TESTS in word for word in arguments))
    first = _pytest(("tests", "--ignore", BROWSER_TESTS, "--ignore", NOT_TESTS), with_browser=False)
    if first == 130 or not any((ROOT / BROWSER_TESTS).glob("test_*.py")):
        return first
    return first or _pytest((BROWSER_TESTS,), with_browser=True)


def _pytest(arguments: Sequence[str], *, with_browser: bool) -> int:
    chromium = browser.find_chromium() if with_browser else None
    with throwaway(data_dir() / "test") as (servers, run):
        env = foreground.base_env() | servers.env | test_env(run)
        if chromium:
            # Playwright keeps an event loop running in the thread that also uses the ORM.
            env |= {"CHROMIUM": str(chromium), "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
        return foreground.run((sys.executable, "-m", "pytest", *arguments), env)


def test_env(run: Path) -> dict[str, str]:
    """What settings and tests read besides the addresses."""
    found = node.find_node()
    return {
        "ENTREPOT_ENV": "test",
        "SECRET_KEY": "only-for-tests",
        "DATA_DIR": str(run / "files"),
        "NODE": str(found) if found else "",
    }
