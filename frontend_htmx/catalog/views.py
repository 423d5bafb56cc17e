"""The catalogue as everybody sees it."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog import queries as catalog
from backend.catalog.models import Product
from backend.catalog.policies import can_see_prices
from backend.catalog.states import ProductStatus
from backend.events import log
from backend.inventory import queries as inventory
from backend.inventory.queries import Filters
from frontend_htmx.catalog.filters import read_filters, sorts
from frontend_htmx.catalog.ladder import draw_ladder
from frontend_htmx.http import HtmxRequest, get_visible, page_or_part, wants_part
from frontend_htmx.paging import page_number

CATALOGUE = "catalogue:1"
"""The topic of a list of what is for sale: rows enter and leave it."""


@require_safe
@vary_on_headers("HX-Request")
def list_products(request: HtmxRequest) -> HttpResponse:
    """The published catalogue, as the URL filters it: four queries, and one for the categories on the whole page.

    The categories with their counts keep themselves true: they are a part of their own, for two queries.
    """
    with_prices = can_see_prices(request.actor)
    filters = read_filters(request.GET, with_prices=with_prices)
    kinds = kinds_of(filters)
    if wants_part(request) and request.htmx.target == "kinds":
        return page_or_part(request, "catalog/_kinds.html", kinds)
    found = inventory.catalogue(filters, page_number(request))
    context = {
        **kinds,
        "found": found,
        "topics": [CATALOGUE, *(f"stock:{row.sku.pk}" for row in found.rows)],
        "with_prices": with_prices,
        "sorts": sorts(with_prices=with_prices),
    }
    return page_or_part(request, "catalog/_results.html", context, page="catalog/list.html")


def kinds_of(filters: Filters) -> dict[str, object]:
    """The categories to choose from, and the position read before any rows: what is committed later is told."""
    return {
        "filters": filters,
        "position": log.last_position(),
        "list_topic": CATALOGUE,
        "kinds_topics": [CATALOGUE],
        "categories": catalog.categories,
    }


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
