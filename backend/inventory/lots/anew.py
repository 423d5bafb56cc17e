"""Promises out of expired lots go over to other shelves. Callers hold the transaction, and have locked the stock."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from backend.inventory.holds.models import Hold
from backend.inventory.holds.steps import LockedStock
from backend.inventory.lots.replacing import Promise, Replacement, lost_of, replacements
from backend.inventory.models import LotLevel, StockLevel

_PROMISE = """
INSERT INTO inventory_hold (level_id, holder_id, kind, subject, line, quantity)
SELECT part.level_id, hold.holder_id, hold.kind, hold.subject, hold.line, sum(part.quantity)::bigint
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS part (hold_id, level_id, quantity)
JOIN inventory_hold hold ON hold.id = part.hold_id
GROUP BY part.level_id, hold.holder_id, hold.kind, hold.subject, hold.line
ON CONFLICT (subject, line, level_id) DO UPDATE SET quantity = inventory_hold.quantity + excluded.quantity
"""
_GIVE_BACK = """
WITH part AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS part (hold_id, quantity)
), gone AS (
    DELETE FROM inventory_hold hold USING part WHERE hold.id = part.hold_id AND hold.quantity = part.quantity
), less AS (
    UPDATE inventory_hold hold SET quantity = hold.quantity - part.quantity
    FROM part WHERE hold.id = part.hold_id AND hold.quantity > part.quantity
)
UPDATE inventory_stocklevel level SET version = version + 1, allocated = level.allocated + change.units
FROM unnest(%s::bigint[], %s::bigint[]) AS change (level_id, units) WHERE level.id = change.level_id
"""


def broken_skus() -> Sequence[int]:
    """Of which a shelf has more promised than lies there good, since some of it expired. One query."""
    good = F("on_hand") - F("expired") - F("safety")
    broken = StockLevel.objects.across_companies(why="the day passes for every seller")
    found = broken.filter(expired__gt=0, allocated__gt=good).order_by("item")
    return list(found.values_list("item", flat=True).distinct())


def lost_promises(sku_id: int) -> Sequence[Promise]:
    """What is promised of a SKU out of lots that are past their day, in the order of promise. Two queries."""
    return _lost(_spoilt(sku_id), sku_id)


def promise_anew(stock: LockedStock, sku_id: int, subjects: Collection[str]) -> Mapping[int, int]:
    """What these subjects were promised of a locked SKU, out of lots past their day, is promised out of what is good
    elsewhere, expected or may be owed, as far as there is any; units by line. Four statements, two where there is none.
    """
    levels = _spoilt(sku_id)
    beyond = {each.pk: -(each.available + each.incoming + each.backorder_limit) for each in levels}
    lost = [each for each in _lost(levels, sku_id) if each.subject in subjects]
    moved = replacements(lost, stock.shelves.get(sku_id, ()), beyond)
    if moved:
        stock.is_known = False
        _move(moved)
    found = Counter[int]()
    for promise, part in moved:
        found[promise.line] += part.quantity
    return found


def _spoilt(sku_id: int) -> Sequence[Any]:
    """What is in parcels is not promised anew: as long as it is good it is theirs, and then it has to be unpacked."""
    spoilt = StockLevel.objects.of_sku(sku_id).filter(expired__gt=0)
    good = LotLevel.objects.scoped(level=OuterRef("pk"), lot__expired_at=None).order_by().values("level")
    return list(spoilt.annotate(good_packed=Coalesce(Subquery(good.values(units=Sum("packed"))), 0)))


def _lost(levels: Sequence[Any], sku_id: int) -> Sequence[Promise]:
    holds = list(Hold.objects.scoped(level__in=levels).live().order_by("pk"))
    found: list[Promise] = []
    for level in levels:
        here = [hold for hold in holds if hold.level_id == level.pk]
        queue = [Promise(each.pk, level.pk, sku_id, each.subject, each.line, each.loose) for each in here]
        found += lost_of(queue, level.sellable - level.safety - level.good_packed, level.expired)
    return sorted(found, key=lambda each: each.hold_id)


def _move(moved: Sequence[Replacement]) -> None:
    """Promised there first, then given back here: the hold says whose it is."""
    gone, change = Counter[int](), Counter[int]()
    for promise, part in moved:
        gone[promise.hold_id] += part.quantity
        change[promise.level_id] -= part.quantity
        change[part.level_id] += part.quantity
    parts = [(promise.hold_id, part.level_id, part.quantity) for promise, part in moved]
    with connection.cursor() as cursor:
        cursor.execute(_PROMISE, [list(column) for column in zip(*parts, strict=True)])
        cursor.execute(_GIVE_BACK, [list(gone), list(gone.values()), list(change), list(change.values())])
