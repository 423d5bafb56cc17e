"""The first fence: nobody reads, counts, changes or deletes rows of a company without saying whose they are.

Files under tests/ are trusted and see everything, so what is tried here is compiled as if it stood in the product.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Prefetch, Q, Subquery
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import Company, Membership
from backend.catalog.models import Category, Product, Sku, TierPrice
from backend.core.fences import Unscoped
from backend.inventory.models import StockLevel, StockMove, Warehouse
from tests.cast import Cast, actor_of

NAMES = {
    **{model.__name__: model for model in (Category, Company, Membership, Product, Sku, StockLevel, StockMove)},
    **{word.__name__: word for word in (Prefetch, Q, Subquery, TierPrice, Warehouse)},
}


def outside(expression: str, **names: Any) -> Any:
    """What an expression is worth where no test stands."""
    return eval(compile(expression, "backend/anywhere.py", "eval"), {**NAMES, **names})  # noqa: S307  # our own text


UNSCOPED = [
    "list(Product.objects.all())",
    "Product.objects.filter(name='Mug').first()",
    "Product.objects.get(pk=1)",
    "bool(Sku.objects.filter(code='1'))",
    "Sku.objects.order_by('code')[0]",
    "list(Sku.objects.order_by('code')[:3])",
    "Sku.objects.in_bulk([1])",
    "Warehouse.objects.count()",
    "Warehouse.objects.exists()",
    "next(Warehouse.objects.iterator())",
    "list(Membership.objects.values('user__email'))",
    "list(Membership.objects.values_list('pk', flat=True))",
    "list(StockMove.objects.dates('moved_at', 'day'))",
    "StockLevel.objects.aggregate(n=__import__('django.db.models').db.models.Sum('on_hand'))",
    "StockLevel.objects.update(on_hand=0)",
    "StockLevel.objects.filter(on_hand=0).delete()",
    "Product.objects.get_or_create(name='Mug')",
    "Product.objects.update_or_create(name='Mug')",
    "list(Product.objects.raw('SELECT * FROM catalog_product'))",
    "Product.objects.all().explain()",
    "Company.objects.filter(products__in=Product.objects.filter(name='Mug'))",
    "Product.objects.of_company(1) | Product.objects.all()",
    "Product.objects.all() | Product.objects.of_company(1)",
    "Product.objects.of_company(1).union(Product.objects.all())",
    "list(Product.objects.across_companies(why=' '))",
    "Category(pk=1).products.count()",
    "list(category.products.all())",
]


@pytest.mark.parametrize("expression", UNSCOPED)
def test_rows_of_a_company_are_not_evaluated_without_a_scope(cast: Cast, expression: str) -> None:
    with pytest.raises(Unscoped):
        outside(expression, category=cast.crockery)


SCOPED = {
    "Product.objects.of_company(northfield.pk).count()": 2,
    "Product.objects.filter(name__icontains='e').of_company(northfield.pk).count()": 2,
    "Product.objects.of_company(None).count()": 0,
    "Product.objects.none().count()": 0,
    "Product.objects.this(mug.product).update(name='Cup')": 1,
    "Product.objects.visible_to(otto).count()": 3,
    "Product.objects.across_companies(why='a test').count()": 3,
    "Membership.objects.of_person(nora.pk).count()": 1,
    "northfield.products.count()": 2,
    "northfield.warehouses.filter(code='main').exists()": True,
    "mug.tiers.count()": 2,
    "mug.tiers.filter(min_quantity=1).update(unit_price_minor=1)": 1,
    "nora.memberships.get().company.products.count()": 2,
    "TierPrice.objects.of_company(northfield.pk).count()": 4,
    "StockMove.objects.of_company(eastwick.pk).count()": 1,
    "len(Product.objects.of_company(northfield.pk).prefetch_related('skus__tiers')[0].skus.all())": 1,
    "(Product.objects.of_company(northfield.pk) | Product.objects.of_company(eastwick.pk)).count()": 3,
    "Sku.objects.of_company(northfield.pk).filter(product__in=northfield.products.all()).count()": 2,
}


@pytest.mark.parametrize("expression", SCOPED)
def test_a_scope_word_or_a_row_in_hand_opens_the_fence(cast: Cast, expression: str) -> None:
    names = {"otto": actor_of(cast.otto), "northfield": cast.northfield, "eastwick": cast.eastwick}
    assert outside(expression, **names, mug=cast.mug, nora=cast.nora) == SCOPED[expression]


def test_a_prefetch_may_bring_a_queryset_of_its_own(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        (mug, _plate) = outside(
            "Sku.objects.of_company(pk).order_by('pk').prefetch_related("
            "Prefetch('tiers', queryset=TierPrice.objects.filter(min_quantity=1)))[:2]",
            pk=cast.northfield.pk,
        )
    assert len(mug.tiers.all()) == 1


def test_a_fence_costs_no_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        outside("list(Product.objects.of_company(pk))", pk=cast.northfield.pk)


def test_a_row_in_hand_is_saved_read_again_and_deleted_as_ever(cast: Cast) -> None:
    act: Callable[[TierPrice], None] = outside("lambda tier: (tier.save(), tier.refresh_from_db(), tier.delete())")
    act(cast.mug.tiers.all()[0])
    assert cast.mug.tiers.count() == 1


def test_the_message_says_what_to_say() -> None:
    with pytest.raises(Unscoped, match=r"Whose Warehouse rows\? Say \.of_company"):
        outside("Warehouse.objects.count()")
