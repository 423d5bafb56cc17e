"""`./dev test`, seen from outside: parts side by side, each shown whole, none left behind, and a verdict at the end."""

import hashlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.local.checkout import PATIENCE_S, ROOT, Checkout, make_checkout, wait_until

NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
QUICK = "def test_it() -> None: pass\n"
FAILS = "def test_it() -> None: assert 6 * 9 == 42\n"
ENDLESS = """
import subprocess
from pathlib import Path
from tests.tied import tied
def test_it() -> None:
    server = subprocess.Popen(tied("sleep", "600"))
    Path(__file__).with_suffix(".begun").touch()
    server.wait()
"""


@dataclass(frozen=True)
class Parts:
    """The toy with one test in each of its parts."""

    toy: Checkout

    def write(self, plain: str, browser: str) -> None:
        self.toy.write("tests/test_plain.py", plain)
        self.toy.write("tests/e2e/test_browser.py", browser)

    def call(self, chromium: str = "/bin/true", lanes: int = 1) -> subprocess.CompletedProcess[str]:
        return self.toy.call("test", CHROMIUM=chromium, LANES=str(lanes), **NO_PLUGINS)

    def start(self) -> subprocess.Popen[str]:
        """A run whose tests have begun, in both parts."""
        begun = [self.toy.root / "tests" / "test_plain.begun", self.toy.root / "tests" / "e2e" / "test_browser.begun"]
        for file in begun:
            file.unlink(missing_ok=True)
        process = self.toy.start("test", CHROMIUM="/bin/true", LANES="1", **NO_PLUGINS)
        wait_until(lambda: all(map(Path.exists, begun)), "both parts to begin")
        return process


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One for all, so that its empty cluster is made once; nothing of it asks for Django, for a browser or for npm."""
    made = make_checkout(tmp_path_factory.mktemp("parts") / "checkout")
    made.write("pytest.ini", "[pytest]\n")
    made.write("tests/tied.py", (ROOT / "tests" / "tied.py").read_text())
    lock = made.write("tests/partners/package-lock.json", "{}").read_bytes()
    made.write(".data/npm/partners/installed", hashlib.sha256(lock).hexdigest())
    yield made
    made.close()


@pytest.fixture
def parts(toy: Checkout) -> Iterator[Parts]:
    yield Parts(toy)
    toy.stop_all()


def test_what_each_part_says_stands_whole_behind_the_one_before(parts: Parts) -> None:
    parts.write(QUICK, QUICK)
    ended = parts.call()
    assert ended.returncode == 0, ended.stdout
    plain, browser = ended.stdout.split("test session starts")[1:]
    assert "test_plain.py" in plain
    assert "1 passed" in plain
    assert "test_browser.py" in browser
    assert "1 passed" in browser


def test_lanes_share_the_tests_and_what_failed_in_any_of_them_is_run_again_by_lf(parts: Parts) -> None:
    parts.write(FAILS, QUICK)
    shared = [parts.toy.write(f"tests/test_share_{number}.py", QUICK) for number in range(6)]
    ended, again = parts.call(lanes=2), parts.toy.call("test", "tests/test_plain.py", "--lf", **NO_PLUGINS)
    for file in shared:
        file.unlink()
    assert ended.returncode == 1
    assert sorted(re.findall(r"^tests/(test_\w+).py [.F]$", ended.stdout, re.MULTILINE)) == [
        "test_plain",
        *(file.stem for file in shared),
    ]
    assert sum(map(int, re.findall(r"^plain.* (\d+) tests", ended.stdout, re.MULTILINE))) == 7
    assert "run-last-failure: rerun previous 1 failure" in again.stdout


def test_a_failure_in_any_part_fails_the_whole_and_stands_at_the_very_end(parts: Parts) -> None:
    parts.write(FAILS, QUICK)
    ended = parts.call()
    assert ended.returncode == 1
    assert "1 passed" in ended.stdout
    *_, test, why = ended.stdout.splitlines()
    assert test.startswith("FAILED tests/test_plain.py::test_it (plain")
    assert "6 * 9" in why
    assert re.search(r"^plain.* FAILED, exit code 1 ", ended.stdout, re.MULTILINE)
    assert re.search(r"^browser +passed +1 tests", ended.stdout, re.MULTILINE)


def test_a_part_that_dies_says_in_which_test(parts: Parts) -> None:
    parts.write("import os\ndef test_it() -> None: os._exit(7)\n", QUICK)
    ended = parts.call()
    assert ended.returncode == 7
    assert "ENDED IN THE MIDDLE OF tests/test_plain.py::test_it" in ended.stdout.splitlines()[-1]


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
    assert process.wait(PATIENCE_S) != 0
    if number == signal.SIGTERM:
        assert "ENDED IN THE MIDDLE OF tests/e2e/test_browser.py::test_it" in parts.toy.output.read_text()
    wait_until(lambda: not parts.toy.processes(), "everything to end")
