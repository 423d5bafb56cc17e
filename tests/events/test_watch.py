"""What has to run leaves a heartbeat; what doesn't is late by the database's clock, and the operators are told."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from backend.core.errors import Refused
from backend.events.listeners import listeners
from backend.events.models import Event, Heartbeat
from backend.events.watch import beating, known
from backend.events.watch.actions import tell_states
from backend.events.watch.beating import Beat, ListenersBeat, beat
from backend.events.watch.queries import HeartbeatView, heartbeats, in_trouble
from backend.events.watch.states import State
from tests.at_once import AtOnce
from tests.tied import tied

JOB = "inventory.sweep_lapsed_holds"
ON_DEMAND = {"catalog.run_import"}
"""Begun by a person, who looks on: it shows its own progress, and another job takes up what it has left."""
PATIENCE_S = 60


def run(job: str, what: Callable[[], Any]) -> Any:
    """As the worker runs it."""
    room, _, name = job.partition(".")
    return beating.watched(what, SimpleNamespace(task=SimpleNamespace(name=f"backend.{room}.tasks.{name}")), None)


def seen(name: str) -> HeartbeatView:
    (found,) = (each for each in heartbeats() if each.name == name)
    return found


def pass_time(name: str, by: str = "1 hour") -> None:
    """As long as the database's clock goes on without another heartbeat."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_heartbeat SET due_at = due_at - %s::interval WHERE name = %s", [by, name])


def told() -> int:
    return Event.objects.filter(kind="events.watch_moved").count()


def test_every_job_is_watched_or_begun_by_a_person() -> None:
    """A job that nothing ever starts is no job."""
    every = {known.short_name(name) for name in app.tasks if name.startswith("backend.")}
    assert every - set(known.jobs()) == ON_DEMAND


def test_every_job_listener_and_relay_has_to_run(db: None) -> None:
    names = {each.name for each in heartbeats()}
    assert names >= set(known.jobs()) | {known.listener(room) for room in listeners()} | {"worker", "relay", "release"}


def test_a_job_that_ran_is_fine_and_says_what_it_did(db: None) -> None:
    assert run(JOB, lambda: 7) == 7
    found = seen(JOB)
    assert (found.state, found.did, found.problem) == (State.FINE, 7, "")
    assert found.started_at
    assert found.ended_at
    assert found.due_at
    assert found.started_at <= found.ended_at < found.due_at


def test_a_run_is_one_write_and_no_event(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        run(JOB, lambda: 0)
    assert told() == 0


def test_a_job_that_fails_is_told_with_the_errors_name_and_never_its_words(db: None) -> None:
    def fail() -> None:
        raise Refused("rita@riverside.example has no stock")

    run(JOB, lambda: 7)
    for _ in range(2):
        with pytest.raises(Refused):
            run(JOB, fail)
    found = seen(JOB)
    assert found.state == State.FAILING
    assert found.problem.startswith("Refused in fail, test_watch.py:")
    assert "rita" not in found.problem
    assert found.did == 7, "of the run that went well"
    assert told() == 1, "once, however often it fails"
    run(JOB, lambda: 0)
    assert (seen(JOB).state, told()) == (State.FINE, 2)


def test_what_does_not_run_again_is_late_by_the_databases_clock(db: None) -> None:
    run(JOB, lambda: 0)
    tell_states()
    before = told()
    pass_time(JOB, "30 seconds")
    assert seen(JOB).state == State.FINE
    pass_time(JOB)
    assert seen(JOB).state == State.LATE, "whoever looks sees it, told or not"
    assert (tell_states(), tell_states()) == (1, 0), "it is told once"
    assert [each.name for each in in_trouble()] == [JOB]
    run(JOB, lambda: 0)
    assert (in_trouble(), told() - before) == ([], 2)


@pytest.mark.parametrize(("answer", "did"), [(3, 3), (False, 0), (True, 1), (None, None)])
def test_whatever_a_job_answers_it_has_run(db: None, answer: object, did: int | None) -> None:
    run(JOB, lambda: answer)
    assert (seen(JOB).state, seen(JOB).did, bool(seen(JOB).ended_at)) == (State.FINE, did, True)


def test_what_was_never_seen_is_late_once_it_should_have_run(db: None) -> None:
    Heartbeat.objects.all().delete()
    assert {each.state for each in heartbeats()} == {State.LATE}
    beating.expect(known.everything())
    assert {each.state for each in heartbeats()} == {State.FINE}
    pass_time(JOB)
    assert [each.name for each in heartbeats() if each.state == State.LATE] == [JOB]
    beating.expect(known.everything())
    assert seen(JOB).state == State.LATE, "that somebody starts anew makes nothing less late"


def test_a_long_job_is_not_late_while_its_worker_lives(db: None) -> None:
    run(JOB, lambda: 0)

    def take_long() -> None:
        pass_time(JOB)
        beating.beat_of_worker()
        assert seen(JOB).state == State.FINE

    run(JOB, take_long)


def test_a_room_that_cannot_go_on_is_failing_until_it_can(db: None) -> None:
    room = "backend.analytics"
    ListenersBeat().note({room: 3}, {})
    assert (seen(known.listener(room)).state, seen(known.listener(room)).did) == (State.FINE, 3)
    ListenersBeat().note({room: 0}, {room: "KeyError in react, reactions.py:3"})
    assert seen(known.listener(room)).problem == "KeyError in react, reactions.py:3"
    ListenersBeat().note({room: 1}, {})
    assert seen(known.listener(room)).state == State.FINE


def test_listeners_do_not_write_at_every_turn(db: None, django_assert_num_queries: Any) -> None:
    heard = ListenersBeat()
    heard.note({"backend.analytics": 1}, {})
    with django_assert_num_queries(0):
        heard.note({"backend.analytics": 2}, {})


def test_beats_of_many_are_one_statement(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        beat([Beat("relay"), Beat("worker")])


def test_workers_that_beat_at_once_in_any_order_wait_for_no_lock_of_each_other(
    transactional_db: None, at_once: AtOnce
) -> None:
    beats = [Beat(known.WORKER), Beat(JOB, did=1), Beat("inventory.reconcile_stock", did=0)]
    assert at_once([lambda n=n: beat(beats if n % 2 else beats[::-1]) for n in range(20)]) == [None] * 20
    assert [seen(each.name).state for each in beats] == [State.FINE] * 3
    assert told() == 0


def test_an_alarm_is_raised_and_ended_once_however_many_look(transactional_db: None, at_once: AtOnce) -> None:
    beat([Beat(known.WORKER)])
    pass_time(known.WORKER)
    assert sum(at_once([tell_states] * 10)) == 1
    assert (seen(known.WORKER).state, told()) == (State.LATE, 1)
    at_once([beating.beat_of_worker] * 10)
    assert (seen(known.WORKER).state, told()) == (State.FINE, 2)


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(tied(sys.executable, "manage.py", "worker"), text=True) as process:
        yield process
        process.kill()


def test_a_worker_that_is_killed_is_late_with_all_its_jobs(worker: subprocess.Popen[str]) -> None:
    until(lambda: {"worker", JOB} <= set(Heartbeat.objects.exclude(ended_at=None).values_list("name", flat=True)))
    worker.send_signal(signal.SIGKILL)
    worker.wait(PATIENCE_S)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_heartbeat SET due_at = due_at - interval '1 hour' WHERE name <> 'relay'")
    beat([Beat("relay")])
    tell_states()  # as the relay does, which is what is left
    late = {each.name for each in in_trouble()}
    assert {"worker", JOB, *map(known.listener, listeners())} <= late
    assert "relay" not in late


def until(has_happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not has_happened():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)
