"""The front door."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.policies import can_see_prices
from backend.catalog.queries import categories
from backend.events import log
from backend.inventory.queries import Filters, catalogue
from frontend_htmx.catalog.views import CATALOGUE
from frontend_htmx.http import HtmxRequest, page_or_part

SAMPLE_SIZE = 7


@require_safe
@vary_on_headers("HX-Request")
def home(request: HtmxRequest) -> HttpResponse:
    """What this is, and a live sample of it. Five queries."""
    position = log.last_position()
    rows = catalogue(Filters(in_stock=True), size=SAMPLE_SIZE).rows
    context = {
        "rows": rows,
        "categories": categories(),
        "topics": [CATALOGUE, *(f"stock:{row.sku.pk}" for row in rows)],
        "list_topic": CATALOGUE,
        "position": position,
        "with_prices": can_see_prices(request.actor),
    }
    return page_or_part(request, "home/_sample.html", context, page="home/home.html")
