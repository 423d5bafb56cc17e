"""Every change of the watch: it is recorded that a state has changed, never that something ran."""

from dataclasses import dataclass

from django.db import connection
from django.db.transaction import atomic

from backend.core.written import fetch
from backend.events.kinds import Kind
from backend.events.log import record
from backend.events.watch.models import THE_ONE

SUBJECT = f"watch:{THE_ONE}"


@dataclass(frozen=True, slots=True)
class Clock:
    """Nobody: time has passed."""

    user_id: int | None = None
    company_id: int | None = None


@atomic
def tell_states() -> int:
    """Whatever has become late, failed or is well again since it was told last, by the database's clock; returns of how
    many. One query where there is nothing to tell."""
    with connection.cursor() as cursor:
        cursor.execute(_TELL)
        told: int = cursor.rowcount
    if told:
        move_watch()
    return told


_TELL = """
UPDATE events_heartbeat SET told = state FROM (
    SELECT name AS changed, state FROM events_heartbeat
    CROSS JOIN LATERAL (SELECT CASE WHEN problem <> '' THEN 'failing' WHEN due_at < clock_timestamp() THEN 'late'
        ELSE 'fine' END AS state) AS now
    WHERE told <> state ORDER BY name FOR NO KEY UPDATE OF events_heartbeat) AS others
WHERE name = changed
"""


def move_watch() -> None:
    """An inner step: what the operators' pages say of what runs is another thing now. Nobody waits for it long."""
    version = fetch(_MOVE, {"one": THE_ONE})[0][0]
    record(Kind.EVENTS_WATCH_MOVED, SUBJECT, version=version, actor=Clock())


_MOVE = """
INSERT INTO events_watch AS watch (id, version) VALUES (%(one)s, 1)
ON CONFLICT (id) DO UPDATE SET version = watch.version + 1 RETURNING version
"""
