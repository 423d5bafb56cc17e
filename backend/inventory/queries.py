"""One function per screenful. Each says how many queries it costs, and its test says that number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from backend.catalog.models import Category, Product, Sku
from backend.core.written import Written, fetch
from backend.inventory.availability.queries import AvailabilityView, availabilities
from backend.inventory.disclosure import Disclosure, disclose
from backend.inventory.models import (
    StockItem,
    Warehouse,
)


@dataclass(frozen=True, slots=True)
class LevelView:
    """One warehouse's counters, in units of sale."""

    warehouse_id: int
    warehouse: str
    on_hand: int
    allocated: int
    reserved: int
    safety: int
    backorder_limit: int
    available: int
    version: int
    packed: int = 0
    """What lies there in parcels, and leaves with them."""
    reserved_until: datetime | None = None
    """When the first of what is reserved is free again, unless it is ordered."""

    @property
    def promised(self) -> int:
        """What lies there but belongs to somebody: orders and holds."""
        return self.allocated + self.reserved

    @property
    def state(self) -> str:
        """In stock, low or out, by what may still be sold from here."""
        return disclose(self.available, Disclosure.EXACT).state.value


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """So many units that left one warehouse for another and lie in neither."""

    quantity: int
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Expected:
    """So many units that a warehouse expects on a day."""

    quantity: int
    due_on: date
    warehouse: str
    reference: str


@dataclass(frozen=True, slots=True)
class LotView:
    """So much of a lot lies in one warehouse."""

    number: str
    best_before: date | None
    is_expired: bool
    warehouse: str
    on_hand: int
    packed: int
    """What of it is in parcels."""


@dataclass(frozen=True, slots=True)
class StockLevelView:
    """What a seller sees of a SKU's stock: fragment inventory/_stock.html, topic `stock_level:<sku>`."""

    sku_id: int
    version: int
    levels: Sequence[LevelView]
    buyers_see: AvailabilityView
    on_the_way: Sequence[OnTheWay] = ()
    expected: Sequence[Expected] = ()
    by_lots: bool = False
    lots: Sequence[LotView] = ()
    """What expires first in front."""

    @property
    def on_hand(self) -> int:
        return sum(level.on_hand for level in self.levels)

    @property
    def available(self) -> int:
        return sum(level.available for level in self.levels)


def stock_level(sku_id: int) -> StockLevelView:
    """One SKU's counters in every warehouse. Two queries."""
    return stock_levels([sku_id])[sku_id]


def stock_levels(sku_ids: Collection[int]) -> dict[int, StockLevelView]:
    """The same for many. Two queries; the versions are of the same moment as the counters."""
    return {pk: level for pk, (level, _) in stock_with_disclosure(sku_ids).items()}


def stock_with_disclosure(sku_ids: Collection[int]) -> Mapping[int, tuple[StockLevelView, str]]:
    """With what its seller discloses of it. Two queries."""
    seen: dict[tuple[str, int], list[_Seen]] = defaultdict(list)
    for row in map(_Seen._make, fetch(_SEEN, {"skus": list(sku_ids)})):
        seen[row.what, row.sku_id].append(row)
    shown = availabilities(sku_ids)
    return {pk: (_stock(pk, seen, shown[pk]), _disclosure(seen.get(("item", pk), ()))) for pk in sku_ids}


def own_sku(company_id: int, sku_id: int) -> Sku | None:
    """A company's SKU with its product and category. One query."""
    sku: Sku | None = None
    for sku, product, category in _OWN_SKU.fetch({"company": company_id, "sku": sku_id}):
        sku.product, product.category = product, category
    return sku


def warehouses(company_id: int) -> Sequence[Warehouse]:
    """A seller's open warehouses, by their codes. One query."""
    return [house for (house,) in _WAREHOUSES.fetch({"company": company_id})]


def skus_by_code(company_id: int, codes: Iterable[str]) -> Mapping[str, Sku]:
    """A seller's own SKUs by their codes in capitals; codes that are none of theirs are missing. One query."""
    wanted = {code.upper() for code in codes}
    return {sku.code.upper(): sku for sku in Sku.objects.of_company(company_id).filter(code__in=wanted)}


class _Seen(NamedTuple):
    """A row of the database's function `stock_seen`."""

    what: str
    sku_id: int
    version: int
    warehouse_id: int
    warehouse: str
    quantity: int
    allocated: int
    reserved: int
    lapsed: int
    next_lapse: datetime | None
    safety: int
    backorder_limit: int
    said: str
    due_on: date
    expired: int
    by_lots: bool
    packed: int


_SEEN = "SELECT * FROM stock_seen(%(skus)s)"
_OWN_SKU = Written(
    """
SELECT {sku}, {product}, {category} FROM catalog_sku sku JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_category category ON category.id = product.category_id
WHERE sku.id = %(sku)s AND sku.company_id = %(company)s
""",
    sku=Sku,
    product=Product,
    category=Category,
)
_WAREHOUSES = Written(
    """
SELECT {house} FROM inventory_warehouse house WHERE company_id = %(company)s AND closed_at IS NULL ORDER BY code
""",
    house=Warehouse,
)


def _stock(pk: int, seen: Mapping[tuple[str, int], Sequence[_Seen]], shown: AvailabilityView) -> StockLevelView:
    return StockLevelView(
        pk,
        next((row.version for row in seen.get(("item", pk), ())), 0),
        tuple(_level(row) for row in seen.get(("level", pk), ())),
        shown,
        tuple(OnTheWay(row.quantity, row.warehouse, row.said) for row in seen.get(("way", pk), ())),
        tuple(Expected(row.quantity, row.due_on, row.warehouse, row.said) for row in seen.get(("coming", pk), ())),
        any(row.by_lots for row in seen.get(("item", pk), ())),
        tuple(
            LotView(row.said, row.due_on, row.expired > 0, row.warehouse, row.quantity, row.packed)
            for row in seen.get(("lot", pk), ())
        ),
    )


def _disclosure(items: Sequence[_Seen]) -> str:
    return next((row.said for row in items), str(StockItem._meta.get_field("disclosure").get_default()))


def _level(row: _Seen) -> LevelView:
    """What has lapsed is reserved no more, swept or not."""
    reserved = row.reserved - row.lapsed
    return LevelView(
        warehouse_id=row.warehouse_id,
        warehouse=row.warehouse,
        on_hand=row.quantity,
        allocated=row.allocated,
        reserved=reserved,
        packed=row.packed,
        reserved_until=row.next_lapse,
        safety=row.safety,
        backorder_limit=row.backorder_limit,
        available=row.quantity - row.expired - row.allocated - reserved - row.safety,
        version=row.version,
    )
