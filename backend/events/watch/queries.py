"""What has to run, as an operator sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Now

from backend.events.watch import known
from backend.events.watch.models import THE_ONE, Heartbeat, Watch
from backend.events.watch.states import State

TROUBLE_FIRST = {State.FAILING: 0, State.LATE: 1, State.FINE: 2}


@dataclass(frozen=True, slots=True)
class HeartbeatView:
    """One thing that has to run."""

    name: str
    is_job: bool
    state: State
    started_at: datetime | None
    ended_at: datetime | None
    did: int | None
    problem: str
    due_at: datetime | None


def version_of_watch() -> int:
    """One query."""
    return Watch.objects.filter(pk=THE_ONE).values_list("version", flat=True).first() or 0


def heartbeats() -> Sequence[HeartbeatView]:
    """Of everything that has to run, trouble first; what never has is late. One query."""
    rows = {row.name: row for row in Heartbeat.objects.annotate(now=Now())}
    found = [_view(name, rows.get(name)) for name in known.everything()]
    return sorted(found, key=lambda each: TROUBLE_FIRST[each.state])


def in_trouble() -> Sequence[HeartbeatView]:
    """What the pages were told is late or fails, by name. One query."""
    rows = Heartbeat.objects.exclude(told=State.FINE).filter(name__in=known.everything()).order_by("name")
    return [_view_of(row, State(row.told)) for row in rows]


def _view(name: str, row: Heartbeat | None) -> HeartbeatView:
    if row is None:
        return HeartbeatView(name, name in known.jobs(), State.LATE, None, None, None, "", None)
    is_late = row.due_at < row.now  # type: ignore[attr-defined]  # as annotated
    return _view_of(row, State.FAILING if row.problem else State.LATE if is_late else State.FINE)


def _view_of(row: Heartbeat, state: State) -> HeartbeatView:
    is_job = row.name in known.jobs()
    return HeartbeatView(row.name, is_job, state, row.started_at, row.ended_at, row.did, row.problem, row.due_at)
