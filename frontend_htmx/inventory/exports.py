"""The lists of stock-keeping as files: exactly what each shows, all of its pages."""

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.queries import EXPORTED_AT_ONCE, all_pages
from backend.catalog.transfer.exporting import Column
from backend.inventory.incoming.queries import incoming
from backend.inventory.limits.queries import LowRow, running_low
from backend.inventory.lots.queries import LotRow, running_out
from backend.inventory.models import Incoming
from backend.inventory.movements.queries import MoveView, every_move
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.inventory.desk import own_sku, require_view
from frontend_htmx.inventory.lot_forms import asked_days

MOVE_COLUMNS: tuple[Column[MoveView], ...] = (
    Column(_("Number"), lambda move: move.seq),
    Column(_("When"), lambda move: move.moved_at),
    Column(_("Why"), lambda move: move.kind_label),
    Column(_("Reason"), lambda move: move.reason),
    Column(_("Reference"), lambda move: move.reference),
    Column(_("Who"), lambda move: move.by),
    Column(_("Warehouse"), lambda move: move.warehouse),
    Column(_("Change"), lambda move: move.quantity),
    Column(_("On hand after"), lambda move: move.on_hand_after),
)
LOW_COLUMNS: tuple[Column[LowRow], ...] = (
    Column(_("SKU"), lambda row: row.code),
    Column(_("Product"), lambda row: row.product),
    Column(_("Available"), lambda row: row.cover.available),
    Column(_("Runs low at"), lambda row: row.cover.low_at),
    Column(_("Sold in 28 days"), lambda row: row.cover.sold),
    Column(_("Lasts, in days"), lambda row: row.cover.days),
)
LOT_COLUMNS: tuple[Column[LotRow], ...] = (
    Column(_("SKU"), lambda row: row.code),
    Column(_("Product"), lambda row: row.product),
    Column(_("Lot"), lambda row: row.number),
    Column(_("Best before"), lambda row: row.best_before.isoformat()),
    Column(_("Days left"), lambda row: row.days_left),
    Column(_("Warehouse"), lambda row: row.warehouse),
    Column(_("On hand"), lambda row: row.on_hand),
)
INCOMING_COLUMNS: tuple[Column[Incoming], ...] = (
    Column(_("SKU"), lambda row: row.level.item.sku.code),
    Column(_("Product"), lambda row: row.level.item.sku.product.name),
    Column(_("Expected on"), lambda row: row.due_on.isoformat()),
    Column(_("Still to come"), lambda row: row.rest),
    Column(_("Warehouse"), lambda row: row.level.warehouse.name),
    Column(_("Purchase order"), lambda row: row.reference),
)


@require_safe
def export_moves(request: CompanyRequest, company: str, sku_id: int, form: str) -> StreamingHttpResponse:
    """Every movement of a SKU, the newest first."""
    sku = own_sku(request, sku_id)
    return export(request, form, f"movements-{sku.pk}", MOVE_COLUMNS, every_move(sku.pk))


@require_safe
def export_low(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """All that runs low, the most urgent first."""
    require_view(request)
    rows = all_pages(lambda number: running_low(request.company.pk, number=number, size=EXPORTED_AT_ONCE))
    return export(request, form, "running-low", LOW_COLUMNS, rows)


@require_safe
def export_lots(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """All lots that are best before a day within so many (`?days=`), or were."""
    require_view(request)
    pk, days = request.company.pk, asked_days(request.GET.get("days", ""))
    rows = all_pages(lambda number: running_out(pk, days=days, number=number, size=EXPORTED_AT_ONCE))
    return export(request, form, "lots", LOT_COLUMNS, rows)


@require_safe
def export_incoming(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """All that is expected, the next first."""
    require_view(request)
    rows = all_pages(lambda number: incoming(request.company.pk, number=number, size=EXPORTED_AT_ONCE))
    return export(request, form, "expected", INCOMING_COLUMNS, rows)
