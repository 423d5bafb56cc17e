"""A seller's own products, page by page."""

from pytest_django import DjangoAssertNumQueries

from backend.catalog import queries
from backend.catalog.models import Product, Sku
from tests.cast import Cast


def names(cast: Cast, text: str = "", number: int = 1) -> list[str]:
    return [each.name for each in queries.own_products(cast.northfield.pk, text=text, number=number).products]


def test_they_cost_one_query_with_all_that_is_said_of_them(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = queries.own_products(cast.northfield.pk)
    plate = next(each for each in found.products if each.pk == cast.plate.product_id)
    assert (plate.company_id, plate.category, plate.status) == (cast.northfield.pk, "Crockery", "published")
    assert plate.skus == ((cast.plate.pk, "22114"),)
    assert plate == queries.own_product(cast.northfield.pk, cast.plate.product_id)


def test_what_others_offer_of_the_same_product_is_not_among_ones_own(cast: Cast) -> None:
    product = cast.mug.product
    Sku.objects.create(company=cast.eastwick, product=product, variant=cast.mug.variant, code="E-1")
    assert queries.own_product(cast.northfield.pk, product.pk).skus == ((cast.mug.pk, cast.mug.code),)
    offered = {(each.company_id, each.skus[0][1]) for each in queries.own_products(cast.eastwick.pk).products}
    assert offered == {(cast.northfield.pk, "E-1"), (cast.eastwick.pk, cast.kettle.code)}


def test_a_page_beyond_the_last_is_the_last(cast: Cast) -> None:
    found = queries.own_products(cast.northfield.pk, number=7)
    assert (found.page.number, found.page.total, len(found.products)) == (1, 2, 2)
    assert queries.own_products(cast.cornershop.pk, number=7).page.total == 0


def test_every_word_is_looked_for_as_it_stands_there(cast: Cast) -> None:
    assert names(cast, "2211 DINNER") == ["White dinner plate"]
    assert names(cast, "dinner mug") == []
    Product.objects.filter(pk=cast.mug.product_id).update(name="Mug, 50% wool_ware")
    assert names(cast, "50%") == names(cast, "wool_w") == ["Mug, 50% wool_ware"]
    assert names(cast, "2%1") == names(cast, "d_nner") == []
