"""The market as its users meet it: the real server and relay in processes of their own, and a real Chromium.

One market stands for the whole session and is never emptied, because running processes remember what they delivered;
each test brings SKUs of its own (`fresh_sku`). Playwright's loop breaks pytest-asyncio's, so these tests run apart.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from backend.accounts.models import User
from backend.catalog.models import Sku
from backend.inventory.disclosure import Disclosure
from tests.cast import Cast, make_cast, make_sku
from tests.tied import tied

READY_S = 60  # as the harness of chaos has it: on a busy machine a start takes long, and all tests hang on this one
# Chromium's own errands would knock at a closed network.
METRICS_TOKEN = "for-the-browser-tests"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
COMMANDS = {"web": ["-m", "realtime.server"], "relay": ["manage.py", "relay"]}
_codes = count(70_001)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walk over every page goes last: what it fills the pages with stays in the market of the others."""
    items.sort(key=lambda item: item.path.name == "test_every_page.py")


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    """Not here: the hub and the relay that run for the whole session live on what Redis knows."""


@pytest.fixture(scope="session")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, committed, with the database open to every test."""
    with django_db_blocker.unblock():
        yield make_cast()


@dataclass(frozen=True)
class Processes:
    """The server and the relay, for tests that kill one of them."""

    base: str
    env: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]]

    def start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(tied(sys.executable, *COMMANDS[name]), env=self.env)

    def kill(self, name: str) -> None:
        """As the kernel would: no farewell."""
        self.running[name].kill()
        self.running[name].wait()

    def figure(self, name: str) -> float:
        """What the server's metrics say; 0 where nothing was counted yet."""
        bearer = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        asked = urllib.request.Request(f"{self.base}/metrics", headers=bearer)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            lines = answer.read().decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)

    def stop(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def processes(cast: Cast) -> Iterator[Processes]:
    port = free_port()
    base = f"http://localhost:{port}"
    ours = {
        "PORT": str(port),
        "BASE_URL": base,
        "SHUTDOWN_S": "2",
        "LIVE_TRACE_EVERY": "1",
        "METRICS_TOKEN": METRICS_TOKEN,
    }
    processes = Processes(base, {**os.environ, **ours}, {})
    try:
        processes.start("web")
        processes.start("relay")
        wait_until_ready(processes.base)
        yield processes
    finally:
        processes.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=QUIET)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, processes: Processes) -> Iterator[OpenPage]:
    """open_page("/catalogue/", user=…): a browser of its own for each call; no error may reach its console.

    `prepare` is called with the page before it goes anywhere.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(
        path: str, user: User | None = None, prepare: Callable[[Page], object] = lambda _page: None, **options: Any
    ) -> Page:
        context = chromium.new_context(base_url=processes.base, locale=options.pop("locale", "en-GB"), **options)
        contexts.append(context)
        if user is not None:
            context.add_cookies([session_of(user, processes.base)])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        prepare(page)
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def fresh_sku(cast: Cast) -> Callable[..., Sku]:
    """A published SKU of Northfield's that no other test touches."""

    def make(on_hand: int = 300, disclosure: Disclosure = Disclosure.EXACT, name: str = "Stoneware jug") -> Sku:
        return make_sku(name, str(next(_codes)), cast.crockery, cast.shelf, on_hand=on_hand, disclosure=disclosure)

    return make


def session_of(user: User, base: str) -> Any:
    """The cookie of somebody who has logged in."""
    client = Client()
    user.refresh_from_db(fields=["password"])  # a login renews its hash, and every session hangs on that
    client.force_login(user)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": base,
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until_ready(base: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the server is not ready")
