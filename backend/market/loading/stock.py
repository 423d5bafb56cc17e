"""Opening stock, written in bulk and yet as if every unit had been moved there: counters equal the sum of the moves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.catalog.models import Sku
from backend.core import clock
from backend.inventory.disclosure import Disclosure, disclose
from backend.inventory.indexing import index_stock
from backend.inventory.models import Availability, MoveKind, StockItem, StockLevel, StockMove, Warehouse
from backend.market import files

BATCH = 1000
# Of a seller's two warehouses the main one holds so many of ten cases.
MAIN_SHARE = 7


@dataclass(frozen=True, slots=True)
class Opening:
    """So many units of a SKU in one warehouse on the first morning."""

    sku: Sku
    warehouse: Warehouse
    quantity: int


def open_stock(catalogue: files.Catalogue, skus: Sequence[Sku]) -> None:
    """Opening stock for all SKUs, and what buyers see of it."""
    disclosures = {row.slug: Disclosure(row.disclosure) for row in catalogue.companies}
    warehouses = _warehouses()
    shelves = [
        list(_shelves(row, sku, warehouses[sku.company_id])) for row, sku in zip(catalogue.products, skus, strict=True)
    ]
    discloses = {
        sku.pk: disclosures[_seller(catalogue, row)] for row, sku in zip(catalogue.products, skus, strict=True)
    }
    _create_items(shelves, discloses)
    _create_moves(shelves)
    index_stock()


def _create_items(shelves: Sequence[Sequence[Opening]], discloses: Mapping[int, Disclosure]) -> None:
    StockItem.objects.bulk_create(
        [
            StockItem(sku=openings[0].sku, disclosure=discloses[openings[0].sku.pk], version=1, last_seq=len(openings))
            for openings in shelves
        ],
        BATCH,
    )
    Availability.objects.bulk_create([_availability(openings, discloses) for openings in shelves], BATCH)


def _availability(openings: Sequence[Opening], discloses: Mapping[int, Disclosure]) -> Availability:
    sku = openings[0].sku
    shown = disclose(sum(opening.quantity for opening in openings), discloses[sku.pk])
    return Availability(sku=sku, state=shown.state, quantity=shown.quantity, band=shown.band)


def _create_moves(shelves: Sequence[Sequence[Opening]]) -> None:
    openings = [(seq, opening) for listed in shelves for seq, opening in enumerate(listed, start=1)]
    levels = StockLevel.objects.bulk_create(
        [StockLevel(item_id=o.sku.pk, warehouse=o.warehouse, on_hand=o.quantity, version=1) for _, o in openings],
        BATCH,
    )
    now = clock.now()
    StockMove.objects.bulk_create(
        [_move(seq, opening, level, now) for (seq, opening), level in zip(openings, levels, strict=True)], BATCH
    )


def _move(seq: int, opening: Opening, level: StockLevel, at: datetime) -> StockMove:
    return StockMove(
        item_id=opening.sku.pk,
        level=level,
        seq=seq,
        kind=MoveKind.OPENING,
        quantity=opening.quantity,
        on_hand_after=opening.quantity,
        moved_at=at,
    )


def _shelves(row: files.Product, sku: Sku, warehouses: Sequence[Warehouse]) -> Iterable[Opening]:
    """All of it in the main warehouse, or full cases shared with the second one."""
    case = max(1, row.case_pack // row.eaches)
    second = row.opening // case * (10 - MAIN_SHARE) // 10 * case if len(warehouses) > 1 else 0
    yield Opening(sku, warehouses[0], row.opening - second)
    if second:
        yield Opening(sku, warehouses[1], second)


def _warehouses() -> dict[int, list[Warehouse]]:
    found: dict[int, list[Warehouse]] = {}
    for warehouse in Warehouse.objects.across_companies(why="the market opens with everybody's stock").order_by("pk"):
        found.setdefault(warehouse.company_id, []).append(warehouse)
    return found


def _seller(catalogue: files.Catalogue, row: files.Product) -> str:
    return next(category.company for category in catalogue.categories if category.name == row.category)
