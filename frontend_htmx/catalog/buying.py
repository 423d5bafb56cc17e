"""For whom a page of the catalogue is: whose prices stand on it, and what tells it that they changed."""

from collections.abc import Iterable, Mapping

from django.urls import reverse

from backend.catalog.pricing import Buyer, price_cells
from backend.catalog.pricing.buyers import buyer_of, buyer_of_company
from backend.catalog.pricing.queries import PriceCell
from backend.catalog.search import port
from frontend_htmx.http import HtmxRequest

EVERYBODYS_PRICES = "prices:0"
"""The topic of what everybody sees of prices and offers."""


def buyer_on(request: HtmxRequest) -> Buyer:
    """The company that the address names, or the reader as nobody's buyer. No query."""
    company = getattr(request, "company", None)
    return buyer_of_company(company) if company else buyer_of(request.actor)


def searched_for(buyer: Buyer) -> port.Buyer:
    """The same buyer, as the search knows one."""
    return port.Buyer(buyer.company_id, buyer.country, buyer.is_known)


def prices_for(buyer: Buyer, sku_ids: Iterable[int]) -> Mapping[int, PriceCell]:
    """What these offers cost the buyer. One query."""
    return price_cells(list(sku_ids), buyer)


def price_topics(buyer: Buyer) -> list[str]:
    """What the page listens to; a company's own topic says only that its prices changed, never which."""
    return [EVERYBODYS_PRICES, *([f"prices:{buyer.company_id}"] if buyer.company_id else [])]


def catalogue_address(request: HtmxRequest | None) -> str:
    """The catalogue for whom this page is for."""
    company = getattr(request, "company", None)
    return reverse("company_catalogue", args=[company.slug]) if company else reverse("catalogue")


def searches_address(request: HtmxRequest | None, what: str = "", search_id: int = 0) -> str:
    """The reader's saved searches beside that catalogue; `what`: "look" or "removal", of one of them."""
    company = getattr(request, "company", None)
    name = f"{'company_' if company else ''}{f'saved_search_{what}' if what else 'saved_searches'}"
    return reverse(name, args=[*([company.slug] if company else []), *([search_id] if what else [])])


def product_address(request: HtmxRequest | None, product_id: int, slug: str) -> str:
    """A product for whom this page is for."""
    company = getattr(request, "company", None)
    if company:
        return reverse("company_product", args=[company.slug, product_id, slug])
    return reverse("product", args=[product_id, slug])
