"""Lists around orders as files: exactly what they show."""

from decimal import Decimal

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.pricing.reading import written
from backend.catalog.queries import EXPORTED_AT_ONCE, all_pages
from backend.catalog.transfer.exporting import Column, Value
from backend.core.money import Money, UnitPrice
from backend.core.row_security import acting_for
from backend.orders.credit.queries import CustomerRow, customers
from backend.orders.models import OrderTemplate, PartNumber
from backend.orders.part_numbers.queries import PartNumbersPage, part_numbers
from backend.orders.reordering.comparing import Compared
from backend.orders.reordering.queries import TemplateRow, template_lines, templates
from backend.orders.requisitions.queries import RequisitionRow, every_requisition
from frontend_htmx.catalog.buying import buyer_on
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest, get_visible
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.credit import require_credit
from frontend_htmx.orders.requisitions import require_sight
from frontend_htmx.paging import search_text

CREDIT_COLUMNS: tuple[Column[CustomerRow], ...] = (
    Column(_("Customer"), lambda row: row.buyer.name),
    Column(_("Limit"), lambda row: row.credit.limit.amount if row.credit.limit else None),
    Column(_("Used"), lambda row: row.credit.used.amount),
    Column(_("Left"), lambda row: row.credit.left.amount if row.credit.left else None),
    Column(_("Currency"), lambda row: row.currency),
    Column(_("On account"), lambda row: row.credit.may),
    Column(_("Days to pay"), lambda row: row.credit.net_days if row.credit.may else None),
    Column(_("Stopped"), lambda row: row.credit.is_stopped),
)
NUMBER_COLUMNS: tuple[Column[PartNumber], ...] = (
    Column(_("Your number"), lambda row: row.number),
    Column(_("SKU"), lambda row: row.sku.code),
    Column(_("Seller"), lambda row: row.sku.company.name),
    Column(_("Product"), lambda row: row.sku.product.name),
    Column(_("Variant"), lambda row: row.sku.variant.name),
)
TEMPLATES_COLUMNS: tuple[Column[TemplateRow], ...] = (
    Column(_("Name"), lambda row: row.template.name),
    Column(_("Shared"), lambda row: row.template.is_shared),
    Column(_("Lines"), lambda row: row.lines),
    Column(_("Made by"), lambda row: row.made_by),
    Column(_("Changed (UTC)"), lambda row: row.template.changed_at),
)
TEMPLATE_COLUMNS: tuple[Column[Compared], ...] = (
    Column(_("SKU"), lambda line: line.wanted.code),
    Column(_("Quantity"), lambda line: line.wanted.quantity),
    Column(_("Product"), lambda line: line.wanted.name),
    Column(_("Then"), lambda line: _price(line.wanted.then)),
    Column(_("Now"), lambda line: _price(line.now)),
    Column(_("Currency"), lambda line: line.now.currency if line.now else ""),
    Column(_("What is wrong"), lambda line: line.trouble),
)
REQUISITION_COLUMNS: tuple[Column[tuple[RequisitionRow, Money]], ...] = (
    Column(_("Who asks"), lambda row: row[0].buyer),
    Column(_("PO number"), lambda row: row[0].po_number),
    Column(_("Sellers"), lambda row: ", ".join(row[0].sellers)),
    Column(_("Status"), lambda row: str(row[0].state.label)),
    Column(_("Waits for"), lambda row: ", ".join(row[0].waits_for)),
    Column(_("Asked"), lambda row: row[0].asked_at),
    Column(_("Total"), lambda row: row[1].amount),
    Column(_("Currency"), lambda row: row[1].currency),
)


@require_safe
def export_templates(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The person's own templates and the shared ones."""
    require_buyer(request)
    return export(request, form, "order-templates", TEMPLATES_COLUMNS, templates(request.actor))


@require_safe
def export_template(request: CompanyRequest, company: str, template_id: int, form: str) -> StreamingHttpResponse:
    """What stands in a template, beside what it would be now; a quick order takes the file's first columns."""
    require_buyer(request)
    template = get_visible(OrderTemplate, request.actor, template_id)
    again = template_lines(template, buyer_on(request), size=EXPORTED_AT_ONCE)
    return export(request, form, f"template-{template.pk}", TEMPLATE_COLUMNS, again.lines)


@require_safe
def export_requisitions(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What waits for an approval and what was decided, a row for each currency."""
    require_sight(request)
    rows = ((row, total) for row in every_requisition(request.actor, request.company) for total in row.totals)
    return export(request, form, "approvals", REQUISITION_COLUMNS, rows)


@require_safe
def export_credit(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """Each customer's limit, what of it is used, what is left, narrowed as its page is; no limit: an empty cell."""
    require_credit(request)
    return export(request, form, "credit", CREDIT_COLUMNS, customers(request.company, search_text(request)))


@require_safe
def export_part_numbers(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What the company calls things, narrowed as its page is; sent in again, the file changes nothing."""
    require_buyer(request)
    pk, text = request.company.pk, search_text(request)

    def read(number: int) -> PartNumbersPage:
        with acting_for(pk):  # a file is sent when its request is over
            return part_numbers(pk, text=text, number=number, size=EXPORTED_AT_ONCE)

    return export(request, form, "part-numbers", NUMBER_COLUMNS, all_pages(read))


def _price(price: UnitPrice | None) -> Value:
    return Decimal(written(price)) if price else None
