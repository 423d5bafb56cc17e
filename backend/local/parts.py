"""The pytests of `./dev test`: each with servers and a folder of its own, so that they share nothing but processors."""

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.local import browser, foreground, node, npm
from backend.local.children import Program
from backend.local.places import data_dir
from backend.local.servers import Servers
from backend.local.throwaway import throwaway
from backend.local.trouble import Trouble
from backend.local.verdict import Ended, read

PLAIN, BROWSER = "plain", "browser"
CACHE = ".pytest_cache"


@dataclass(frozen=True)
class Part:
    """One pytest, and the folder of its run."""

    name: str
    program: Program
    run: Path

    @property
    def output(self) -> Path:
        """What it says, if that is shown later."""
        return self.run / "output"

    def ended(self, code: int | None) -> Ended:
        return read(self.name, code, self.run / "notes")


def plain_parts(stack: contextlib.ExitStack, arguments: Sequence[str], lanes: int) -> list[Part]:
    """One pytest, or several lanes that share the tests by a queue in the first one's folder."""
    started = [stack.enter_context(throwaway(data_dir() / "test", is_released=True)) for _ in range(lanes)]
    if lanes == 1:
        return [_pytest(PLAIN, arguments, *started[0])]
    queue = started[0][1] / "queue"
    queue.mkdir()
    # Of a share that nobody knows beforehand there are no percent to show.
    shared = ("--queue", str(queue), "-o", "console_output_style=classic", *arguments)
    return [_pytest(f"{PLAIN} {number}", shared, *one) for number, one in enumerate(started, start=1)]


def browser_part(stack: contextlib.ExitStack, arguments: Sequence[str]) -> Part:
    """Raises Trouble without a Chromium."""
    chromium = str(browser.find_chromium())
    servers, run = stack.enter_context(throwaway(data_dir() / "test", is_released=True))
    # Playwright keeps an event loop running in the thread that also uses the ORM.
    return _pytest(BROWSER, arguments, servers, run, CHROMIUM=chromium, DJANGO_ALLOW_ASYNC_UNSAFE="true")


def _pytest(name: str, arguments: Sequence[str], servers: Servers, run: Path, **more: str) -> Part:
    """Each remembers its own failures for --lf, and notes in its folder what happens."""
    plugin = ("-p", "backend.local.lane", "--notes", str(run / "notes"), "-o", f"cache_dir={CACHE}/{name}")
    command = (sys.executable, "-m", "pytest", *plugin, *arguments)
    # Which event is followed hangs on its number, and so on the tests before: a test that wants that asks for it.
    env = foreground.base_env() | servers.env | test_env(run) | {"LIVE_TRACE_EVERY": "0"} | more
    return Part(name, Program("pytest", command, env=env), run)


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
