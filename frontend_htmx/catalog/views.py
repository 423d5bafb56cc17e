"""The catalogue as everybody sees it."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.models import Product
from backend.catalog.policies import can_see_prices
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.port import Buyer, Found, Query, Search
from backend.catalog.search.queries import shown_position
from backend.catalog.states import ProductStatus
from backend.inventory import queries as inventory
from frontend_htmx.catalog.filters import PRICE_SORTS, address_of, read_query, sorts
from frontend_htmx.catalog.ladder import draw_ladder
from frontend_htmx.catalog.results import in_stock_count, pages_of, shown_facets
from frontend_htmx.http import HtmxRequest, get_visible, page_or_part, wants_part

SEARCH: Search = PostgresSearch()
CATALOGUE = "catalogue:1"
"""The topic of a list of what is for sale: rows enter and leave it."""


@require_safe
@vary_on_headers("HX-Request")
def list_products(request: HtmxRequest) -> HttpResponse:
    """What the URL asks for of the catalogue: what the search costs, two queries for the rows, and one for the place
    in the event log, which is read before them: what is committed later is told.

    What the list may be narrowed by keeps itself true: it is a part of its own, and comes along where a choice changed.
    """
    with_prices = can_see_prices(request.actor)
    query = read_query(request.GET, with_prices=with_prices, buyer=buyer_of(request))
    position = shown_position()
    found = SEARCH.find(query)
    context = list_context(query, found, position, with_prices=with_prices)
    if wants_part(request) and request.htmx.target == "facets":
        return page_or_part(request, "catalog/_facets.html", context)
    rows = inventory.catalogue_rows(found.ids)
    context |= {
        "rows": rows,
        "topics": [CATALOGUE, *(f"stock:{row.sku.pk}" for row in rows)],
        "address": address_of(query),
        "is_choice": wants_part(request) and "Live-Refresh" not in request.headers,
    }
    return page_or_part(request, "catalog/_results.html", context, page="catalog/list.html")


def list_context(query: Query, found: Found, position: int, *, with_prices: bool) -> dict[str, object]:
    """What both parts of the list's page show: what was asked, and what the list may be narrowed by."""
    return {
        "query": query,
        "found": found,
        "pages": pages_of(found),
        "facets": shown_facets(found.facets, with_prices=with_prices),
        "in_stock": in_stock_count(found.facets),
        "sorts": sorts(query.text, with_prices=with_prices),
        "is_by_base_price": query.sort in PRICE_SORTS or bool(query.filters.price),
        "with_prices": with_prices,
        "position": position,
        "list_topic": CATALOGUE,
        "facets_topics": [CATALOGUE],
    }


def buyer_of(_request: HtmxRequest) -> Buyer:
    """For whom the catalogue is searched: it is the same for everybody."""
    return Buyer()


@require_safe
@vary_on_headers("HX-Request")
def show_product(request: HtmxRequest, product_id: int, slug: str) -> HttpResponse:
    """A product with its SKUs, tiers and stock: three queries. An old name in the address leads to the new one."""
    product = get_visible(Product.objects.select_related("company", "category"), request.actor, product_id)
    if slug != product.slug:
        return redirect("product", product.pk, product.slug, permanent=True)
    return page_or_part(request, "catalog/_offers.html", product_screen(request, product), page="catalog/product.html")


def product_screen(request: HtmxRequest, product: Product) -> dict[str, object]:
    """A product with what can be ordered of it. Live once it is published: before, nobody may watch it."""
    rows = inventory.product_rows(product)
    is_live = product.status == ProductStatus.PUBLISHED
    return {
        "product": product,
        "offers": [(row, draw_ladder(row.sku)) for row in rows],
        "topics": [f"stock:{row.sku.pk}" for row in rows if is_live],
        "with_prices": can_see_prices(request.actor),
    }
