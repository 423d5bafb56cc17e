"""The order in which a Chromium is looked for."""

from pathlib import Path

import pytest

from backend.local import browser
from backend.local.browser import find_chromium
from backend.local.trouble import Trouble


def put(path: Path, exit_code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser, used by somebody who may install nothing."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    return tmp_path


def test_the_named_one_comes_first_then_path_then_playwrights(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put(machine / "playwright" / "chromium-1200" / "chrome-linux" / "chrome")
    assert find_chromium() == own
    on_path = put(machine / "bin" / "chromium")
    assert find_chromium() == on_path
    named = put(machine / "named")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert find_chromium() == named


def test_one_that_does_not_run_is_passed_over(machine: Path) -> None:
    put(machine / "bin" / "chromium", exit_code=127)
    other = put(machine / "bin" / "google-chrome")
    assert find_chromium() == other


def test_a_named_one_that_does_not_run_is_an_error_not_a_search(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine / "bin" / "chromium")
    monkeypatch.setenv("CHROMIUM", str(machine / "nothing"))
    with pytest.raises(Trouble, match="does not run"):
        find_chromium()


def test_without_any_the_three_ways_are_named(machine: Path) -> None:
    with pytest.raises(Trouble) as failure:
        find_chromium()
    for way in ("apt-get install chromium", "playwright install chromium", "CHROMIUM="):
        assert way in str(failure.value)


def test_root_on_debian_installs_it_with_fresh_lists(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(browser, "DEBIAN", put(machine / "debian_version"))
    bin_dir = machine / "bin"
    script = f'echo "$*" >> {machine}/asked; case "$*" in *install*) /bin/cp /bin/true {bin_dir}/chromium;; esac'
    put(bin_dir / "apt-get").write_text(f"#!/bin/sh\n{script}\n")
    assert find_chromium() == bin_dir / "chromium"
    update, install = (machine / "asked").read_text().splitlines()
    assert "update" in update
    assert "install" in install
    assert "chromium" in install
