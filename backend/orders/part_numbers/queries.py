"""What a company calls its sellers' SKUs: as its page shows it, and for whoever has to know. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models.functions import Upper

from backend.catalog.queries import Page, page_of
from backend.orders.models import PartNumber

LIST_SIZE = 50
CALLED_SO = "SELECT sku_id FROM orders_partnumber WHERE company_id = %s AND upper(number) = upper(%s)"
"""By which the catalogue's search finds what its buyer calls so."""


@dataclass(frozen=True, slots=True)
class PartNumbersPage:
    page: Page
    rows: Sequence[PartNumber]


def part_numbers(company_id: int, *, text: str = "", number: int = 1, size: int = LIST_SIZE) -> PartNumbersPage:
    """A page of them, by their numbers. Two queries."""
    wanted = PartNumber.objects.of_company(company_id).narrowed(text)
    page = page_of(number, size, wanted.count())
    found = wanted.select_related("sku__company", "sku__product", "sku__variant").order_by("number", "pk")
    return PartNumbersPage(page, list(found[(page.number - 1) * page.size : page.number * page.size]))


def skus_called(codes: Collection[str], company_id: int | None) -> Mapping[str, set[int]]:
    """Which SKUs the company calls so, by codes in capital letters. One query; of nobody's, none."""
    found: dict[str, set[int]] = defaultdict(set)
    known = PartNumber.objects.of_company(company_id).annotate(same=Upper("number")).filter(same__in=codes)
    for same, sku_id in known.values_list("same", "sku_id"):
        found[same].add(sku_id)
    return found


def numbers_of(company_id: int | None, sku_ids: Collection[int]) -> Mapping[int, str]:
    """What the company calls these SKUs, by SKU. One query."""
    return dict(PartNumber.objects.of_company(company_id).filter(sku__in=sku_ids).values_list("sku_id", "number"))
