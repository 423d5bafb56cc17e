"""Nonsense in the environment fails at start-up, and the message names the variable. Each in a process of its own."""

import os
import subprocess
import sys

import pytest

PRODUCTION = {
    "ENTREPOT_ENV": "production",
    "SECRET_KEY": "k" * 60 + "1Zq",
    "BASE_URL": "https://market.example",
    "DATABASE_URL": "postgresql://app@/market",
    "REDIS_URL": "redis://localhost",
}
VARIABLES = {*PRODUCTION, "PORT", "DATABASE_POOL_SIZE", "DATABASE_OWNER_URL", "DATA_DIR", "EMAIL_PORT"}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    ours = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    code = "from backend import settings; print(settings.ENTREPOT_ENV, settings.BASE_URL)"
    return subprocess.run(
        [sys.executable, "-c", code], env={**ours, **environment}, capture_output=True, text=True, check=False
    )


def test_nothing_has_to_be_set_to_develop() -> None:
    assert start().stdout.strip() == "development http://localhost:8000"


def test_production_starts_with_what_it_needs() -> None:
    assert start(**PRODUCTION).stdout.strip() == "production https://market.example"


@pytest.mark.parametrize("missing", sorted(PRODUCTION.keys() - {"ENTREPOT_ENV"}))
def test_production_names_what_is_missing(missing: str) -> None:
    failed = start(**{key: value for key, value in PRODUCTION.items() if key != missing})
    assert failed.returncode != 0
    assert f"{missing} is not set; production needs it" in failed.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ENTREPOT_ENV", "staging", "ENTREPOT_ENV is 'staging'; it may be development, test, production"),
        ("PORT", "http", "PORT is 'http'; it has to be a whole number from 1 up"),
        ("PORT", "0", "PORT is '0'"),
        ("DATABASE_POOL_SIZE", "-1", "DATABASE_POOL_SIZE is '-1'"),
        ("DATABASE_URL", "postgresql://[", "DATABASE_URL is not a PostgreSQL URL"),
        ("DATABASE_OWNER_URL", "mysql://x", "DATABASE_OWNER_URL is not a PostgreSQL URL"),
        ("EMAIL_PORT", "smtp", "EMAIL_PORT is 'smtp'"),
        ("CLOCK_SKEW_S", "soon", "CLOCK_SKEW_S is 'soon'"),
    ],
)
def test_nonsense_is_named(variable: str, value: str, said: str) -> None:
    failed = start(**{variable: value})
    assert failed.returncode != 0
    assert said in failed.stderr


def test_nobody_moves_the_clock_of_production() -> None:
    assert "CLOCK_SKEW_S is '60'" in start(**PRODUCTION, CLOCK_SKEW_S="60").stderr
    assert start(CLOCK_SKEW_S="-60").returncode == 0
