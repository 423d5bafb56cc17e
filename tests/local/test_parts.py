"""`./dev test`, seen from outside: two parts side by side, each shown whole, and neither left behind."""

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.local.checkout import Checkout, make_checkout, wait_until

NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
QUICK = "def test_it() -> None: pass\n"
FAILS = "def test_it() -> None: assert 6 * 9 == 42\n"
ENDLESS = """
import time
from pathlib import Path
def test_it() -> None:
    Path(__file__).with_suffix(".begun").touch()
    time.sleep(600)
"""


@dataclass(frozen=True)
class Parts:
    """The toy with one test in each of its parts."""

    toy: Checkout

    def write(self, plain: str, browser: str) -> None:
        self.toy.write("tests/test_plain.py", plain)
        self.toy.write("tests/e2e/test_browser.py", browser)

    def call(self, chromium: str = "/bin/true") -> subprocess.CompletedProcess[str]:
        return self.toy.call("test", CHROMIUM=chromium, **NO_PLUGINS)

    def start(self) -> subprocess.Popen[str]:
        """A run whose tests have begun, in both parts."""
        begun = [self.toy.root / "tests" / "test_plain.begun", self.toy.root / "tests" / "e2e" / "test_browser.begun"]
        for file in begun:
            file.unlink(missing_ok=True)
        process = self.toy.start("test", CHROMIUM="/bin/true", **NO_PLUGINS)
        wait_until(lambda: all(map(Path.exists, begun)), "both parts to begin")
        return process


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One for all, so that its empty cluster is made once; nothing of it asks for Django, for a browser or for npm."""
    made = make_checkout(tmp_path_factory.mktemp("parts") / "checkout")
    made.write("pytest.ini", "[pytest]\n")
    lock = made.write("tests/partners/package-lock.json", "{}").read_bytes()
    made.write(".data/npm/partners/installed", hashlib.sha256(lock).hexdigest())
    yield made
    made.close()


@pytest.fixture
def parts(toy: Checkout) -> Iterator[Parts]:
    yield Parts(toy)
    toy.stop_all()


def test_what_the_browser_part_says_stands_whole_behind_the_other(parts: Parts) -> None:
    parts.write(QUICK, QUICK)
    ended = parts.call()
    assert ended.returncode == 0, ended.stdout
    plain, browser = ended.stdout.split("test session starts")[1:]
    assert "test_plain.py" in plain
    assert "1 passed" in plain
    assert "test_browser.py" in browser
    assert "1 passed" in browser


def test_a_failure_in_one_part_fails_the_whole(parts: Parts) -> None:
    parts.write(FAILS, QUICK)
    ended = parts.call()
    assert ended.returncode == 1
    assert "6 * 9" in ended.stdout
    assert "1 passed" in ended.stdout


def test_without_a_chromium_the_other_part_is_judged_all_the_same(parts: Parts) -> None:
    parts.write(QUICK, QUICK)
    ended = parts.call("/bin/false")
    assert ended.returncode == 1
    assert "1 passed" in ended.stdout
    assert "CHROMIUM=/bin/false does not run" in ended.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_neither_part_is_left_behind(parts: Parts, number: signal.Signals) -> None:
    parts.write(ENDLESS, ENDLESS)
    process = parts.start()
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    assert process.wait(30) != 0
    wait_until(lambda: not parts.toy.processes(), "everything to end")
