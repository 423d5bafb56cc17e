"""The lists of orders as files."""

from decimal import Decimal

from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.pricing.reading import written
from backend.catalog.transfer.exporting import Column
from backend.orders.exporting.queries import ExportedLine, Which, every_line
from backend.orders.returns.queries import ExportedReturn, every_returned_line
from backend.orders.returns.states import ReturnStatus
from backend.orders.states import Commercial, Fulfilment, Payment
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.returning import listed
from frontend_htmx.orders.views import require_view
from frontend_htmx.paging import search_text

COLUMNS: tuple[Column[ExportedLine], ...] = (
    Column(_("Order"), lambda each: each.order.number),
    Column(_("Placed at (UTC)"), lambda each: each.order.placed_at),
    Column(_("Company"), lambda each: each.partner),
    Column(_("PO number"), lambda each: each.order.po_number),
    Column(_("Status"), lambda each: str(Commercial(each.order.commercial).label)),
    Column(_("Goods"), lambda each: str(Fulfilment(each.order.fulfilment).label)),
    Column(_("Payment"), lambda each: str(Payment(each.order.payment).label)),
    Column(_("SKU"), lambda each: each.line.code),
    Column(_("Buyer’s number"), lambda each: each.line.part_number),
    Column(_("Product"), lambda each: each.line.name),
    Column(_("Unit"), lambda each: each.line.unit_of_sale),
    Column(_("Ordered"), lambda each: each.line.quantity),
    Column(_("Sent"), lambda each: each.line.dispatched),
    Column(_("Delivered"), lambda each: each.line.delivered),
    Column(_("Confirmed"), lambda each: each.line.confirmed),
    Column(_("Cancelled"), lambda each: each.line.cancelled),
    Column(_("Returned"), lambda each: each.line.returned),
    Column(_("Each"), lambda each: Decimal(written(each.unit_price))),
    Column(_("Net"), lambda each: each.net.amount),
    Column(_("Tax"), lambda each: each.tax.amount),
    Column(_("Currency"), lambda each: each.order.currency),
)

RETURN_COLUMNS: tuple[Column[ExportedReturn], ...] = (
    Column(_("Return"), lambda each: each.goods.number),
    Column(_("Asked for at (UTC)"), lambda each: each.goods.requested_at),
    Column(_("Company"), lambda each: each.partner),
    Column(_("Status"), lambda each: str(ReturnStatus(each.goods.status).label)),
    Column(_("Waits until (UTC)"), lambda each: each.goods.due_at),
    Column(_("Why"), lambda each: each.goods.reason),
    Column(_("SKU"), lambda each: each.line.line.code),
    Column(_("Product"), lambda each: each.line.line.name),
    Column(_("Unit"), lambda each: each.line.line.unit_of_sale),
    Column(_("Asked for"), lambda each: each.line.quantity),
    Column(_("Received"), lambda each: each.line.received),
    Column(_("Still expected"), lambda each: each.line.expected),
    Column(_("Did not come"), lambda each: each.line.missing),
    Column(_("Restocked"), lambda each: each.line.restocked),
    Column(_("Refunded, not for sale"), lambda each: each.line.refunded),
    Column(_("Sent again"), lambda each: each.line.replaced),
    Column(_("Not accepted"), lambda each: each.line.rejected),
    Column(_("Refunded"), lambda each: each.refund),
    Column(_("Currency"), lambda each: each.goods.order.currency),
)


@require_safe
def export_orders(request: CompanyRequest, company: str, which: Which, form: str) -> StreamingHttpResponse:
    """What the company ordered, or sold, as the list shows it now: a row for each line."""
    require_view(request)
    if which == "sales" and not request.company.sells:
        raise Http404
    status = request.GET.get("status", "")
    rows = every_line(
        request.company.pk, which, status=status if status in Commercial.values else "", text=search_text(request)
    )
    return export(request, form, which, COLUMNS, rows)


@require_safe
def export_returns(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What comes back, or is sent back, as the list shows it now: a row for each line."""
    require_view(request)
    which, is_open = listed(request)
    rows = every_returned_line(request.company.pk, which, is_open=is_open)
    return export(request, form, "returns", RETURN_COLUMNS, rows)
