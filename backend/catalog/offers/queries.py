"""A seller's offers and terms."""

from collections.abc import Collection, Mapping, Sequence

from backend.accounts.models import Company
from backend.catalog.gtin import same_gtins
from backend.catalog.models import Product, SellerTerms, Sku, Variant


def seller_terms(company: Company) -> SellerTerms:
    """On which terms a company sells; the defaults where it never said. One query."""
    return SellerTerms.objects.of_company(company.pk).first() or SellerTerms(company=company)


def currencies_of(company_ids: Collection[int]) -> Mapping[int, str]:
    """In which currency each of these companies sells. One query."""
    known = SellerTerms.objects.across_companies(why="in which currency somebody sells is for every buyer to read")
    said = dict(known.filter(company__in=company_ids).values_list("company", "currency"))
    return {pk: said.get(pk, SellerTerms().currency) for pk in company_ids}


def own_offers(company_id: int, product: Product) -> Sequence[Sku]:
    """What a company offers of a product, in the order of its variants. One query."""
    own = Sku.objects.of_company(company_id).filter(product=product).with_variant()
    return list(own.order_by("variant__position", "code"))


MAX_FOUND = 20


def offerable(gtin: str) -> Sequence[Variant]:
    """What is published under a GTIN, however many zeros stand before it. One query."""
    found = Variant.objects.published().filter(gtin__in=same_gtins(gtin)).select_related("product__company")
    return list(found.order_by("-product__popularity", "pk")[:MAX_FOUND])


def offerable_of(product_id: int) -> Sequence[Variant]:
    """The variants of a published product. One query."""
    found = Variant.objects.published().filter(product_id=product_id).select_related("product__company")
    return list(found.order_by("position", "pk")[:MAX_FOUND])
