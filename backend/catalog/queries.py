"""Screenfuls of the catalogue itself; what also shows stock stands in inventory, which knows both."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, TypeVar

from django.db import connection
from django.db.models import Count, Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Category, Media, Product, Sku
from backend.catalog.states import ProductStatus
from backend.catalog.translations import name_key
from backend.core.row_security import acting_for
from backend.core.written import Written, fetch

R = TypeVar("R", covariant=True)
OWN_PRODUCTS_SIZE = 50
EXPORTED_AT_ONCE = 1000


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


class Paged(Protocol[R]):
    """A page of a list, with its rows."""

    @property
    def page(self) -> Page: ...
    @property
    def rows(self) -> Sequence[R]: ...


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """What a seller describes or offers; `company_id` is who describes it, `skus` are the ids of his own offers of it
    with their codes."""

    pk: int
    company_id: int
    slug: str
    name: str
    status: ProductStatus
    category: str
    skus: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class OwnProductsPage:
    page: Page
    products: Sequence[OwnProduct]


def categories() -> Sequence[Category]:
    """The categories with at least one published product, each with `products_count`, in their order. One query."""
    published = Count("products", filter=Q(products__status=ProductStatus.PUBLISHED))
    counted = Category.objects.annotate(products_count=published).filter(products_count__gt=0)
    return list(counted.order_by("position", "name"))  # a grouped query forgets the model's own order


def own_products(company_id: int, *, text: str = "", number: int = 1) -> OwnProductsPage:
    """A page of what a seller describes or offers, the newest first; the last one, if there are not so many. One
    query."""
    own = _LOOKED_FOR if text else _OWN
    asked = {"company": company_id, "words": looked_for(text), "number": number, "size": OWN_PRODUCTS_SIZE}
    rows = fetch(own + _OWN_PRODUCTS, {**asked, "name": name_key()})
    page = page_of(number, OWN_PRODUCTS_SIZE, rows[0][0] if rows else 0)
    return OwnProductsPage(page, [_own_product(*row) for _, *row in rows])


def own_product(company_id: int, product_id: int) -> OwnProduct:
    """One of them, which has to be there. One query."""
    asked = {"company": company_id, "product": product_id, "number": 1, "size": 1}
    ((_, *row),) = fetch(_THIS + _OWN_PRODUCTS, {**asked, "name": name_key()})
    return _own_product(*row)


def shown_product(actor: Actor, product_id: int) -> Product | None:
    """A product with its company and category; None unless it is `visible_to` whoever acts. One query."""
    product: Product | None = None
    asked = {"product": product_id, "status": ProductStatus.PUBLISHED, "company": actor.company_id}
    for product, company, category in _PRODUCT.fetch(asked):
        product.company, product.category = company, category
    return product


def shown_media(product: Product) -> Sequence[Media]:
    """A product's pictures and documents, but for those that wait for an approval, in their order. One query."""
    return [media for (media,) in _MEDIA.fetch({"product": product.pk})]


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


def _own_product(pk: int, company: int, slug: str, name: str, status: str, *of_it: Any) -> OwnProduct:
    category, ids, codes = of_it
    return OwnProduct(pk, company, slug, name, ProductStatus(status), category, tuple(zip(ids, codes, strict=True)))


# Every word stands in the product's name or begins the code: as `containing` says it.
CONTAINING = """NOT EXISTS (SELECT FROM unnest(%(words)s::text[]) AS word WHERE
    NOT (upper(product.name) LIKE upper('%%' || word || '%%') OR upper(sku.code) LIKE upper(word || '%%')))"""
_OWN = """
WITH own AS MATERIALIZED (
    SELECT product_id AS id FROM catalog_sku WHERE company_id = %(company)s
    UNION SELECT id FROM catalog_product WHERE company_id = %(company)s)
"""
_LOOKED_FOR = f"""
WITH own AS MATERIALIZED (
    SELECT DISTINCT product.id
    FROM catalog_sku AS sku JOIN catalog_product AS product ON product.id = sku.product_id
    WHERE sku.company_id = %(company)s AND {CONTAINING})
"""  # noqa: S608  # of constants
_THIS = "WITH own AS MATERIALIZED (SELECT %(product)s::bigint AS id)"
_OWN_PRODUCTS = """
SELECT (SELECT count(*) FROM own), product.id, product.company_id, product.slug, product.name, product.status,
    coalesce(category.translations ->> %(name)s, category.name),
    ARRAY(SELECT id FROM catalog_sku WHERE product_id = product.id AND company_id = %(company)s ORDER BY id),
    ARRAY(SELECT code FROM catalog_sku WHERE product_id = product.id AND company_id = %(company)s ORDER BY id)
FROM own JOIN catalog_product AS product ON product.id = own.id
JOIN catalog_category AS category ON category.id = product.category_id
ORDER BY product.created_at DESC, product.id DESC
LIMIT %(size)s OFFSET (SELECT least(%(number)s - 1, greatest(count(*) - 1, 0) / %(size)s) * %(size)s FROM own)
"""
_PRODUCT = Written(
    """
SELECT {product}, {company}, {category} FROM catalog_product product
JOIN accounts_company company ON company.id = product.company_id
JOIN catalog_category category ON category.id = product.category_id
WHERE product.id = %(product)s AND (product.status = %(status)s OR product.company_id = %(company)s)
""",
    product=Product,
    company=Company,
    category=Category,
)
_MEDIA = Written(
    "SELECT {media} FROM catalog_media media WHERE product_id = %(product)s AND NOT proposed ORDER BY position, id",
    media=Media,
)
_PRODUCT_AND_SELLER = "SELECT id, product_id, company_id FROM catalog_sku WHERE id = ANY(%(skus)s::bigint[])"
_SELLERS = "SELECT DISTINCT product_id, company_id FROM catalog_sku WHERE product_id = ANY(%(products)s::bigint[])"


def containing(skus: QuerySet[Sku], text: str) -> QuerySet[Sku]:
    """Those of which every word of the text stands in the product's name or begins the code."""
    for word in _words_of(text):
        skus = skus.filter(Q(product__name__icontains=word) | Q(code__istartswith=word))
    return skus


def looked_for(text: str) -> list[str]:
    """The same words for CONTAINING, in which nothing of them stands for anything else."""
    return [connection.ops.prep_for_like_query(word) for word in _words_of(text)]


def _words_of(text: str) -> list[str]:
    return text.split()[:8]


def all_pages(read: Callable[[int], Paged[R]]) -> Iterator[R]:
    """Every row of a list that is read by its pages, from the first on."""
    number = pages = 1
    while number <= pages:
        found = read(number)
        pages, number = found.page.pages, number + 1
        yield from found.rows


def all_slices(read: Callable[[slice], Sequence[R]], company_id: int | None) -> Iterator[R]:
    """Every row of a list whose page shows its beginning. A file is sent when its request is over: each time it says
    anew whose rows it reads."""
    for first in count(step=EXPORTED_AT_ONCE):
        with acting_for(company_id):
            found = read(slice(first, first + EXPORTED_AT_ONCE))
        yield from found
        if len(found) < EXPORTED_AT_ONCE:
            return


def page_of(number: int, size: int, total: int) -> Page:
    """The page asked for, or the nearest that exists."""
    return Page(max(1, min(number, -(-total // size) or 1)), size, total)
