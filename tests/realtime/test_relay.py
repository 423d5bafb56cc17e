"""The relay as a process: who leads, who takes over, and how quickly it lets go."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings

from backend.core.database import direct_connection
from backend.events import log
from realtime.relay import Numberer, try_to_lead
from realtime.road import Push
from tests.cast import Cast
from tests.realtime.conftest import an_ear, change
from tests.realtime.ear import Ear
from tests.tied import tied


@contextmanager
def a_relay(**env: str) -> Iterator[subprocess.Popen[str]]:
    """`manage.py relay`, as the Procfile starts it."""
    command = tied(sys.executable, str(settings.ROOT / "manage.py"), "relay")
    process = subprocess.Popen(command, env={**os.environ, **env}, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


async def heard_version(ear: Ear, topic: str) -> int:
    """Waits for the next push of a topic."""
    pushes: list[Push] = []

    async def listen() -> None:
        while not pushes:
            await asyncio.sleep(0.02)
            pushes.extend([push for push in await ear.heard() if push.topic == topic])

    await asyncio.wait_for(listen(), 120)
    return pushes[-1].version


def test_one_relay_leads_and_another_takes_over_when_it_dies(cast: Cast, runner: asyncio.Runner) -> None:
    topic = f"stock_level:{cast.mug.pk}"
    with an_ear(runner, topic) as ear, a_relay() as first:
        change(cast, cast.mug, -1)
        version = runner.run(heard_version(ear, topic))
        with a_relay() as second:
            change(cast, cast.mug, -1)
            assert runner.run(heard_version(ear, topic)) == version + 1
            first.kill()
            change(cast, cast.mug, -1)
            assert runner.run(heard_version(ear, topic)) == version + 2
            second.send_signal(signal.SIGTERM)
            assert second.wait(10) == 0


def test_a_relay_answers_prometheus_where_it_is_told_to(cast: Cast, runner: asyncio.Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    topic = f"stock_level:{cast.mug.pk}"
    with an_ear(runner, topic) as ear, a_relay(RELAY_METRICS_PORT=str(port)):
        change(cast, cast.mug, -1)
        runner.run(heard_version(ear, topic))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as response:
            told = response.read().decode()
    assert 'live_lag_seconds_count{stage="numbered"} 1.0' in told


def test_only_one_connection_holds_the_leaders_lock(transactional_db: None) -> None:
    with direct_connection() as second:
        with direct_connection() as first:
            assert try_to_lead(first)
            assert not try_to_lead(second)
        while not try_to_lead(second):  # PostgreSQL needs a moment to see that the other one is gone
            pass


def test_what_commits_late_below_the_floor_is_found_by_the_sweep(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    numberer = Numberer()
    monkeypatch.setattr("realtime.relay.SWEEP_S", 1e9)
    insert = "INSERT INTO events_event (kind, subject, version, data) VALUES ('market.loaded', 'market:1', 1, '{}')"
    with direct_connection() as late:
        late.autocommit = False
        late.execute(insert)
        change(cast, cast.mug, -1)
        assert numberer.number()
        monkeypatch.setattr("realtime.relay.SWEEP_S", -1.0)
        assert not numberer.number()  # the floor is above the late one now
        late.commit()
        monkeypatch.setattr("realtime.relay.SWEEP_S", 1e9)
        assert not numberer.number()
        monkeypatch.setattr("realtime.relay.SWEEP_S", -1.0)
        assert numberer.number()
    assert [event.subject for event in log.since(0)] == [f"stock_level:{cast.mug.pk}", "market:1"]
