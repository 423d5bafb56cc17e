"""The stock grid as a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from backend.catalog.queries import EXPORTED_AT_ONCE, all_pages
from backend.catalog.transfer.exporting import Column
from backend.inventory.grid import GridPage, GridRow, stock_grid
from backend.inventory.queries import LevelView


@dataclass(frozen=True, slots=True)
class StockLine:
    """One SKU in one warehouse; without a level it was never stocked."""

    row: GridRow
    level: LevelView | None


STOCK_COLUMNS: tuple[Column[StockLine], ...] = (
    Column(_("SKU"), lambda line: line.row.code),
    Column(_("Product"), lambda line: line.row.product),
    Column(_("Unit"), lambda line: line.row.unit),
    Column(_("Warehouse"), lambda line: line.level.warehouse if line.level else ""),
    Column(_("On hand"), lambda line: line.level.on_hand if line.level else 0),
    Column(_("Promised"), lambda line: line.level.promised if line.level else 0),
    Column(_("Kept back"), lambda line: line.level.safety if line.level else 0),
    Column(_("Available"), lambda line: line.level.available if line.level else 0),
    Column(_("May be owed"), lambda line: line.level.backorder_limit if line.level else 0),
    Column(_("Buyers see"), lambda line: line.row.disclosure),
)


def stock_rows(company_id: int, *, text: str = "", warehouse_id: int | None = None) -> Iterator[StockLine]:
    """What the grid shows on all of its pages, page by page: three queries each."""

    def read(number: int) -> GridPage:
        size = EXPORTED_AT_ONCE
        return stock_grid(company_id, text=text, warehouse_id=warehouse_id, number=number, size=size)

    for row in all_pages(read):
        for level in row.stock.levels or (None,):
            yield StockLine(row, level)
