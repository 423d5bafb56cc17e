"""What is expected, as pages and promises read it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from backend.catalog.queries import Page, page_of
from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.incoming.dates import Coming, Owed, first_day, left_after, owed_by
from backend.inventory.models import Incoming, StockLevel

LIST_SIZE = 50
_COMING = """
SELECT level.id, level.item_id,
    greatest(level.allocated + level.reserved + level.safety - level.on_hand + level.expired, 0),
    coming.due_on, coming.quantity - coming.received, current_date
FROM inventory_incoming coming JOIN inventory_stocklevel level ON level.id = coming.level_id
WHERE level.item_id = ANY(%s) AND level.incoming > 0 AND coming.status = 'expected'
"""


@dataclass(frozen=True, slots=True)
class IncomingPage:
    page: Page
    rows: Sequence[Incoming]


def incoming(company_id: int, *, number: int = 1, size: int = LIST_SIZE) -> IncomingPage:
    """A page of what a company expects, the next first. Two queries."""
    own = Incoming.objects.of_company(company_id).expected().order_by("due_on", "pk")
    page = page_of(number, size, own.count())
    rows = own.select_related("level__warehouse", "level__item__sku__product")
    return IncomingPage(page, list(rows[(page.number - 1) * page.size : page.number * page.size]))


def promisable(sku_ids: Collection[int]) -> Mapping[int, Sequence[Coming]]:
    """What of the expected goods can still be promised, by level. One query."""
    return {level_id: coming for (level_id, _sku), coming in _left(sku_ids).items()}


def next_coming(sku_ids: Collection[int]) -> Mapping[int, Coming]:
    """What comes next of each SKU that is promised to nobody, in all warehouses together. One query."""
    of_sku: dict[int, list[Coming]] = defaultdict(list)
    for (_level, sku), coming in _left(sku_ids).items():
        of_sku[sku] += coming
    return {sku: first for sku, coming in of_sku.items() if (first := first_day(coming))}


def owed_of(sku_ids: Collection[int]) -> Mapping[int, Owed]:
    """What is owed of these SKUs to each line of an order, and when it will be there. Three queries, one where nothing
    is promised."""
    found: dict[int, list[Owed]] = defaultdict(list)
    promises: dict[int, list[tuple[tuple[str, int], int]]] = defaultdict(list)
    for hold in Hold.objects.scoped(level__item__in=sku_ids).live().order_by("pk"):
        promises[hold.level_id].append(((hold.kind, hold.line), hold.quantity))
    if not promises:
        return {}
    days: dict[int, list[Coming]] = defaultdict(list)
    for each in Incoming.objects.expected_of(sku_ids):
        days[each.level_id].append(Coming(each.due_on, each.rest))
    for level in StockLevel.objects.of_skus(sku_ids).filter(pk__in=promises):
        there = max(level.sellable - level.safety, 0)
        for (kind, line), owed in owed_by(promises[level.pk], there, days[level.pk]).items():
            if kind == HoldKind.ORDER:
                found[line].append(owed)
    return {line: _together(parts) for line, parts in found.items()}


def _together(parts: Sequence[Owed]) -> Owed:
    """Of several shelves: the last day, unless one of them is unknown."""
    owing = [part for part in parts if part.quantity]
    days: list[date | None] = [part.due_on for part in owing]
    last = max((day for day in days if day), default=None)
    return Owed(sum(part.quantity for part in owing), None if None in days else last)


def _left(sku_ids: Collection[int]) -> Mapping[tuple[int, int], Sequence[Coming]]:
    """By level and SKU."""
    found: dict[tuple[int, int], list[Coming]] = defaultdict(list)
    owed = dict[tuple[int, int], tuple[int, date]]()
    with connection.cursor() as cursor:
        cursor.execute(_COMING, [list(sku_ids)])
        for level_id, sku, missing, due_on, quantity, today in cursor.fetchall():
            owed[level_id, sku] = (missing, today)
            found[level_id, sku].append(Coming(due_on, quantity))
    return {key: left_after(coming, *owed[key]) for key, coming in found.items()}
