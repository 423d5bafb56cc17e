"""The catalogue as everybody sees it."""

from collections.abc import Collection, Mapping, Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.accounts.models import Company
from backend.catalog.attributes import definitions_of
from backend.catalog.description import facts
from backend.catalog.models import Product, Sku
from backend.catalog.policies import can_see_prices
from backend.catalog.pricing.queries import PriceCell
from backend.catalog.pricing.unsold import why_unsold
from backend.catalog.queries import shown_product
from backend.catalog.search import bands
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.port import Found, Query, Search
from backend.catalog.search.queries import shown_position
from backend.catalog.states import ProductStatus
from backend.events import log
from backend.inventory.availability import queries as inventory
from backend.inventory.availability.queries import OfferRow
from backend.negotiation.policies import can_ask_for_offers
from backend.orders.policies import can_place_orders
from frontend_htmx.catalog.buying import buyer_on, price_topics, prices_for, product_address, searched_for
from frontend_htmx.catalog.filters import address_of, read_query, sorts
from frontend_htmx.catalog.gallery import gallery
from frontend_htmx.catalog.ladder import Step, draw_ladder
from frontend_htmx.catalog.results import in_stock_count, other_currencies, pages_of, shown_facets, shown_goods
from frontend_htmx.http import HtmxRequest, page_or_part, wants_part
from frontend_htmx.orders.forms import CartLineForm

SEARCH: Search = PostgresSearch()
CATALOGUE = "catalogue:1"
"""The topic of a list of what is for sale: rows enter and leave it."""


@require_safe
@vary_on_headers("HX-Request")
def list_products(request: HtmxRequest, company: str = "") -> HttpResponse:
    """What the URL asks for of the catalogue: what the search costs, one query for the rows, one for the place in the
    event log, which is read before them: what is committed later is told; and one for the prices. Under a company's
    address it is what that company sees and pays.

    What the list may be narrowed by keeps itself true: it is a part of its own, and comes along where a choice changed.
    """
    with_prices = can_see_prices(request.actor)
    buyer = buyer_on(request)
    query = read_query(request.GET, with_prices=with_prices, buyer=searched_for(buyer))
    position = shown_position()
    found = SEARCH.find(query)
    context = list_context(query, found, position, with_prices=with_prices)
    context |= {"facets_topics": [CATALOGUE, *price_topics(buyer)], "price_topics": price_topics(buyer)}
    if wants_part(request) and request.htmx.target == "facets":
        return page_or_part(request, "catalog/_facets.html", context)
    rows = inventory.catalogue_rows(found.ids)
    context |= {
        "rows": shown_goods(request, rows, prices_for(buyer, (row.pk for row in rows))),
        "topics": [CATALOGUE, *price_topics(buyer), *(f"stock:{row.pk}" for row in rows)],
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
        "facets": shown_facets(found.facets, query, with_prices=with_prices),
        "in_stock": in_stock_count(found.facets),
        "sorts": sorts(query.text, with_prices=with_prices),
        "currency": query.filters.currency or bands.CURRENCY,
        "other_currencies": other_currencies(found.facets, query),
        "with_prices": with_prices,
        "position": position,
        "list_topic": CATALOGUE,
        "facets_topics": [CATALOGUE],
    }


@require_safe
@vary_on_headers("HX-Request")
def show_product(request: HtmxRequest, product_id: int, slug: str, company: str = "") -> HttpResponse:
    """A product with its SKUs, prices and stock: the queries of its screen and one. An old name in the address leads
    to the new one. Under a company's address it is what that company sees and pays."""
    product = shown_product(request.actor, product_id)
    if product is None:
        raise Http404(slug)
    if slug != product.slug:
        return redirect(product_address(request, product.pk, product.slug), permanent=True)
    screen = product_screen(request, product)
    if not screen["offers"] and product.skus.filter(listed=True).exists():
        raise Http404(slug)
    return page_or_part(request, "catalog/_product.html", screen, page="catalog/product.html")


def product_screen(request: HtmxRequest, product: Product) -> dict[str, object]:
    """A product with what can be ordered of it. Live once it is published: before, nobody may watch it.

    Seven queries.
    """
    buyer, position = buyer_on(request), log.last_position()
    rows = inventory.product_rows(product, buyer=buyer)
    prices = prices_for(buyer, (row.sku.pk for row in rows))
    wanted = definitions_of(product.category)
    is_live = product.status == ProductStatus.PUBLISHED
    listens = price_topics(buyer) if is_live else []
    stocks = [f"stock:{row.sku.pk}" for row in rows]
    here: Company | None = getattr(request, "company", None)
    is_own = here is not None and here.pk == product.company_id
    pictures, documents = gallery(product, here.slug if here and is_own else "")
    return {
        "product": product,
        "is_own": is_own,
        "offers": [
            (row, *_priced(row.sku, prices[row.sku.pk]), facts(row.sku.variant.attributes, wanted)) for row in rows
        ],
        "topics": [f"product:{product.pk}", *listens, *stocks] if is_live else [],
        "price_topics": listens,
        "position": position,
        "facts": facts(product.attributes, wanted),
        "pictures": pictures,
        "several_sellers": len({row.sku.company_id for row in rows}) > 1,
        "sellers": _who_may_offer(request, product, {row.sku.company_id for row in rows}) if is_live else [],
        "documents": documents,
        "of_variant": {each.media.variant_id: each for each in reversed(pictures) if each.media.variant_id},
        "with_prices": can_see_prices(request.actor),
        "line_forms": line_forms(request, [row.sku for row in rows]),
        "unsold": _unsold(rows, prices, buyer.country),
        "may_ask": here is not None and can_ask_for_offers(request.actor),
    }


def _priced(sku: Sku, cell: PriceCell) -> tuple[PriceCell, Sequence[Step]]:
    return cell, draw_ladder(sku, cell.rungs)


def _unsold(rows: Sequence[OfferRow], prices: Mapping[int, PriceCell], country: str) -> Mapping[int, str]:
    """Why what this reader sees can't be bought, by SKU."""
    skus = {row.sku: why for row in rows if (why := prices[row.sku.pk].unsold)}
    return {
        sku.pk: why_unsold(why, code=sku.code, seller=sku.company.name, country=country) for sku, why in skus.items()
    }


def _who_may_offer(request: HtmxRequest, product: Product, offering: Collection[int]) -> Sequence[Company]:
    """Those of the reader's companies that sell, and not this yet. No query that the page's header does not cost."""
    if request.actor.is_anonymous:
        return []
    others = {*offering, product.company_id}
    return [company for company in request.companies if company.sells and company.pk not in others]


def line_forms(request: HtmxRequest, skus: Sequence[Sku]) -> Mapping[int, CartLineForm]:
    """A way into the cart for each offer that this person may order. No query."""
    if not can_place_orders(request.actor) or request.actor.company_id is None:
        return {}
    foreign = [sku for sku in skus if sku.company_id != request.actor.company_id]
    return {sku.pk: CartLineForm(sku_id=sku.pk, quantity=sku.order_rule.nearest(1)) for sku in foreign}
