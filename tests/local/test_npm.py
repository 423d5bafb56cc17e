"""What tests fetch with npm: once, as the committed lock says, and with a word where it can't be had."""

import json
from pathlib import Path

import pytest

from backend.local import npm, wheels
from backend.local.npm import PARTNER_CLIENT, install
from backend.local.trouble import Trouble


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose npm writes down that it ran, and makes what it was asked for."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    put_npm(tmp_path, 'echo "$@" >> ran && mkdir -p node_modules')
    return tmp_path


def put_npm(machine: Path, does: str) -> None:
    script = machine / "bin" / "npm"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\n{does}\n")
    script.chmod(0o755)


def test_the_lock_names_hashes_and_no_address() -> None:
    lock = (PARTNER_CLIENT / "package-lock.json").read_text()
    packages = {name: package for name, package in json.loads(lock)["packages"].items() if name}
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert "resolved" not in lock
    assert "://" not in lock


def test_it_is_fetched_once_and_again_when_the_lock_changes(machine: Path) -> None:
    wanted = machine / "wanted"
    wanted.mkdir()
    for name in ("package.json", "package-lock.json"):
        (wanted / name).write_text("{}")
    place = install(wanted, None)
    assert (place / "node_modules").is_dir()
    install(wanted, None)
    assert (place / "ran").read_text().count("ci --ignore-scripts") == 1
    (wanted / "package-lock.json").write_text("{ }")
    install(wanted, None)
    assert (place / "ran").read_text().count("ci --ignore-scripts") == 2


def test_where_it_cannot_be_fetched_the_message_says_what_to_do(machine: Path) -> None:
    put_npm(machine, "echo getaddrinfo ENOTFOUND >&2; exit 1")
    with pytest.raises(Trouble, match=r"Is this machine online.*npm_config_registry(.|\n)*ENOTFOUND"):
        install(PARTNER_CLIENT, None)
    put_npm(machine, "mkdir -p node_modules")
    assert install(PARTNER_CLIENT, None).is_dir()


def test_without_npm_on_path_that_of_the_wheel_runs_on_its_node(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine / "nothing"))
    monkeypatch.setattr(wheels, "npm_script", lambda: Path("/wheel/npm-cli.js"))
    assert npm.npm_command(Path("/wheel/node")) == ["/wheel/node", "/wheel/npm-cli.js"]
    monkeypatch.setattr(wheels, "npm_script", lambda: None)
    with pytest.raises(Trouble, match="There is no npm"):
        npm.npm_command(Path("/wheel/node"))
