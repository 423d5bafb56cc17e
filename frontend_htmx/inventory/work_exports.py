"""Warehouses, transfers and counts as files: exactly what their lists show, all of their pages."""

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.queries import EXPORTED_AT_ONCE, all_pages
from backend.catalog.transfer.exporting import Column
from backend.inventory.counts.queries import SheetRow, sheet_lines, sheets
from backend.inventory.models import CountSheet, Transfer, Warehouse
from backend.inventory.transfers.queries import transfers
from backend.inventory.warehouses.queries import all_warehouses
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.inventory.counts import find_count
from frontend_htmx.inventory.desk import require_view
from frontend_htmx.paging import search_text

WAREHOUSE_COLUMNS: tuple[Column[Warehouse], ...] = (
    Column(_("Name"), lambda row: row.name),
    Column(_("Street and number"), lambda row: row.street),
    Column(_("Postcode"), lambda row: row.postcode),
    Column(_("Town"), lambda row: row.city),
    Column(_("Country"), lambda row: row.country),
    Column(_("Closed"), lambda row: row.closed_at is not None),
)
TRANSFER_COLUMNS: tuple[Column[Transfer], ...] = (
    Column(_("Number"), str),
    Column(_("Note"), lambda row: row.note),
    Column(_("From"), lambda row: row.source.name),
    Column(_("To"), lambda row: row.target.name),
    Column(_("SKUs"), lambda row: row.kinds),  # type: ignore[attr-defined]  # counted by its query
    Column(_("Units"), lambda row: row.units),  # type: ignore[attr-defined]
    Column(_("Status"), lambda row: row.get_status_display()),
    Column(_("Requested"), lambda row: row.requested_at),
)
COUNT_COLUMNS: tuple[Column[CountSheet], ...] = (
    Column(_("Count"), lambda row: row.name),
    Column(_("Warehouse"), lambda row: row.warehouse.name),
    Column(_("Status"), lambda row: row.get_status_display()),
    Column(_("Lines"), lambda row: row.all_lines),  # type: ignore[attr-defined]  # counted by its query
    Column(_("Counted"), lambda row: row.counted_lines),  # type: ignore[attr-defined]
    Column(_("Differ"), lambda row: row.differ),  # type: ignore[attr-defined]
    Column(_("Begun"), lambda row: row.begun_at),
    Column(_("Posted"), lambda row: row.posted_at),
)
COUNT_LINE_COLUMNS: tuple[Column[SheetRow], ...] = (
    Column(_("SKU"), lambda row: row.line.sku.code),
    Column(_("Product"), lambda row: row.line.sku.product.name),
    Column(_("Lot"), lambda row: row.line.lot.number if row.line.lot else ""),
    Column(_("Expected"), lambda row: row.view.expected),
    Column(_("Counted"), lambda row: row.view.counted),
    Column(_("Difference"), lambda row: row.view.difference if row.view.counted is not None else None),
    Column(_("Reason"), lambda row: row.view.reason),
    Column(_("Who"), lambda row: row.view.by),
    Column(_("When"), lambda row: row.view.at),
)


@require_safe
def export_warehouses(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The open ones, then those that are closed."""
    require_view(request)
    return export(request, form, "warehouses", WAREHOUSE_COLUMNS, all_warehouses(request.company.pk))


@require_safe
def export_transfers(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """All of them, the newest first."""
    require_view(request)
    rows = all_pages(lambda number: transfers(request.company.pk, number=number, size=EXPORTED_AT_ONCE))
    return export(request, form, "transfers", TRANSFER_COLUMNS, rows)


@require_safe
def export_counts(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """All of them, the newest first."""
    require_view(request)
    rows = all_pages(lambda number: sheets(request.company.pk, number=number, size=EXPORTED_AT_ONCE))
    return export(request, form, "counts", COUNT_COLUMNS, rows)


@require_safe
def export_count(request: CompanyRequest, company: str, sheet_id: int, form: str) -> StreamingHttpResponse:
    """The lines of one, narrowed as its page is."""
    sheet, text = find_count(request, sheet_id), search_text(request)
    rows = all_pages(lambda number: sheet_lines(sheet, text=text, number=number, size=EXPORTED_AT_ONCE))
    return export(request, form, f"count-{sheet.pk}", COUNT_LINE_COLUMNS, rows)
