"""What a company finds in the catalogue as a file: its own price list of it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.policies import can_see_prices
from backend.catalog.pricing.reading import written
from backend.catalog.pricing.terms import Rung
from backend.catalog.search.port import Place, Query
from backend.catalog.transfer.exporting import Column
from backend.core.row_security import acting_for
from backend.inventory.availability import queries as inventory
from backend.inventory.disclosure import StockState
from frontend_htmx.catalog.buying import buyer_on, prices_for, searched_for
from frontend_htmx.catalog.filters import read_query
from frontend_htmx.catalog.results import ShownGood, pages_of, shown_goods
from frontend_htmx.catalog.views import SEARCH
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest

AT_ONCE = 500
COLUMNS: tuple[Column[ShownGood], ...] = (
    Column(_("SKU"), lambda row: row.good.code),
    Column(_("Product"), lambda row: row.good.product),
    Column(_("Variant"), lambda row: row.good.name),
    Column(_("Seller"), lambda row: row.good.seller),
    Column(_("Minimum"), lambda row: row.good.moq),
    Column(_("Case of"), lambda row: row.good.case_pack),
    Column(_("From"), lambda row: max(row.price.single.quantity, row.good.moq) if row.price.single else None),
    Column(_("Each"), lambda row: _each(row.price.single) if row.price.single else None),
    Column(_("Currency"), lambda row: row.price.single.priced.unit_price.currency if row.price.single else ""),
    Column(
        _("Further prices"), lambda row: "; ".join(f"{step.quantity}: {_each(step)}" for step in row.price.rungs[1:])
    ),
    Column(_("Not for sale"), lambda row: str(row.price.unsold.label) if row.price.unsold else ""),
    Column(_("Stock"), lambda row: str(StockState(row.good.availability.state).label)),
    Column(_("Available"), lambda row: _many(row.good.availability.quantity, row.good.availability.band)),
    Column(_("More on"), lambda row: str(row.good.availability.more_on or "")),
    Column(_("How many more"), lambda row: _many(row.good.availability.more, row.good.availability.more_band)),
)


@require_safe
def export_results(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """All that the catalogue's page would show for the same address, from its first row on, at the company's prices."""
    buyer = searched_for(buyer_on(request))
    query = read_query(request.GET, with_prices=can_see_prices(request.actor), buyer=buyer)
    return export(request, form, "catalogue", COLUMNS, _found(request, query))


def _found(request: CompanyRequest, query: Query) -> Iterator[ShownGood]:
    """Page after page, each a search, its rows and their prices."""
    place: Place | None = Place(size=AT_ONCE)
    while place:
        with acting_for(request.company.pk):
            found = SEARCH.find(replace(query, place=place, with_facets=False))
            rows = inventory.catalogue_rows(found.ids)
            shown = shown_goods(request, rows, prices_for(buyer_on(request), (row.pk for row in rows)))
        yield from shown
        pages = pages_of(found)
        place = Place(pages.next, AT_ONCE, after=pages.after or "") if pages.next else None


def _each(step: Rung) -> Decimal:
    return Decimal(written(step.priced.unit_price))


def _many(quantity: int | None, band: str) -> int | str:
    """A spreadsheet would read a band with a hyphen in it, 1-9, as a day."""
    return band.replace("-", "–") if quantity is None else quantity
