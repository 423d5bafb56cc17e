"""What goods cost, for those who may know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.catalog.costs.models import CostPrice
from backend.catalog.models import Sku
from backend.core.money import UnitPrice

SHOWN = 50


@dataclass(frozen=True, slots=True)
class CostRow:
    code: str
    name: str
    unit_cost: UnitPrice
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class CostsView:
    """How many SKUs a seller has said the cost of, and the first of those that are looked for."""

    known: int
    skus: int
    rows: Sequence[CostRow]

    @property
    def unknown(self) -> int:
        return self.skus - self.known


def costs_view(company_id: int, *, text: str = "") -> CostsView:
    """Three queries."""
    costs = CostPrice.objects.of_company(company_id)
    found = costs.filter(sku__code__istartswith=text.strip()) if text.strip() else costs
    rows = found.select_related("sku__product", "sku__variant").order_by("sku__code")[:SHOWN]
    return CostsView(costs.count(), Sku.objects.of_company(company_id).count(), [_row(row) for row in rows])


def costs_of(company_id: int, sku_ids: Collection[int]) -> Mapping[int, UnitPrice]:
    """By SKU; what nobody said is not there. One query."""
    return {each.sku_id: each.unit_cost for each in CostPrice.objects.of_company(company_id).filter(sku__in=sku_ids)}


def _row(row: CostPrice) -> CostRow:
    sku = row.sku
    name = sku.product.name + (f", {sku.variant.name}" if sku.variant.name else "")
    return CostRow(sku.code, name, row.unit_cost, row.changed_at)
