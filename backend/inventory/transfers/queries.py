"""Transfers, as their pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from backend.catalog.queries import Page, page_of
from backend.inventory.models import StockLevel, Transfer, TransferLine

LIST_SIZE = 50


@dataclass(frozen=True, slots=True)
class TransfersPage:
    """`rows` know how many `kinds` of goods they carry, and how many `units` were asked for."""

    page: Page
    rows: Sequence[Transfer]


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A line, and what of it is free where it comes from."""

    line: TransferLine
    free: int


def transfers(company_id: int, *, number: int = 1, size: int = LIST_SIZE) -> TransfersPage:
    """A page of a company's transfers, the newest first. Two queries."""
    own = Transfer.objects.of_company(company_id)
    page = page_of(number, size, own.count())
    return TransfersPage(page, list(_listed(own)[(page.number - 1) * page.size : page.number * page.size]))


def transfer_rows(transfer: Transfer) -> Sequence[TransferRow]:
    """Its lines by code. Two queries."""
    lines = list(transfer.lines.select_related("sku__product").order_by("sku__code"))
    levels = StockLevel.objects.of_skus([line.sku_id for line in lines]).filter(warehouse=transfer.source_id)
    free: Mapping[int, int] = {level.item_id: max(level.available, 0) for level in levels}
    return [TransferRow(line, free.get(line.sku_id, 0)) for line in lines]


def _listed(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    counted = rows.annotate(kinds=Count("lines"), units=Sum("lines__requested"))
    return counted.select_related("source", "target").order_by("-requested_at", "-pk")
