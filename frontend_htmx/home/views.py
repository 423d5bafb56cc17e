"""The front door."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.policies import can_see_prices
from backend.catalog.queries import categories
from backend.catalog.search.port import Filters, Place, Query
from backend.catalog.search.queries import shown_position
from backend.inventory.availability.queries import catalogue_rows
from frontend_htmx.catalog.buying import buyer_on, price_topics, prices_for, searched_for
from frontend_htmx.catalog.results import shown_goods
from frontend_htmx.catalog.views import CATALOGUE, SEARCH
from frontend_htmx.http import HtmxRequest, page_or_part

SAMPLE_SIZE = 7


@require_safe
@vary_on_headers("HX-Request")
def home(request: HtmxRequest) -> HttpResponse:
    """What this is, and a live sample of it. Seven queries."""
    position = shown_position()
    buyer = buyer_on(request)
    query = Query(
        filters=Filters(in_stock=True),
        buyer=searched_for(buyer),
        place=Place(size=SAMPLE_SIZE),
        with_facets=False,
    )
    rows = catalogue_rows(SEARCH.find(query).ids)
    listens = price_topics(buyer)
    context = {
        "rows": shown_goods(request, rows, prices_for(buyer, (row.pk for row in rows))),
        "categories": categories(),
        "topics": [CATALOGUE, *listens, *(f"stock:{row.pk}" for row in rows)],
        "list_topic": CATALOGUE,
        "position": position,
        "price_topics": listens,
        "with_prices": can_see_prices(request.actor),
    }
    return page_or_part(request, "home/_sample.html", context, page="home/home.html")
