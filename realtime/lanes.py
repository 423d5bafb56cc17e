"""What a batch of events makes due, coalesced; and what was rendered of it, bundled in the order in which it goes out.

A state's newest version stands for all older ones, a log's entries are joined to one span, a list is told once. All
that one subject's events brought travels in one bundle, so that a page shows it at once. Logs go before the rest: of
them nothing may be left out, so they are the first that a backlog would make late.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import structlog
from django.conf import settings
from django.db import connection

from backend.events import dead_letters
from backend.events.kinds import Kind
from backend.events.models import Event
from realtime import metrics
from realtime.pushes import PUSHES, Append, Due, Refresh, Replace, Revoke
from realtime.render import limited_queries
from realtime.road import Bundle, Entries, Push

logger = structlog.get_logger(__name__)


def coalesce(events: Iterable[Event]) -> dict[str, Due]:
    """What is due of each topic, in the order of the events that brought its newest version."""
    newest: dict[str, Due] = {}
    for event in events:
        for due in _due_for(event):
            newest[due.topic] = _joined(newest.pop(due.topic, due), due)
    return newest


def _joined(known: Due, due: Due) -> Due:
    newer = max(known, due, key=lambda one: one.version)
    return replace(newer, first=min(known.first, due.first))


def _due_for(event: Event) -> Iterator[Due]:
    """What the event makes due. What of it makes no sense to this relay is buried: the road never stops."""
    try:
        pushes = PUSHES.get(Kind(event.kind), ())
    except ValueError as problem:
        _bury(event, problem)
        return
    for push in pushes:
        if not isinstance(push, Revoke):
            try:
                yield from list(push.due(event))
            except Exception as problem:
                _bury(event, problem)
                yield from _as_it_is(push, event)


def _as_it_is(push: Replace | Append | Refresh, event: Event) -> Iterator[Due]:
    """A state's topic as it stands now, where the event does not say at which version that is."""
    if isinstance(push, Replace) and event.subject.partition(":")[2].isdigit():
        try:
            with limited_queries():
                version = push.query(event.subject_pk).version
        except Exception as problem:
            _bury(event, problem)
        else:
            yield Due(push, event.subject_pk, version, event=event)


def _bury(event: Event, problem: Exception) -> None:
    if not connection.is_usable():
        raise problem
    metrics.NOT_UNDERSTOOD.inc()
    logger.exception("relay.not_understood", kind=event.kind, subject=event.subject, position=event.position)
    dead_letters.bury(event.position or 0, event.subject, what=event.kind, problem=problem)


def bundled(epoch: str, shown: Iterable[tuple[Due, Push | Entries]]) -> list[Bundle]:
    """The news of each subject in one bundle, those with entries of a log first. A list's signal is no subject's."""
    news: dict[str, list[Push | Entries]] = {}
    traces: dict[str, str] = {}
    for due, one in shown:
        event = due.event
        key = due.topic if event is None or isinstance(due.push, Refresh) else event.subject
        news.setdefault(key, []).append(one)
        if event is not None and not traces.get(key):
            traces[key] = trace_of(event)
    bundles = [Bundle(epoch, settings.BUILD, told, traces.get(key, "")) for key, told in news.items()]
    return sorted(bundles, key=_lane)


def _lane(bundle: Bundle) -> int:
    return 0 if any(isinstance(one, Entries) for one in bundle.news) else 1


def trace_of(event: Event) -> str:
    """The name under which a sampled event is followed to the browser; empty for the others."""
    every = settings.LIVE_TRACE_EVERY
    return f"{event.pk}.{int(event.occurred_at.timestamp() * 1000)}" if every and event.pk % every == 0 else ""
