"""Screenfuls of the catalogue itself; what also shows stock stands in inventory, which knows both."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from backend.catalog.models import Category, Product, Sku
from backend.catalog.states import ProductStatus
from backend.core.written import fetch

OWN_PRODUCTS_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: 1-based number, how many rows a page has, and how many rows there are in all."""

    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return min((self.number - 1) * self.size + 1, self.total)

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1


@dataclass(frozen=True, slots=True)
class OwnProductsPage:
    """A seller's products, each with its category and SKUs."""

    page: Page
    products: Sequence[Product]


def categories() -> Sequence[Category]:
    """The categories with at least one published product, each with `products_count`, in their order. One query."""
    published = Count("products", filter=Q(products__status=ProductStatus.PUBLISHED))
    counted = Category.objects.annotate(products_count=published).filter(products_count__gt=0)
    return list(counted.order_by("position", "name"))  # a grouped query forgets the model's own order


def own_products(company_id: int, *, text: str = "", number: int = 1) -> OwnProductsPage:
    """A page of what a seller describes or offers, the newest first. Three queries: their count, they, their SKUs."""
    products = Product.objects.sold_by(company_id)
    if text:
        products = products.filter(pk__in=containing(Sku.objects.of_company(company_id), text).values("product_id"))
    page = page_of(number, OWN_PRODUCTS_SIZE, products.count())
    rows = (
        products.select_related("category")
        .prefetch_related(Prefetch("skus", Sku.objects.of_company(company_id)))
        .order_by("-created_at", "-pk")
    )
    return OwnProductsPage(page, list(rows[page.first - 1 if page.total else 0 : page.last]))


def product_and_seller_of(sku_ids: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """Of each of these SKUs its product and its seller, whoever may see it. One query."""
    rows = fetch(_PRODUCT_AND_SELLER, {"skus": list(sku_ids)})
    return {sku: (product, seller) for sku, product, seller in rows}


def sellers_of(product_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Who offers each of these products, listed or not; those that nobody offers are missing. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    for product, seller in fetch(_SELLERS, {"products": list(product_ids)}):
        found[product].add(seller)
    return found


_PRODUCT_AND_SELLER = "SELECT id, product_id, company_id FROM catalog_sku WHERE id = ANY(%(skus)s::bigint[])"
_SELLERS = "SELECT DISTINCT product_id, company_id FROM catalog_sku WHERE product_id = ANY(%(products)s::bigint[])"


def containing(skus: QuerySet[Sku], text: str) -> QuerySet[Sku]:
    """Those of which every word of the text stands in the product's name or begins the code."""
    for word in text.split()[:8]:
        skus = skus.filter(Q(product__name__icontains=word) | Q(code__istartswith=word))
    return skus


def page_of(number: int, size: int, total: int) -> Page:
    """The page asked for, or the nearest that exists."""
    return Page(max(1, min(number, -(-total // size) or 1)), size, total)
