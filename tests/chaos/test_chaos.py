"""`./dev chaos` as CI runs it: three fixed seeds; and the oracle finds what is broken on purpose."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.local.places import ROOT
from tests.chaos.faults import KINDS
from tests.tied import tied

LONGEST_S = 300


def chaos(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """On servers of its own: those of this test run must not be killed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
    return subprocess.run(
        tied(sys.executable, "-m", "backend.local", "chaos", "--fresh", *arguments),
        cwd=ROOT,
        env=env | {"DATA_DIR": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place for all, so that its empty cluster is made once."""
    return tmp_path_factory.mktemp("chaos")


def test_three_seeds_leave_every_page_true(place: Path) -> None:
    done = chaos(place, "--seeds", "3", "--no-cases")
    assert done.returncode == 0, done.stdout
    assert "3 of 3 as they have to be" in done.stdout


@pytest.mark.parametrize(
    ("broken", "case"),
    [("sweepless", "lost-messages"), ("unrevoked", "revoked-in-traffic"), ("careless", "old-response")],
)
def test_what_is_broken_on_purpose_is_found(place: Path, broken: str, case: str) -> None:
    done = chaos(place, "--mutant", broken, "--case", case)
    assert done.returncode == 1, done.stdout
    assert "SHORT" in done.stdout
    assert f"Again: ./dev chaos --case {case}" in done.stdout


def test_every_kind_of_fault_has_a_name_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 12
