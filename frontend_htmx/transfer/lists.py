"""Lists as files: exactly what the list shows, all of its pages."""

from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.queries import all_pages
from backend.catalog.transfer.catalogue import product_columns, product_rows
from backend.catalog.transfer.exporting import Column
from backend.catalog.transfer.queries import ImportRow, imports
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.inventory.desk import chosen_among, require_view, warehouses_of
from frontend_htmx.paging import search_text
from frontend_htmx.transfer.stock import STOCK_COLUMNS, stock_rows
from frontend_htmx.transfer.views import require_importer

IMPORT_COLUMNS: tuple[Column[ImportRow], ...] = (
    Column(_("File"), lambda row: row.filename),
    Column(_("State"), lambda row: row.state_label),
    Column(_("Rows"), lambda row: row.rows),
    Column(_("With errors"), lambda row: row.broken_rows),
    Column(_("Who"), lambda row: row.by),
    Column(_("When (UTC)"), lambda row: row.at),
)


@require_safe
def export_products(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's products as its list shows them; sent in again, the file changes nothing."""
    if not request.company.sells:
        raise Http404
    rows = product_rows(request.company.pk, text=search_text(request))
    return export(request, form, "products", product_columns(), rows)


@require_safe
def export_stock(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's stock, a row for each warehouse that has some of a SKU."""
    require_view(request)
    house = chosen_among(request, warehouses_of(request))
    rows = stock_rows(request.company.pk, text=search_text(request), warehouse_id=house.pk if house else None)
    return export(request, form, "stock", STOCK_COLUMNS, rows)


@require_safe
def export_imports(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The files of products that the company sent, the newest first."""
    require_importer(request)
    rows = all_pages(lambda number: imports(request.company.pk, number))
    return export(request, form, "imports", IMPORT_COLUMNS, rows)
