"""A seller's offers and terms."""

from collections.abc import Sequence

from backend.accounts.models import Company
from backend.catalog.models import Product, SellerTerms, Sku


def seller_terms(company: Company) -> SellerTerms:
    """On which terms a company sells; the defaults where it never said. One query."""
    return SellerTerms.objects.of_company(company.pk).first() or SellerTerms(company=company)


def own_offers(company_id: int, product: Product) -> Sequence[Sku]:
    """What a company offers of a product, in the order of its variants. One query."""
    own = Sku.objects.of_company(company_id).filter(product=product).with_variant()
    return list(own.order_by("variant__position", "code"))
