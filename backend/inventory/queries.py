"""One function per screenful. Each says how many queries it costs, and its test says that number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from backend.accounts.models import Company
from backend.catalog.models import Category, Product, SellerTerms, Sku, Variant
from backend.catalog.pricing import STRANGER, Buyer, offers_seen
from backend.catalog.queries import EXPORTED_AT_ONCE, Page, page_of
from backend.core.money import Money
from backend.core.written import Written, fetch
from backend.inventory.disclosure import Disclosure, StockState, disclose
from backend.inventory.models import (
    MoveKind,
    StockItem,
    Warehouse,
)

MOVES_SIZE = 50
HISTORY_SIZE = 200


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """What a buyer sees of a SKU's stock: fragment inventory/_availability.html, topic `stock:<sku>`."""

    sku_id: int
    version: int
    state: str
    quantity: int | None
    band: str
    more_on: date | None = None
    """When more comes that is promised to nobody; `more` or `more_band` say how many, where the seller discloses it."""
    more: int | None = None
    more_band: str = ""


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


@dataclass(frozen=True, slots=True)
class ListedGood:
    """What a list shows of one SKU; `picture` is the SHA-256 of the one that stands for it, by which it is shown."""

    pk: int
    code: str
    name: str
    """Of its variant; empty where there is but one."""
    product_id: int
    product: str
    slug: str
    category: str
    """The slug of its category."""
    seller: str
    moq: int
    case_pack: int
    picture: str | None
    availability: AvailabilityView


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One SKU on its product's page; `terms` are its seller's, where he said any."""

    sku: Sku
    availability: AvailabilityView
    terms: SellerTerms | None = None

    @property
    def lead_time_days(self) -> int | None:
        """The offer's own, else its describer's for the product, else its seller's for everything."""
        sku, product = self.sku, self.sku.product
        described = product.lead_time_days if product.company_id == sku.company_id else None
        said = (sku.lead_time_days, described, self.terms.lead_time_days if self.terms else None)
        return next((days for days in said if days is not None), None)

    @property
    def order_minimum(self) -> Money | None:
        """The least that one order from this seller comes to; None where there is none."""
        terms = self.terms
        return Money(terms.order_minimum_minor, terms.currency) if terms and terms.order_minimum_minor else None


@dataclass(frozen=True, slots=True)
class MoveView:
    """One line of a SKU's movements: fragment inventory/_movement.html, topic `stock_moves:<sku>`."""

    sku_id: int
    seq: int
    """Counts the moves of its SKU from 1 on, without a gap."""
    moved_at: datetime
    kind: str
    reason: str
    reference: str
    by: str
    warehouse: str
    quantity: int
    on_hand_after: int

    @property
    def kind_label(self) -> str:
        return str(MoveKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class MovesPage:
    page: Page
    moves: Sequence[MoveView] = field(default_factory=tuple)

    @property
    def last_seq(self) -> int:
        """The newest move that this page shows: the version of its log."""
        return max((move.seq for move in self.moves), default=0)


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """From this moment on so many units lay there."""

    at: datetime
    on_hand: int


@dataclass(frozen=True, slots=True)
class HistoryView:
    """A SKU's stock over time, oldest first: fragment inventory/_history.html, topic `stock_history:<sku>`."""

    sku_id: int
    version: int
    points: Sequence[HistoryPoint]


# --- Buyers ----------------------------------------------------------------------------------------------------------
def availability(sku_id: int) -> AvailabilityView:
    """What buyers see of one SKU's stock. One query."""
    return availabilities([sku_id])[sku_id]


def availabilities(sku_ids: Iterable[int]) -> dict[int, AvailabilityView]:
    """The same for many, a SKU that was never stocked being out. One query."""
    found = {row[0]: AvailabilityView(*row) for row in fetch(_AVAILABLE, {"skus": list(sku_ids)})}
    return {pk: found.get(pk) or _out(pk) for pk in sku_ids}


def catalogue_rows(sku_ids: Sequence[int]) -> Sequence[ListedGood]:
    """What a list shows of these SKUs, in this order; what has left the catalogue meanwhile is left out. One query."""
    found = {row[0]: _listed(*row) for row in fetch(_LISTED, {"skus": list(sku_ids)})}
    return [found[pk] for pk in sku_ids if pk in found]


def product_rows(product: Product, *, buyer: Buyer = STRANGER) -> Sequence[OfferRow]:
    """Those of a product's listed SKUs that the buyer sees, with availability and their sellers' terms. Two queries."""
    rows = [_offer(product, *row) for row in _OFFERS.fetch({"product": product.pk})]
    seen = offers_seen(buyer, [row.sku.pk for row in rows], even_unpublished=True)
    return [row for row in rows if row.sku.pk in seen]


# --- Sellers ---------------------------------------------------------------------------------------------------------
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


def stock_history(sku_id: int) -> HistoryView:
    """How many units lay in all warehouses together after each of the last moves. One query.

    It counts back from what lies there now, which is read in the same statement. Its version is the last move's seq.
    """
    newest = fetch(_HISTORY, {"sku": sku_id, "size": HISTORY_SIZE})
    points, on_hand = [], newest[0][2] if newest else 0
    for moved_at, quantity, _now, _seq in newest:
        points.append(HistoryPoint(moved_at, on_hand))
        on_hand -= quantity
    return HistoryView(sku_id, newest[0][3] if newest else 0, tuple(points[::-1]))


def moves(sku_id: int, *, number: int = 1) -> MovesPage:
    """A page of a SKU's moves, the newest first; the last one, if there are not so many. One query.

    A seq counts without a gap, so the last one is how many there are.
    """
    rows = fetch(_NEWEST_MOVES, {"sku": sku_id, "number": number, "size": MOVES_SIZE})
    page = page_of(number, MOVES_SIZE, rows[0][-1] if rows else 0)
    return MovesPage(page, [MoveView(*row[:-1]) for row in rows])


def last_move(sku_id: int) -> int:
    """The seq of a SKU's last move; 0 where there is none. One query."""
    return StockItem.objects.of_sku(sku_id).values_list("last_seq", flat=True).first() or 0


def moves_between(sku_id: int, first: int, last: int) -> Sequence[MoveView]:
    """A SKU's moves from seq `first` to `last`, in order. One query."""
    return [MoveView(*row[:-1]) for row in fetch(_MOVES_BETWEEN, {"sku": sku_id, "first": first, "last": last})]


def every_move(sku_id: int) -> Iterator[MoveView]:
    """All of a SKU's moves as of now, the newest first. A query, and one for each EXPORTED_AT_ONCE."""
    for last in range(last_move(sku_id), 0, -EXPORTED_AT_ONCE):
        yield from reversed(moves_between(sku_id, last - EXPORTED_AT_ONCE + 1, last))


def _out(sku_id: int) -> AvailabilityView:
    """What was never stocked."""
    return AvailabilityView(sku_id, 0, StockState.OUT, None, "")


_AVAILABLE = """
SELECT sku_id, version, state, quantity, band, more_on, more, more_band
FROM inventory_availability WHERE sku_id = ANY(%(skus)s::bigint[])
"""
_LISTED = "SELECT * FROM listed_goods(%(skus)s)"
_OF_STOCK = 7
"""So many columns at its end are an AvailabilityView's."""


def _listed(pk: int, *row: Any) -> ListedGood:
    return ListedGood(*(pk, *row[:-_OF_STOCK], _availability(pk, *row[-_OF_STOCK:])))


def _offer(product: Product, sku: Sku, variant: Variant, company: Company, *row: Any) -> OfferRow:
    sku.product, sku.variant, sku.company = product, variant, company
    terms, *stock = row
    return OfferRow(sku, _availability(sku.pk, *stock), terms)


def _availability(pk: int, version: int | None, *said: Any) -> AvailabilityView:
    """As an outer join found it."""
    return _out(pk) if version is None else AvailabilityView(pk, version, *said)


_OFFERS = Written(
    """
SELECT {sku}, {variant}, {company}, {terms}, stock.version, stock.state, stock.quantity, stock.band, stock.more_on,
    stock.more, stock.more_band
FROM catalog_sku sku JOIN catalog_variant variant ON variant.id = sku.variant_id
JOIN accounts_company company ON company.id = sku.company_id
LEFT JOIN catalog_sellerterms terms ON terms.company_id = sku.company_id
LEFT JOIN inventory_availability stock ON stock.sku_id = sku.id
WHERE sku.product_id = %(product)s AND sku.listed ORDER BY variant.position, sku.code
""",
    sku=Sku,
    variant=Variant,
    company=Company,
    terms=SellerTerms,
)


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
_MOVES = """
SELECT move.item_id, move.seq, move.moved_at, move.kind, move.reason, move.reference,
    coalesce(nullif(person.name, ''), person.email, ''), house.name, move.quantity, move.on_hand_after, item.last_seq
FROM inventory_stockmove AS move JOIN inventory_stockitem AS item ON item.sku_id = move.item_id
JOIN inventory_stocklevel AS level ON level.id = move.level_id
JOIN inventory_warehouse AS house ON house.id = level.warehouse_id
LEFT JOIN accounts_user AS person ON person.id = move.actor_id
WHERE move.item_id = %(sku)s
"""
_MOVES_BETWEEN = f"{_MOVES} AND move.seq BETWEEN %(first)s AND %(last)s ORDER BY move.seq"
_NEWEST_MOVES = f"""
{_MOVES} ORDER BY move.seq DESC LIMIT %(size)s OFFSET (
    SELECT least(%(number)s - 1, greatest(last_seq - 1, 0) / %(size)s) * %(size)s
    FROM inventory_stockitem WHERE sku_id = %(sku)s)
"""  # noqa: S608  # of constants
_HISTORY = """
SELECT moved_at, quantity, (SELECT sum(on_hand)::bigint FROM inventory_stocklevel WHERE item_id = %(sku)s), seq
FROM inventory_stockmove WHERE item_id = %(sku)s ORDER BY seq DESC LIMIT %(size)s
"""
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
