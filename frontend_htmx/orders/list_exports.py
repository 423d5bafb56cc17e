"""What customers owe, and what a company calls things, as files: exactly what the lists show."""

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.queries import EXPORTED_AT_ONCE, all_pages
from backend.catalog.transfer.exporting import Column
from backend.core.row_security import acting_for
from backend.orders.credit.queries import CustomerRow, customers
from backend.orders.models import PartNumber
from backend.orders.part_numbers.queries import PartNumbersPage, part_numbers
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.credit import require_credit
from frontend_htmx.paging import search_text

CREDIT_COLUMNS: tuple[Column[CustomerRow], ...] = (
    Column(_("Customer"), lambda row: row.buyer.name),
    Column(_("Limit"), lambda row: row.credit.limit.amount if row.credit.limit else None),
    Column(_("Used"), lambda row: row.credit.used.amount),
    Column(_("Left"), lambda row: row.credit.left.amount if row.credit.left else None),
    Column(_("Currency"), lambda row: row.currency),
    Column(_("On account"), lambda row: "yes" if row.credit.may else "no"),
    Column(_("Days to pay"), lambda row: row.credit.net_days if row.credit.may else None),
    Column(_("Stopped"), lambda row: "yes" if row.credit.is_stopped else "no"),
)
NUMBER_COLUMNS: tuple[Column[PartNumber], ...] = (
    Column(_("Your number"), lambda row: row.number),
    Column(_("SKU"), lambda row: row.sku.code),
    Column(_("Seller"), lambda row: row.sku.company.name),
    Column(_("Product"), lambda row: row.sku.product.name),
    Column(_("Variant"), lambda row: row.sku.variant.name),
)


@require_safe
def export_credit(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """Each customer's limit, what of it is used, what is left; no limit: an empty cell."""
    require_credit(request)
    return export(request, form, "credit", CREDIT_COLUMNS, customers(request.company))


@require_safe
def export_part_numbers(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What the company calls things, narrowed as its page is; sent in again, the file changes nothing."""
    require_buyer(request)
    pk, text = request.company.pk, search_text(request)

    def read(number: int) -> PartNumbersPage:
        with acting_for(pk):  # a file is sent when its request is over
            return part_numbers(pk, text=text, number=number, size=EXPORTED_AT_ONCE)

    return export(request, form, "part-numbers", NUMBER_COLUMNS, all_pages(read))
