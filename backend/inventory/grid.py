"""A seller's stock, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.queries import CONTAINING, Page, looked_for, page_of
from backend.catalog.states import ProductStatus
from backend.core.written import fetch
from backend.inventory.queries import StockLevelView, stock_with_disclosure

GRID_SIZE = 50


@dataclass(frozen=True, slots=True)
class GridRow:
    """A SKU with its product's name and status, its stock, and what is disclosed of it."""

    sku_id: int
    code: str
    unit: str
    product: str
    status: ProductStatus
    stock: StockLevelView
    disclosure: str


@dataclass(frozen=True, slots=True)
class GridPage:
    page: Page
    rows: Sequence[GridRow]


def stock_grid(
    company_id: int, *, text: str = "", warehouse_id: int | None = None, number: int = 1, size: int = GRID_SIZE
) -> GridPage:
    """A page of a seller's stock, or of what was ever kept in one warehouse: the most ordered first; the last page, if
    there are not so many. Three queries: the SKUs, and their stock's two."""
    narrowed = (_LIES_THERE if warehouse_id is not None else "") + (_LOOKED_FOR if text else "")
    asked = {
        "company": company_id,
        "warehouse": warehouse_id,
        "words": looked_for(text),
        "number": number,
        "size": size,
    }
    rows = fetch(_GRID.replace("{narrowed}", narrowed), asked)
    stock = stock_with_disclosure([pk for _, pk, *_ in rows])
    found = [
        GridRow(pk, code, unit, product, ProductStatus(status), *stock[pk])
        for _, pk, code, unit, product, status in rows
    ]
    return GridPage(page_of(number, size, rows[0][0] if rows else 0), found)


_GRID = """
WITH counted AS MATERIALIZED (
    SELECT count(*) AS n FROM catalog_sku AS sku LEFT JOIN catalog_product AS product ON product.id = sku.product_id
    WHERE sku.company_id = %(company)s {narrowed})
SELECT counted.n, sku.id, sku.code, sku.unit_of_sale, product.name, product.status
FROM counted, catalog_sku AS sku JOIN catalog_product AS product ON product.id = sku.product_id
WHERE sku.company_id = %(company)s {narrowed}
ORDER BY product.popularity DESC, sku.code
LIMIT %(size)s OFFSET (SELECT least(%(number)s - 1, greatest(n - 1, 0) / %(size)s) * %(size)s FROM counted)
"""
_LIES_THERE = " AND EXISTS (SELECT FROM inventory_stocklevel WHERE item_id = sku.id AND warehouse_id = %(warehouse)s)"
_LOOKED_FOR = f" AND {CONTAINING}"
