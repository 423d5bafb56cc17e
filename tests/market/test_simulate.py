"""The command: its pace, and how it ends."""

import os
import signal
import subprocess
import sys
from threading import Event, Thread
from time import monotonic

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from backend.market.derive.building import Market
from backend.market.simulator.pacing import BackOff, Pace
from tests.market.conftest import StopAfter
from tests.tied import tied


def test_lines_come_evenly_at_the_pace() -> None:
    pace = Pace(50, Event())
    began = monotonic()
    for _ in range(26):
        assert pace.wait()
    assert monotonic() - began > 0.45


def test_after_a_long_pause_no_burst_follows() -> None:
    pace = Pace(1000, Event(), next_at=monotonic() - 3600)
    pace.wait()
    assert pace.next_at > monotonic() - 60


def test_told_to_stop_it_does_not_wait_for_the_next_line() -> None:
    stop = Event()
    pace = Pace(0.001, stop)
    assert pace.wait()
    Thread(target=stop.set).start()
    began = monotonic()
    assert not pace.wait()
    assert monotonic() - began < 100


def test_waits_for_the_database_double_to_a_limit_and_begin_anew() -> None:
    back_off = BackOff(StopAfter(0))
    for _ in range(10):
        back_off.wait()
    assert back_off.wait_s == 10
    back_off.succeeded()
    assert back_off.wait_s == 0.5


@pytest.mark.parametrize("pace", ["-1", "nan", "inf", "fast", "1001"])
def test_a_pace_that_is_none_says_what_is_one(pace: str) -> None:
    with pytest.raises(CommandError, match="from 0 to 1000"):
        call_command("simulate", f"--pace={pace}")


@pytest.mark.parametrize("pace", ["0", "5"])
def test_sigterm_ends_it_at_once(opened: Market, pace: str) -> None:
    command = tied(sys.executable, "manage.py", "simulate", "--pace", pace)
    url = f"postgresql://{settings.DATABASES['default']['USER']}@/{connection.settings_dict['NAME']}"
    host = connection.settings_dict["HOST"]
    env = os.environ | {"DATABASE_URL": f"{url}?host={host}&port={connection.settings_dict['PORT'] or 5432}"}
    process = subprocess.Popen(command, cwd=settings.ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert "The market" in process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)  # it goes on until it is told to stop
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.django_db
def test_without_a_market_the_simulator_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="load_market"):
        call_command("simulate", pace=5)
