"""What goods cost, for those who may know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

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
    known, skus = CostPrice.objects.of_company(company_id).count(), Sku.objects.of_company(company_id).count()
    return CostsView(known, skus, [_row(row) for row in _found(company_id, text)[:SHOWN]])


def every_cost(company_id: int, *, text: str = "") -> Sequence[CostRow]:
    """All that are known of what is looked for. One query."""
    return [_row(row) for row in _found(company_id, text)]


def costs_of(company_id: int, sku_ids: Collection[int]) -> Mapping[int, UnitPrice]:
    """By SKU; what nobody said is not there. One query."""
    return {each.sku_id: each.unit_cost for each in CostPrice.objects.of_company(company_id).filter(sku__in=sku_ids)}


def _found(company_id: int, text: str) -> QuerySet[CostPrice]:
    costs = CostPrice.objects.of_company(company_id).select_related("sku__product", "sku__variant")
    return costs.filter(sku__code__istartswith=text.strip()).order_by("sku__code")


def _row(row: CostPrice) -> CostRow:
    sku = row.sku
    return CostRow(sku.code, sku.full_name, row.unit_cost, row.changed_at)
