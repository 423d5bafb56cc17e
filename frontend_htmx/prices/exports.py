"""Groups, assortments and territories as files: what their pages show."""

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.lists import queries
from backend.catalog.lists.models import Assortment, Territory
from backend.catalog.transfer.exporting import Column
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.prices.desk import require_prices

GROUP_COLUMNS: tuple[Column[tuple[str, str]], ...] = (
    Column(_("Group"), lambda row: row[0]),
    Column(_("Company"), lambda row: row[1]),
)
ASSORTMENT_COLUMNS: tuple[Column[Assortment], ...] = (
    Column(_("Name"), lambda row: row.name),
    Column(_("Kind"), lambda row: row.get_kind_display()),
    Column(_("For everybody else"), lambda row: row.is_for_all),
    Column(_("SKUs"), lambda row: row.size),  # type: ignore[attr-defined]  # counted by its query
)
TERRITORY_COLUMNS: tuple[Column[Territory], ...] = (
    Column(_("SKU"), lambda row: row.sku.code if row.sku else ""),
    Column(_("Countries"), lambda row: ", ".join(row.countries)),
    Column(_("Seen elsewhere"), lambda row: row.is_seen_elsewhere),
)


@require_safe
def export_groups(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's groups, a row for each member; a group without any has one row."""
    require_prices(request)
    rows = [(group.name, member) for group in queries.groups(request.company.pk) for member in group.members or [""]]
    return export(request, form, "groups", GROUP_COLUMNS, rows)


@require_safe
def export_assortments(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's assortments."""
    require_prices(request)
    return export(request, form, "assortments", ASSORTMENT_COLUMNS, queries.assortments(request.company.pk))


@require_safe
def export_territories(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's territories, that of all offers first: it names no SKU."""
    require_prices(request)
    return export(request, form, "territories", TERRITORY_COLUMNS, queries.territories(request.company.pk))
