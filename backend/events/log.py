"""The event log: recorded by actions, numbered after commit, read by position."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db import connection, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Min, Q
from django.db.models.functions import Now

from backend.core.along import run
from backend.core.written import Written, as_json, fetch
from backend.events import projections, waker
from backend.events.kinds import Kind
from backend.events.models import Cursor, Event, Numbering

RELAY = "relay"
OF_RELAYS = Q(name=RELAY) | Q(name__startswith=f"{RELAY}.")
"""The cursor of shard 0, and those of the others: `relay.<index>`."""


class Acting(Protocol):
    """Who an event is written down to: an accounts.Actor, seen from below."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def company_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """That a subject stands at a version now, and what an event says about it."""

    subject: str
    version: int
    data: Mapping[str, object] = field(default_factory=dict)


def record(kind: Kind, subject: str, *, version: int, actor: Acting, data: Mapping[str, object] | None = None) -> Event:
    """Writes down what has just changed, in the transaction that changed it.

    `subject` is `<thing>:<pk>`; `version` is the subject's own, raised under the lock of this change; `data` holds
    references and versions, nothing personal. Only actions call this.
    """
    return _record(kind, [Fact(subject, version, data or {})], actor)[0]


def record_all(kind: Kind, facts: Sequence[Fact], *, actor: Acting) -> None:
    """The same for many subjects that changed together, in their order. One query, however many."""
    if facts and projections.are_of(kind):
        _record(kind, facts, actor)
    elif facts:
        run(_INSERT, _inserted(kind, facts, actor))


def _record(kind: Kind, facts: Sequence[Fact], actor: Acting) -> Sequence[Event]:
    said = {"kind": kind, "actor_id": actor.user_id, "company_id": actor.company_id}
    stamps = fetch(_INSERT + _RETURNING, _inserted(kind, facts, actor))
    events = [
        Event(pk=pk, occurred_at=at, subject=fact.subject, version=fact.version, data=dict(fact.data), **said)
        for (pk, at), fact in zip(stamps, facts, strict=True)
    ]
    for event in events:
        projections.project(event)
    return events


def _inserted(kind: Kind, facts: Sequence[Fact], actor: Acting) -> Mapping[str, object]:
    """What is about to be written down, of which the relay is told once it is committed."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind} was recorded outside a transaction: an event commits with its change or not at all")
    transaction.on_commit(waker.wake)
    said = [[fact.subject, fact.version, fact.data] for fact in facts]
    return {"kind": kind, "user": actor.user_id, "company": actor.company_id, "facts": as_json(said)}


_INSERT = """
INSERT INTO events_event (kind, actor_id, company_id, subject, version, data)
SELECT %(kind)s, %(user)s, %(company)s, fact ->> 0, (fact ->> 1)::bigint, (fact -> 2)::jsonb
FROM json_array_elements(%(facts)s::json) WITH ORDINALITY AS facts (fact, nth) ORDER BY nth
"""
_RETURNING = "RETURNING id, occurred_at"


def number_events(limit: int = 500, *, after_id: int = 0) -> list[Event]:
    """Gives the next positions to up to `limit` committed events, oldest id first, and returns them in that order.

    Commits before it returns, so a position once seen never changes. Two numberers take turns on one row's lock; an
    event whose transaction commits late gets a later position, and is never skipped unless its id is at or below
    after_id: sweep with 0 every second. Where there is nothing to number it costs one query.
    """
    if not Event.objects.filter(position=None, pk__gt=after_id).exists():
        return []
    with transaction.atomic():
        return _number(limit, after_id)


def _number(limit: int, after_id: int) -> list[Event]:
    numbering, _ = Numbering.objects.select_for_update().get_or_create(pk=1)
    asked = {"last": numbering.last_position, "after": after_id, "limit": limit, "one": numbering.pk}
    return list(Event.objects.raw(_NUMBER, asked))


_NUMBER = """
WITH batch AS (
    SELECT id, occurred_at, row_number() OVER (ORDER BY id) AS nth
    FROM (SELECT id, occurred_at FROM events_event
          WHERE position IS NULL AND id > %(after)s ORDER BY id LIMIT %(limit)s) AS unnumbered
), numbered AS (
    UPDATE events_event AS event SET position = %(last)s + batch.nth
    FROM batch WHERE event.id = batch.id AND event.occurred_at = batch.occurred_at
    RETURNING event.*
), counted AS (
    UPDATE events_numbering SET last_position = %(last)s + (SELECT count(*) FROM numbered) WHERE id = %(one)s
)
SELECT * FROM numbered ORDER BY position
"""


def last_position() -> int:
    """The last position that was given; 0 at the beginning.

    A list that was read after it shows at least everything up to it: what its page prints as the list's version.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_position FROM events_numbering WHERE id = 1")
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def begin_term(shards: int = 1) -> int:
    """Whoever takes the lead over a shard begins a term: its number is higher than any before it.

    Where the number of shards is another than before, each begins where the slowest one had come to.
    """
    with transaction.atomic():
        numbering, _ = Numbering.objects.select_for_update().get_or_create(pk=1)
        if numbering.shards != shards:
            _share_out(shards)
        numbering.shards, numbering.last_term = shards, numbering.last_term + 1
        numbering.save(update_fields=["shards", "last_term"])
    return numbering.last_term


def _share_out(shards: int) -> None:
    slowest = relay_watermark()
    Cursor.objects.filter(OF_RELAYS).delete()
    for index in range(shards):
        move_watermark(slowest, f"{RELAY}.{index}" if index else RELAY)


def relay_watermark() -> int:
    """The position up to which all relays have delivered; 0 at the beginning."""
    return Cursor.objects.filter(OF_RELAYS).aggregate(least=Min("position"))["least"] or 0


def since(position: int, limit: int = 500) -> Sequence[Event]:
    """The numbered events after a position, in order, at most `limit` of them."""
    return list(Event.objects.filter(position__gt=position).order_by("position")[:limit])


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened after a reader's position, up to `last`: of the kinds that it asked for."""

    after: int
    last: int
    events: Sequence[Event]


def unheard(reader: str, kinds: Iterable[str], limit: int) -> Stretch:
    """The next `limit` numbered events that a reader has not passed yet, and of them those of its kinds. One query."""
    rows = _UNHEARD.fetch({"reader": reader, "kinds": list(map(str, kinds)), "limit": limit})
    return Stretch(rows[0][1], rows[0][2], [event for event, _after, _last in rows if event])


_UNHEARD = Written(
    """
    WITH come_to AS (SELECT coalesce((SELECT position FROM events_cursor WHERE name = %(reader)s), 0) AS position),
    following AS MATERIALIZED (
        SELECT * FROM events_event WHERE position > (SELECT position FROM come_to) ORDER BY position LIMIT %(limit)s)
    SELECT {event}, come_to.position, coalesce((SELECT max(position) FROM following), come_to.position)
    FROM come_to LEFT JOIN following event ON event.kind = ANY(%(kinds)s) ORDER BY event.position
    """,
    event=Event,
)


def waiting_s(position: int) -> float:
    """For how many seconds the oldest event after a position has waited for whoever has come to there; 0: none does."""
    age = ExpressionWrapper(Now() - F("occurred_at"), DurationField())
    waiting = Event.objects.filter(position__gt=position).order_by("position").annotate(age=age)
    oldest = waiting.values_list("age", flat=True).first()
    return max(0.0, oldest.total_seconds()) if oldest else 0.0


def watermark(reader: str = RELAY) -> int:
    """The position up to which a reader has done its work; 0 at the beginning."""
    return Cursor.objects.filter(name=reader).values_list("position", flat=True).first() or 0


def move_watermark(position: int, reader: str = RELAY) -> None:
    """Moves a reader's position forward; a lower one changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_cursor (name, position) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE"
            " SET position = greatest(events_cursor.position, excluded.position)",
            [reader, position],
        )
