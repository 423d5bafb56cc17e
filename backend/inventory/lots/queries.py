"""Lots, as their pages show them. Each says how many queries it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F

from backend.catalog.models import Sku
from backend.catalog.queries import Page, page_of
from backend.inventory.lots.models import Today
from backend.inventory.models import Lot, LotLevel, StockItem

LIST_SIZE = 50
DAYS = 30
"""So far ahead the list looks, if nobody says."""
MAX_DAYS = 3_660


@dataclass(frozen=True, slots=True)
class LotRow:
    """So much of a lot, in one warehouse; `days_left` is below 0 once its day has passed."""

    lot_id: int
    number: str
    best_before: date
    days_left: int
    sku_id: int
    code: str
    product: str
    warehouse: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class LotsPage:
    page: Page
    rows: Sequence[LotRow]


def running_out(company_id: int, *, days: int = DAYS, number: int = 1, size: int = LIST_SIZE) -> LotsPage:
    """A page of what lies there and is best before a day within so many from the database's today on, or was; the
    first of them first. Two queries."""
    own = LotLevel.objects.of_company(company_id).filter(on_hand__gt=0, lot__best_before__isnull=False)
    due = own.annotate(left=F("lot__best_before") - Today()).filter(left__lte=timedelta(days=days))
    page = page_of(number, size, due.count())
    rows = due.select_related("lot__item__sku__product", "level__warehouse").order_by("lot__best_before", "pk")
    return LotsPage(page, [_row(each) for each in rows[(page.number - 1) * page.size : page.number * page.size]])


def lot_places(lot: Lot) -> Sequence[tuple[str, int]]:
    """(warehouse, units) of where it lies. One query."""
    own = lot.levels.filter(on_hand__gt=0).select_related("level__warehouse").order_by("level__warehouse__code")
    return [(each.level.warehouse.name, each.on_hand) for each in own]


def keeps_lots(company_id: int) -> bool:
    """Whether anything that the company sells is kept by lots. One query."""
    return StockItem.objects.of_company(company_id).filter(by_lots=True).exists()


def lot_numbers(sku: Sku) -> Sequence[str] | None:
    """Of a SKU that is kept by lots, the newest first; None of another. One query, two where it is."""
    if not StockItem.objects.of_sku(sku.pk).filter(by_lots=True).exists():
        return None
    return list(Lot.objects.scoped(item=sku.pk).order_by("-pk").values_list("number", flat=True))


def _row(own: LotLevel) -> LotRow:
    lot = own.lot
    sku = lot.item.sku
    left: timedelta = own.left  # type: ignore[attr-defined]
    assert lot.best_before  # noqa: S101  # the query asked for one
    said = (lot.pk, lot.number, lot.best_before, left.days, sku.pk, sku.code, sku.product.name)
    return LotRow(*said, own.level.warehouse.name, own.on_hand)
