"""`./dev test`: every test on its own fresh servers, the browser ones last and in a process of their own."""

import sys
from collections.abc import Sequence
from pathlib import Path

from backend.local import browser, foreground, node, npm
from backend.local.places import ROOT, data_dir
from backend.local.throwaway import throwaway
from backend.local.translations import compile_translations
from backend.local.trouble import Trouble

BROWSER_TESTS = "tests/e2e"
NOT_TESTS = "tests/bench"
INTERRUPTED, NONE_FOUND = 2, 5  # pytest's exit codes


def test(arguments: Sequence[str]) -> int:
    """All tests, or those in what the arguments name; flags go to pytest. Returns the first failure's exit code."""
    compile_translations()
    plain, browsers = split(arguments)
    codes = []
    if plain is not None:
        codes.append(_pytest(plain, with_browser=False))
    if browsers is not None and INTERRUPTED not in codes:
        codes.append(_pytest(browsers, with_browser=True))
    return judged(codes)


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
        "PARTNER_CLIENT": _partner_client(found),
    }


def _partner_client(node_binary: Path | None) -> str:
    """Where the JavaScript client of Socket.IO is; without it its own tests fail, and no other."""
    try:
        return str(npm.install(npm.PARTNER_CLIENT, node_binary))
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return ""
