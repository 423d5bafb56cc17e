"""What runs low, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.queries import Page, page_of
from backend.core.written import fetch
from backend.inventory.limits.models import StockDefaults

LOW_SIZE = 50
COVER_DAYS = 28
"""So many days of sales say how fast a SKU sells."""
_COVER = """
SELECT item.sku_id, item.version, coalesce(free.available, 0)::bigint, coalesce(item.low_at, defaults.low_at),
    coalesce(sold.quantity, 0)::bigint, sku.code, product.name
FROM inventory_stockitem item JOIN catalog_sku sku ON sku.id = item.sku_id
JOIN catalog_product product ON product.id = sku.product_id
LEFT JOIN inventory_stockdefaults defaults ON defaults.company_id = sku.company_id
CROSS JOIN LATERAL (
    SELECT sum(greatest(on_hand - expired - allocated - reserved - safety, 0)) AS available
    FROM inventory_stocklevel level WHERE level.item_id = item.sku_id) free
CROSS JOIN LATERAL (
    SELECT -sum(quantity) AS quantity FROM inventory_stockmove move WHERE move.item_id = item.sku_id
        AND move.kind = 'sale' AND move.moved_at > now() - make_interval(days => %(days)s)) sold
"""
_OF_ONE = f"{_COVER} WHERE item.sku_id = %(sku)s"
# Days of cover first, what sells nothing last; of two alike the one that is farther below its mark.
_MOST_URGENT = f"""
{_COVER} WHERE sku.company_id = %(company)s AND item.is_low
ORDER BY free.available / nullif(sold.quantity, 0) NULLS LAST,
    free.available - coalesce(item.low_at, defaults.low_at, 0), item.sku_id
LIMIT %(size)s OFFSET %(skipped)s
"""
_LOW_MARKS = """
SELECT (SELECT low_at FROM inventory_stockitem WHERE sku_id = %(sku)s),
    (SELECT low_at FROM inventory_stockdefaults WHERE company_id = %(company)s)
"""
_HOW_MANY = """
SELECT count(*) FROM inventory_stockitem item JOIN catalog_sku sku ON sku.id = item.sku_id
WHERE sku.company_id = %(company)s AND item.is_low
"""


@dataclass(frozen=True, slots=True)
class CoverView:
    """How long a SKU's stock will last: fragment inventory/_cover.html, topic `stock_cover:<sku>`."""

    sku_id: int
    version: int
    available: int
    low_at: int | None
    sold: int
    """In the last COVER_DAYS days."""

    @property
    def days(self) -> int | None:
        """So many days until nothing is left, if it goes on selling so; None: it does not sell."""
        return self.available * COVER_DAYS // self.sold if self.sold > 0 else None

    @property
    def is_out(self) -> bool:
        return self.available == 0


@dataclass(frozen=True, slots=True)
class LowRow:
    """A SKU, by its code and its product's name."""

    code: str
    product: str
    cover: CoverView


@dataclass(frozen=True, slots=True)
class LowPage:
    page: Page
    rows: Sequence[LowRow]


def stock_cover(sku_id: int) -> CoverView:
    """How long one SKU will last. One query."""
    found = _rows(_OF_ONE, sku=sku_id)
    return found[0].cover if found else CoverView(sku_id, 0, 0, None, 0)


def running_low(company_id: int, *, number: int = 1, size: int = LOW_SIZE) -> LowPage:
    """A page of what runs low, the most urgent first. Two queries; one where nothing does."""
    page = page_of(number, size, count_low(company_id))
    skipped = (page.number - 1) * size
    return LowPage(page, _rows(_MOST_URGENT, company=company_id, size=size, skipped=skipped) if page.total else [])


def count_low(company_id: int) -> int:
    """How many SKUs of a company run low. One query."""
    return int(fetch(_HOW_MANY, {"company": company_id})[0][0])


def low_mark(company_id: int) -> int | None:
    """At how many units a company's SKUs run low that have no mark of their own. One query."""
    return StockDefaults.objects.of_company(company_id).values_list("low_at", flat=True).first()


def low_marks(company_id: int, sku_id: int) -> tuple[int | None, int | None]:
    """At how many units a SKU of this company runs low by what is said of it, and where that is nothing. One query."""
    ((own, default),) = fetch(_LOW_MARKS, {"company": company_id, "sku": sku_id})
    return own, default


def _rows(which: str, **asked: int) -> Sequence[LowRow]:
    found = fetch(which, {"days": COVER_DAYS, **asked})
    return [LowRow(code, product, CoverView(*cover)) for *cover, code, product in found]
