"""`./dev` builds the environment, and says what is in its way."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.local.checkout import PATIENCE_S, Checkout, wait_until
from tests.local.wheelhouse import put_wheel

PACKAGES = Path(sysconfig.get_path("purelib"))
HANDED_OVER = "./dev bench NAME measures one of: nothing yet."


@pytest.fixture
def shop(checkout: Checkout) -> Checkout:
    """A checkout without an environment, and the first Python on its PATH makes one at once, pip included."""
    shutil.rmtree(checkout.root / ".venv")
    site = ".venv/lib/python3*/site-packages"
    lay_pip = f"{sys.executable} -m venv --without-pip .venv && cp -a {PACKAGES}/pip {PACKAGES}/pip-* {site}"
    fake(checkout, "python3.13", on_venv=f"{lay_pip}; exit")
    return checkout


def locked(checkout: Checkout, *lines: str) -> None:
    checkout.write("requirements.lock", "".join(lines))


def dev(checkout: Checkout, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Where pip finds nothing but what the test has put into `wheels/`."""
    wheels = checkout.root / "wheels"
    wheels.mkdir(exist_ok=True)
    path = f"{checkout.root / 'bin'}:{os.environ['PATH']}"
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return checkout.call(*arguments, **{"PATH": path} | pip | env)


def packages(checkout: Checkout) -> set[str]:
    return {path.stem for path in (checkout.root / ".venv").glob("lib/python*/site-packages/t*.py")}


def fake(checkout: Checkout, name: str, *, always: str = "", on_venv: str = "") -> None:
    """Put such a Python into `bin/`, which ./dev finds first: a real one but for what the two say."""
    script = f'#!/bin/sh\n{always}\ncase "$*" in *"-m venv"*) {on_venv or ":"};; esac\nexec {sys.executable} "$@"\n'
    checkout.write(f"bin/{name}", script).chmod(0o755)


def test_alone_it_lists_the_commands_one_line_each_and_builds_nothing(shop: Checkout) -> None:
    listed = shop.call()
    assert listed.returncode == 0
    assert [line.split()[1] for line in listed.stdout.splitlines()] == [
        *("run", "test", "check", "bench", "chaos", "manage", "reset", "lock")
    ]
    assert not (shop.root / ".venv").exists()


def test_a_command_that_does_not_exist_is_named(shop: Checkout) -> None:
    refused = shop.call("rnu")
    assert refused.returncode == 2
    assert "There is no command 'rnu'" in refused.stdout


def test_it_builds_once_and_follows_the_lock_afterwards(shop: Checkout) -> None:
    one, other = put_wheel(shop.root / "wheels", "tone", "1.0"), put_wheel(shop.root / "wheels", "tother", "1.0")
    locked(shop, one, other)
    first, second = dev(shop, "bench"), dev(shop, "bench")
    assert "Building .venv" in first.stdout
    assert second.stdout.strip() == HANDED_OVER
    assert packages(shop) == {"tone", "tother"}
    locked(shop, put_wheel(shop.root / "wheels", "tone", "2.0"))
    third = dev(shop, "bench")
    assert "Building .venv" not in third.stdout
    assert packages(shop) == {"tone"}, "what the lock forgot would hide that something misses it"


def test_tools_are_installed_when_a_command_first_needs_them(shop: Checkout) -> None:
    shop.write("pyproject.toml", '[project]\noptional-dependencies.dev = ["TTool[x]>=1"]\n')
    locked(shop, put_wheel(shop.root / "wheels", "tbase", "1.0"), put_wheel(shop.root / "wheels", "ttool", "1.0"))
    dev(shop, "manage", "x")
    assert packages(shop) == {"tbase"}
    dev(shop, "bench")
    assert packages(shop) == {"tbase", "ttool"}


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("tone==1.0 --hash=sha256:" + 64 * "0" + "\n", "What came for tone==1.0 is not the file"),
        ("tone==1.0\n", "has no hash for tone==1.0"),
        ("tone>=1.0 --hash=sha256:" + 64 * "0" + "\n", "does not pin tone"),
        ("tone==7.0 --hash=sha256:" + 64 * "0" + "\n", "has no tone==7.0"),
        ("<<<<<<< HEAD\n", "<<<<<<< HEAD"),
    ],
)
def test_a_broken_lock_names_the_package_and_what_to_do(checkout: Checkout, damage: str, says: str) -> None:
    put_wheel(checkout.root / "wheels", "tone", "1.0")
    locked(checkout, damage)
    refused = dev(checkout, "bench")
    assert refused.returncode == 1
    assert says in refused.stdout
    assert "git checkout requirements.lock" in refused.stdout
    assert not (checkout.root / ".venv" / "installed.json").exists()


def test_rubble_of_an_interrupted_build_is_built_anew(shop: Checkout) -> None:
    locked(shop, put_wheel(shop.root / "wheels", "tone", "1.0"))
    shop.write(".venv/pyvenv.cfg", "home = /nowhere\n")
    assert HANDED_OVER in dev(shop, "bench").stdout
    assert packages(shop) == {"tone"}


def test_a_checkout_that_was_moved_is_built_anew(checkout: Checkout) -> None:
    stamp = checkout.root / ".venv" / "installed.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"place": "/where/it/was"}))
    locked(checkout, "broken\n")  # so that building ends soon
    assert "Building .venv" in dev(checkout, "bench").stdout


def test_an_environment_that_is_borrowed_by_a_link_is_not_emptied(shop: Checkout, tmp_path: Path) -> None:
    lender = tmp_path / "lender"
    lender.mkdir()
    (lender / "precious").touch()
    (shop.root / ".venv").symlink_to(lender)
    assert f".venv is a link to {lender}" in dev(shop, "bench").stdout
    assert (lender / "precious").exists()


def test_a_second_builder_waits_and_says_for_whom(checkout: Checkout) -> None:
    stamp = checkout.root / ".venv" / "installed.json"
    finished = stamp.read_text()
    stamp.unlink()
    lock = checkout.write(".data/environment.lock", "4711")
    with lock.open() as builder:
        fcntl.flock(builder, fcntl.LOCK_EX)
        waiting = checkout.start("bench")
        checkout.wait_for("Another ./dev (pid 4711) is building .venv; waiting")
        stamp.write_text(finished)
    assert waiting.wait(PATIENCE_S) == 0
    assert HANDED_OVER in checkout.output.read_text()


def test_a_python_without_its_venv_module_says_which_package_brings_it(shop: Checkout) -> None:
    shop.write("broken/ensurepip.py", "raise ImportError('Debian packs it apart')")
    refused = dev(shop, "bench", PYTHONPATH=str(shop.root / "broken"))
    assert refused.returncode == 1
    assert "cannot make virtual environments" in refused.stdout
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in refused.stdout


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        ("echo no ensurepip here; exit 1", "apt-get install"),
        ("echo '[Errno 28] No space left on device'; exit 1", "The disk is too full"),
    ],
)
def test_a_python_that_fails_to_make_the_environment(shop: Checkout, failure: str, says: str) -> None:
    fake(shop, "python3.13", on_venv=failure)
    refused = dev(shop, "bench")
    assert refused.returncode == 1
    assert says in refused.stdout


def test_a_python_that_does_not_run_is_passed_over(shop: Checkout) -> None:
    fake(shop, "python3.13", always="echo shim: not installed >&2; exit 127")
    fake(shop, "python3.12")
    assert shop.call(PATH=f"{shop.root / 'bin'}:/usr/bin:/bin").returncode == 0


def test_without_any_python_that_runs_it_says_what_is_needed(shop: Checkout) -> None:
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
        fake(shop, name, always="exit 127")
    refused = shop.call(PATH=str(shop.root / "bin"))
    assert refused.returncode == 1
    assert "Entrepot needs Python 3.11 or newer" in refused.stdout


def test_a_killed_builder_leaves_nothing_that_still_builds(shop: Checkout) -> None:
    fake(shop, "python3.13", on_venv="exec sleep 600")
    builder = shop.start("bench", PATH=f"{shop.root / 'bin'}:{os.environ['PATH']}")
    shop.wait_for("Building .venv")
    wait_until(lambda: "sleep" in shop.words_of_processes(), "the build to begin")
    builder.kill()
    builder.wait()
    wait_until(lambda: not shop.processes(), "the build to end")
