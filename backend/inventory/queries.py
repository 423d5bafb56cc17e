"""One function per screenful. Each says how many queries it costs, and its test says that number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery, Sum

from backend.accounts.models import User
from backend.catalog.models import Media, Product, SellerTerms, Sku
from backend.catalog.pricing import STRANGER, Buyer, offers_seen
from backend.catalog.queries import Page, containing, page_of
from backend.core.money import Money
from backend.inventory.disclosure import Disclosure, StockState, disclose
from backend.inventory.models import (
    Availability,
    Incoming,
    MoveKind,
    StockItem,
    StockLevel,
    StockMove,
    TransferLine,
    Warehouse,
)

M = TypeVar("M", bound=Model)

GRID_SIZE = 50
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
class StockLevelView:
    """What a seller sees of a SKU's stock: fragment inventory/_stock.html, topic `stock_level:<sku>`."""

    sku_id: int
    version: int
    levels: Sequence[LevelView]
    buyers_see: AvailabilityView
    on_the_way: Sequence[OnTheWay] = ()
    expected: Sequence[Expected] = ()

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
    """One SKU on its product's page."""

    sku: Sku
    availability: AvailabilityView

    @property
    def terms(self) -> SellerTerms | None:
        """Its seller's, where he said any."""
        found: SellerTerms | None = getattr(self.sku.company, "seller_terms", None)
        return found

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
class GridRow:
    sku: Sku
    disclosure: str
    stock: StockLevelView


@dataclass(frozen=True, slots=True)
class GridPage:
    page: Page
    rows: Sequence[GridRow]


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
    found = {row.pk: row for row in Availability.objects.of_skus(set(sku_ids))}
    return {sku_id: _availability(sku_id, found.get(sku_id)) for sku_id in sku_ids}


def catalogue_rows(sku_ids: Sequence[int]) -> Sequence[ListedGood]:
    """What a list shows of these SKUs, in this order; what has left the catalogue meanwhile is left out. One query."""
    picture = Subquery(Media.objects.first_pictures().values("sha256"))
    listed = Sku.objects.published().filter(pk__in=sku_ids).annotate(picture=picture)
    found = {row[0]: _listed(*row) for row in listed.values_list(*_LISTED)}
    return [found[pk] for pk in sku_ids if pk in found]


def product_rows(product: Product, *, buyer: Buyer = STRANGER) -> Sequence[OfferRow]:
    """Those of a product's listed SKUs that the buyer sees, with availability and their sellers' terms. Two queries."""
    listed = product.skus.filter(listed=True).select_related(
        "availability", "variant", "company__seller_terms", "product"
    )
    skus = list(listed.order_by("variant__position", "code"))
    seen = offers_seen(buyer, [sku.pk for sku in skus], even_unpublished=True)
    return [OfferRow(sku, _availability(sku.pk, getattr(sku, "availability", None))) for sku in skus if sku.pk in seen]


# --- Sellers ---------------------------------------------------------------------------------------------------------
def stock_level(sku_id: int) -> StockLevelView:
    """One SKU's counters in every warehouse. Five queries."""
    return stock_levels([sku_id])[sku_id]


def stock_levels(sku_ids: Collection[int]) -> dict[int, StockLevelView]:
    """The same for many. Five queries; the versions are read before the counters, never after."""
    versions = dict(StockItem.objects.of_skus(sku_ids).values_list("pk", "version"))
    pks = list(sku_ids)
    levels, shown, moving, expected = _levels(pks), availabilities(pks), _on_the_way(pks), _expected(pks)
    return {
        pk: StockLevelView(
            pk, versions.get(pk, 0), tuple(levels[pk]), shown[pk], tuple(moving[pk]), tuple(expected[pk])
        )
        for pk in pks
    }


def disclosure(sku_id: int) -> str:
    """What the seller lets buyers know of a SKU's stock. One query."""
    chosen = StockItem.objects.of_sku(sku_id).values_list("disclosure", flat=True).first()
    return chosen or StockItem._meta.get_field("disclosure").get_default()


def warehouses(company_id: int) -> Sequence[Warehouse]:
    """A seller's open warehouses. One query."""
    return list(Warehouse.objects.of_company(company_id).open())


def skus_by_code(company_id: int, codes: Iterable[str]) -> Mapping[str, Sku]:
    """A seller's own SKUs by their codes in capitals; codes that are none of theirs are missing. One query."""
    wanted = {code.upper() for code in codes}
    return {sku.code.upper(): sku for sku in Sku.objects.of_company(company_id).filter(code__in=wanted)}


def stock_grid(
    company_id: int, *, text: str = "", warehouse_id: int | None = None, number: int = 1, size: int = GRID_SIZE
) -> GridPage:
    """A page of a seller's stock, or of what was ever kept in one warehouse. Five queries: the count, the SKUs with
    their items, the levels, what is on the way between them, what is expected."""
    skus = containing(Sku.objects.of_company(company_id), text)
    if warehouse_id is not None:
        skus = skus.filter(stock__levels__warehouse=warehouse_id)
    page = page_of(number, size, skus.count())
    found = list(
        _slice(skus.select_related("product", "stock", "availability").order_by("-product__popularity", "code"), page)
    )
    pks = [sku.pk for sku in found]
    levels, moving, expected = _levels(pks), _on_the_way(pks), _expected(pks)
    return GridPage(page, [_grid_row(sku, levels[sku.pk], moving[sku.pk], expected[sku.pk]) for sku in found])


def stock_history(sku_id: int) -> HistoryView:
    """How many units lay in all warehouses together after each of the last moves. One query.

    It counts back from what lies there now, which is read in the same statement. Its version is the last move's seq.
    """
    levels = StockLevel.objects.filter(item_id=OuterRef("item_id")).order_by().values("item_id")
    now = Subquery(levels.annotate(sum=Sum("on_hand")).values("sum"))
    moves = StockMove.objects.of_sku(sku_id).newest_first()
    newest = list(moves.annotate(now=now).values_list("moved_at", "quantity", "now", "seq")[:HISTORY_SIZE])
    points, on_hand = [], newest[0][2] if newest else 0
    for moved_at, quantity, _now, _seq in newest:
        points.append(HistoryPoint(moved_at, on_hand))
        on_hand -= quantity
    return HistoryView(sku_id, newest[0][3] if newest else 0, tuple(points[::-1]))


def moves(sku_id: int, *, number: int = 1) -> MovesPage:
    """A page of a SKU's moves, the newest first. Three queries: the last seq, the moves, the names of who moved.

    A seq counts without a gap, so the last one is how many there are.
    """
    of_sku = StockMove.objects.of_sku(sku_id).newest_first()
    page = page_of(number, MOVES_SIZE, of_sku.values_list("seq", flat=True).first() or 0)
    return MovesPage(page, _move_views(_slice(of_sku, page)))


def last_move(sku_id: int) -> int:
    """The seq of a SKU's last move; 0 where there is none. One query."""
    return StockItem.objects.of_sku(sku_id).values_list("last_seq", flat=True).first() or 0


def moves_between(sku_id: int, first: int, last: int) -> Sequence[MoveView]:
    """A SKU's moves from seq `first` to `last`, in order. Two queries: the moves, the names of who moved."""
    return _move_views(StockMove.objects.of_sku(sku_id).filter(seq__range=(first, last)).order_by("seq"))


def _availability(sku_id: int, row: Availability | None) -> AvailabilityView:
    return AvailabilityView(sku_id, row.version, *astuple(row.disclosed)) if row else _out(sku_id)


def _out(sku_id: int) -> AvailabilityView:
    """What was never stocked."""
    return AvailabilityView(sku_id, 0, StockState.OUT, None, "")


_SHOWN = tuple(
    f"availability__{name}" for name in ("version", "state", "quantity", "band", "more_on", "more", "more_band")
)
_LISTED = (
    *("pk", "code", "variant__name", "product_id", "product__name", "product__slug", "product__category__slug"),
    *("company__name", "moq", "case_pack", "picture", *_SHOWN),
)


def _listed(pk: int, *row: Any) -> ListedGood:
    said, stock = row[: -len(_SHOWN)], row[-len(_SHOWN) :]
    was_stocked = stock[0] is not None
    return ListedGood(*(pk, *said, AvailabilityView(pk, *stock) if was_stocked else _out(pk)))


def _grid_row(
    sku: Sku, levels: Sequence[LevelView], on_the_way: Sequence[OnTheWay], expected: Sequence[Expected]
) -> GridRow:
    item: StockItem = getattr(sku, "stock", None) or StockItem(sku=sku)
    shown = _availability(sku.pk, getattr(sku, "availability", None))
    parts = (tuple(levels), shown, tuple(on_the_way), tuple(expected))
    return GridRow(sku, item.disclosure, StockLevelView(sku.pk, item.version, *parts))


def _move_views(moves: QuerySet[StockMove]) -> list[MoveView]:
    found = list(moves.select_related("level__warehouse"))
    people = User.objects.in_bulk({move.actor_id for move in found if move.actor_id})
    return [_move_view(move, people) for move in found]


def _move_view(move: StockMove, people: dict[int, User]) -> MoveView:
    person = people.get(move.actor_id or 0)
    return MoveView(
        sku_id=move.item_id,
        seq=move.seq,
        moved_at=move.moved_at,
        kind=move.kind,
        reason=move.reason,
        reference=move.reference,
        by=str(person) if person else "",
        warehouse=move.level.warehouse.name,
        quantity=move.quantity,
        on_hand_after=move.on_hand_after,
    )


def _levels(sku_ids: Sequence[int]) -> dict[int, list[LevelView]]:
    found: dict[int, list[LevelView]] = defaultdict(list)
    levels = StockLevel.objects.of_skus(sku_ids).filter(warehouse__closed_at=None).with_holds()
    for level in levels.select_related("warehouse").order_by("warehouse__code"):
        found[level.item_id].append(_level_view(level))
    return found


def _on_the_way(sku_ids: list[int]) -> dict[int, list[OnTheWay]]:
    found: dict[int, list[OnTheWay]] = defaultdict(list)
    lines = TransferLine.objects.on_the_way(sku_ids).select_related("transfer__source", "transfer__target")
    for line in lines.order_by("pk"):
        found[line.sku_id].append(OnTheWay(line.sent or 0, line.transfer.source.name, line.transfer.target.name))
    return found


def _expected(sku_ids: list[int]) -> dict[int, list[Expected]]:
    found: dict[int, list[Expected]] = defaultdict(list)
    for each in Incoming.objects.expected_of(sku_ids).select_related("level__warehouse"):
        expected = Expected(each.rest, each.due_on, each.level.warehouse.name, each.reference)
        found[each.level.item_id].append(expected)
    return found


def _level_view(level: StockLevel) -> LevelView:
    """Of a level that was read with_holds()."""
    lapsed: int = level.lapsed  # type: ignore[attr-defined]
    return LevelView(
        warehouse_id=level.warehouse_id,
        warehouse=level.warehouse.name,
        on_hand=level.on_hand,
        allocated=level.allocated,
        reserved=level.reserved - lapsed,
        reserved_until=level.next_lapse,  # type: ignore[attr-defined]
        safety=level.safety,
        backorder_limit=level.backorder_limit,
        available=level.available + lapsed,
        version=level.version,
    )


def _slice(rows: QuerySet[M], page: Page) -> QuerySet[M]:
    return rows[(page.number - 1) * page.size : page.number * page.size]
