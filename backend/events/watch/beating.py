"""What runs says that it does: one statement, and no event unless its state is another one than before."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection

from backend.core.written import as_json
from backend.events.dead_letters import named
from backend.events.watch import known
from backend.events.watch.actions import tell_states

logger = logging.getLogger(__name__)
_running: set[str] = set()
"""The jobs that this process is at."""
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Beat:
    """One sign of life."""

    name: str
    took_s: float = 0.0
    did: int | None = None
    problem: str = ""


def beat(beats: Sequence[Beat]) -> None:
    """Writes them down; whoever looks is told where a state has changed."""
    said = [[each.name, each.took_s, each.did, each.problem, known.due_in_s(each.name)] for each in beats]
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, {"beats": as_json(said)})
        has_changed = any(changed for (changed,) in cursor.fetchall())
    if has_changed:
        tell_states()


_BEAT = """
INSERT INTO events_heartbeat AS known (name, started_at, ended_at, did, problem, failed_at, due_at, told)
SELECT beat ->> 0, clock_timestamp() - make_interval(secs => (beat ->> 1)::float),
    CASE WHEN beat ->> 3 = '' THEN clock_timestamp() END, (beat ->> 2)::bigint, beat ->> 3,
    CASE WHEN beat ->> 3 <> '' THEN clock_timestamp() END,
    clock_timestamp() + make_interval(secs => (beat ->> 4)::float), 'fine'
FROM json_array_elements(%(beats)s::json) AS beats (beat) ORDER BY 1
ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at,
    ended_at = coalesce(excluded.ended_at, known.ended_at), problem = excluded.problem,
    did = CASE WHEN excluded.problem = '' THEN excluded.did ELSE known.did END,
    failed_at = coalesce(excluded.failed_at, known.failed_at), due_at = excluded.due_at
RETURNING told <> CASE WHEN problem <> '' THEN 'failing' ELSE 'fine' END
"""


def expect(names: Collection[str]) -> None:
    """What has never run is late, too, once it should have."""
    _due(names, is_known="NOTHING")


def keep_alive(names: Collection[str]) -> None:
    """What is still at it is not late."""
    _due(names, is_known="UPDATE SET due_at = excluded.due_at")


def _due(names: Collection[str], *, is_known: str) -> None:
    said = [[name, known.due_in_s(name)] for name in sorted(names)]
    with connection.cursor() as cursor:
        cursor.execute(_DUE + is_known, {"names": as_json(said)})


_DUE = """
INSERT INTO events_heartbeat AS known (name, problem, due_at, told)
SELECT said ->> 0, '', clock_timestamp() + make_interval(secs => (said ->> 1)::float), 'fine'
FROM json_array_elements(%(names)s::json) AS names (said)
ON CONFLICT (name) DO """


# --- The worker ------------------------------------------------------------------------------------------------------
def watched(run: Callable[[], Any], context: Any, _worker: Any) -> Any:
    """Around every job that a worker runs: of a periodic one it is written down how it ended."""
    name = known.short_name(context.task.name)
    if name not in known.jobs():
        return run()
    began = time.monotonic()
    try:
        with _at(name):
            done = run()
    except BaseException as problem:
        _write(Beat(name, time.monotonic() - began, problem=named(problem)))
        raise
    _write(Beat(name, time.monotonic() - began, did=int(done) if isinstance(done, int) else None))
    return done


@contextmanager
def _at(name: str) -> Iterator[None]:
    with _lock:
        _running.add(name)
    try:
        yield
    finally:
        with _lock:
            _running.discard(name)


def _write(one: Beat) -> None:
    """A job that is done is done, whether that could be written down or not: then it is late."""
    try:
        beat([one])
    except DatabaseError as problem:
        logger.warning("%s ended, which could not be written down: %r", one.name, problem)
        connection.close()


def beat_of_worker() -> None:
    """The worker lives, and is still at what takes long. Whatever has become late is told."""
    beat([Beat(known.WORKER)])
    with _lock:
        at = set(_running)
    if at:
        keep_alive(at)
    tell_states()


class ListenersBeat:
    """Every BEAT_S, what the rooms have heard meanwhile, and which of them can't go on."""

    def __init__(self) -> None:
        self._at = 0.0
        self._passed: dict[str, int] = {}

    def note(self, passed: Mapping[str, int], failing: Mapping[str, str]) -> None:
        for room, count in passed.items():
            self._passed[room] = self._passed.get(room, 0) + count
        if time.monotonic() - self._at < known.BEAT_S:
            return
        beat([Beat(known.listener(room), did=n, problem=failing.get(room, "")) for room, n in self._passed.items()])
        self._at, self._passed = time.monotonic(), {}
