"""What buyers see of stock, and what lists and pages show of offers with it. Each function says how many queries it
costs, and its test says that number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.accounts.models import Company
from backend.catalog.models import Product, SellerTerms, Sku, Variant
from backend.catalog.pricing import STRANGER, Buyer, offers_seen
from backend.catalog.translations import reading
from backend.core.money import Money
from backend.core.written import Written, fetch
from backend.inventory.disclosure import StockState


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """What a buyer sees of a SKU's stock: fragment inventory/_availability.html, topic `stock:<sku>`."""

    sku_id: int
    version: int
    state: str
    quantity: int | None
    band: str
    more_on: date | None = None
    """When more comes that is promised to nobody; `more` or `more_band` say how many, where the seller discloses it."""
    more: int | None = None
    more_band: str = ""


@dataclass(frozen=True, slots=True)
class ListedGood:
    """What a list shows of one SKU; `picture` is the SHA-256 of the one that stands for it, by which it is shown."""

    pk: int
    code: str
    name: str
    """Of its variant; empty where there is but one."""
    product_id: int
    product: str
    lang: str
    """The language that the product's name is in."""
    own: str
    """The product's name in its own words, which its drawing is chosen by."""
    slug: str
    category: str
    """The slug of its category."""
    seller: str
    moq: int
    case_pack: int
    picture: str | None
    availability: AvailabilityView


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One SKU on its product's page; `terms` are its seller's, where he said any."""

    sku: Sku
    availability: AvailabilityView
    terms: SellerTerms | None = None

    @property
    def lead_time_days(self) -> int | None:
        """The offer's own, else its describer's for the product, else its seller's for everything."""
        sku, product = self.sku, self.sku.product
        described = product.lead_time_days if product.company_id == sku.company_id else None
        said = (sku.lead_time_days, described, self.terms.lead_time_days if self.terms else None)
        return next((days for days in said if days is not None), None)

    @property
    def order_minimum(self) -> Money | None:
        """The least that one order from this seller comes to; None where there is none."""
        terms = self.terms
        return Money(terms.order_minimum_minor, terms.currency) if terms and terms.order_minimum_minor else None


def availability(sku_id: int) -> AvailabilityView:
    """What buyers see of one SKU's stock. One query."""
    return availabilities([sku_id])[sku_id]


def availabilities(sku_ids: Iterable[int]) -> dict[int, AvailabilityView]:
    """The same for many, a SKU that was never stocked being out. One query."""
    found = {row[0]: AvailabilityView(*row) for row in fetch(_AVAILABLE, {"skus": list(sku_ids)})}
    return {pk: found.get(pk) or _out(pk) for pk in sku_ids}


def catalogue_rows(sku_ids: Sequence[int]) -> Sequence[ListedGood]:
    """What a list shows of these SKUs, in this order and the reader's language; what has left the catalogue meanwhile
    is left out. One query."""
    found = {row[0]: _listed(*row) for row in fetch(_LISTED, {"skus": list(sku_ids), "reader": reading()})}
    return [found[pk] for pk in sku_ids if pk in found]


def product_rows(product: Product, *, buyer: Buyer = STRANGER) -> Sequence[OfferRow]:
    """Those of a product's listed SKUs that the buyer sees, with availability and their sellers' terms. Two queries."""
    rows = [_offer(product, *row) for row in _OFFERS.fetch({"product": product.pk})]
    seen = offers_seen(buyer, [row.sku.pk for row in rows], even_unpublished=True)
    return [row for row in rows if row.sku.pk in seen]


def _out(sku_id: int) -> AvailabilityView:
    """What was never stocked."""
    return AvailabilityView(sku_id, 0, StockState.OUT, None, "")


_AVAILABLE = """
SELECT sku_id, version, state, quantity, band, more_on, more, more_band
FROM inventory_availability WHERE sku_id = ANY(%(skus)s::bigint[])
"""
_LISTED = "SELECT * FROM listed_goods(%(skus)s, %(reader)s)"
_OF_STOCK = 7
"""So many columns at its end are an AvailabilityView's."""


def _listed(pk: int, *row: Any) -> ListedGood:
    return ListedGood(*(pk, *row[:-_OF_STOCK], _availability(pk, *row[-_OF_STOCK:])))


def _offer(product: Product, sku: Sku, variant: Variant, company: Company, *row: Any) -> OfferRow:
    sku.product, sku.variant, sku.company = product, variant, company
    terms, *stock = row
    return OfferRow(sku, _availability(sku.pk, *stock), terms)


def _availability(pk: int, version: int | None, *said: Any) -> AvailabilityView:
    """As an outer join found it."""
    return _out(pk) if version is None else AvailabilityView(pk, version, *said)


_OFFERS = Written(
    """
SELECT {sku}, {variant}, {company}, {terms}, stock.version, stock.state, stock.quantity, stock.band, stock.more_on,
    stock.more, stock.more_band
FROM catalog_sku sku JOIN catalog_variant variant ON variant.id = sku.variant_id
JOIN accounts_company company ON company.id = sku.company_id
LEFT JOIN catalog_sellerterms terms ON terms.company_id = sku.company_id
LEFT JOIN inventory_availability stock ON stock.sku_id = sku.id
WHERE sku.product_id = %(product)s AND sku.listed ORDER BY variant.position, sku.code
""",
    sku=Sku,
    variant=Variant,
    company=Company,
    terms=SellerTerms,
)
