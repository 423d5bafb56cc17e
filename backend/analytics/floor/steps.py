"""What the log told of orders, many at a time: the floor's entries, what a day adds up to, where each order stands.

Whoever calls these holds the floor's lock and works across companies.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from backend.analytics.floor.models import Floor, FloorEntry, Standing
from backend.analytics.floor.states import SHOWN, STAGE_OF, TROUBLE, Stage
from backend.core.written import fetch
from backend.events.models import Event
from backend.orders.states import Step


class Place(NamedTuple):
    """Where an order stands, since when, and by which entry of the floor."""

    stage: str
    since: datetime
    entry_id: int


class Told(NamedTuple):
    """A step of an order, and how the order and its place on the floor are now."""

    step: str
    at: datetime
    tracking: str
    seq: int
    order_id: int
    seller_id: int
    buyer_id: int
    currency: str
    amount_minor: int
    commercial: str
    before: Place | None

    @property
    def is_trouble(self) -> bool:
        return self.tracking in TROUBLE

    @property
    def is_shown(self) -> bool:
        return self.step in SHOWN and (self.step != Step.TRACKED or self.is_trouble)


_TOLD = """
SELECT told.step, told.at, coalesce(told.data ->> 'tracking', ''), told.seq, placed.id, placed.seller_id,
    placed.buyer_id, placed.currency, placed.net_minor + placed.tax_minor, placed.commercial,
    place.stage, place.since, place.entry_id
FROM unnest(%(orders)s::bigint[], %(seqs)s::bigint[]) WITH ORDINALITY AS asked (order_id, seq, nth)
JOIN orders_orderentry told ON told.order_id = asked.order_id AND told.seq = asked.seq
JOIN orders_order placed ON placed.id = told.order_id
LEFT JOIN analytics_standing place ON place.order_id = placed.id
ORDER BY asked.nth
"""
_ADD_UP = """
INSERT INTO analytics_daytotal AS total (day, step, currency, orders, amount_minor)
SELECT (at AT TIME ZONE 'UTC')::date AS day, step, currency, count(*), sum(amount_minor)
FROM analytics_floorentry WHERE id BETWEEN %s AND %s GROUP BY day, step, currency
ON CONFLICT (day, step, currency) DO UPDATE SET orders = total.orders + excluded.orders,
    amount_minor = total.amount_minor + excluded.amount_minor
"""


def read_told(events: Sequence[Event]) -> Sequence[Told]:
    """What these events of orders are about, in their order. Raises LookupError where an order's timeline lacks one.
    One query."""
    asked = {"orders": [event.subject_pk for event in events], "seqs": [event.data["seq"] for event in events]}
    told = [Told._make((*row[:10], Place._make(row[10:]) if row[10] else None)) for row in fetch(_TOLD, asked)]
    if len(told) < len(events):
        raise LookupError(f"{len(events) - len(told)} of {len(events)} events are in no order's timeline")
    return told


def append(floor: Floor, told: Iterable[Told]) -> Mapping[Told, FloorEntry]:
    """The next entries of the floor: of those that are shown. Two queries, none where none is."""
    shown = [each for each in told if each.is_shown]
    entries = {each: _entry(seq, each) for seq, each in enumerate(shown, floor.last_seq + 1)}
    if entries:
        FloorEntry.objects.bulk_create(entries.values())
        with connection.cursor() as cursor:
            cursor.execute(_ADD_UP, [floor.last_seq + 1, floor.last_seq + len(entries)])
        floor.last_seq += len(entries)
    return entries


def _entry(seq: int, told: Told) -> FloorEntry:
    return FloorEntry(
        seq=seq,
        step=told.step,
        at=told.at,
        order_id=told.order_id,
        seller_id=told.seller_id,
        buyer_id=told.buyer_id,
        currency=told.currency,
        amount_minor=told.amount_minor,
    )


def place(told: Sequence[Told], entries: Mapping[Told, FloorEntry]) -> bool:
    """Where the orders stand from now on, and whether any of that is news. Two queries at most."""
    before = {each.order_id: each.before for each in told}
    now = dict(before)
    for each in told:
        entry = entries.get(each)
        now[each.order_id] = _next(each, now[each.order_id], entry.seq if entry else None)
    changed = {order: place for order, place in now.items() if place != before[order]}
    _write({order: place for order, place in changed.items() if place})
    if gone := [order for order, place in changed.items() if not place]:
        Standing.objects.scoped(order__in=gone).delete()
    return bool(changed)


def _next(told: Told, before: Place | None, entry: int | None) -> Place | None:
    """What stays on its stage has been there since when it came."""
    stage = _stage(told, before)
    if stage is None:
        return None
    if before is None:
        return Place(stage, told.at, entry) if entry else None
    since = before.since if before.stage == stage else told.at
    return Place(stage, since, entry or before.entry_id)


def _stage(told: Told, before: Place | None) -> Stage | None:
    """What a carrier said of trouble holds until it says something else."""
    if told.is_trouble:
        return Stage.TROUBLE
    stage = STAGE_OF.get(told.commercial)
    was_in_trouble = before is not None and before.stage == Stage.TROUBLE
    goes_on = told.step in (Step.TRACKED, Step.DELIVERED, Step.LOST, Step.CAME_BACK)
    return Stage.TROUBLE if stage == Stage.IN_TRANSIT and was_in_trouble and not goes_on else stage


def _write(places: Mapping[int, Place]) -> None:
    Standing.objects.bulk_create(
        [Standing(order_id=order, **place._asdict()) for order, place in places.items()],
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=Place._fields,
    )
