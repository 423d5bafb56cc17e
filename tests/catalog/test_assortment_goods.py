"""Many SKUs come into an assortment at once, or go out of it: by code, of a category, of a brand."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from backend.catalog.audiences.actions import AssortmentDraft, fill_assortment, save_assortment
from backend.catalog.audiences.goods import MOST_CODES, Filled, Goods, How, Line, lines_of
from backend.catalog.lists.queries import kinds_of_goods
from backend.catalog.models import Assortment, Category, Product, Sku, Variant
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.tables.pasted import table_of
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of


@pytest.fixture
def dealers(cast: Cast) -> Assortment:
    draft = AssortmentDraft("Dealers’ goods", [], "reserved", companies=["Eastwick"])
    return save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))


def fill(cast: Cast, assortment: Assortment, goods: Goods, how: How = How.ADD, **given: Any) -> Filled:
    return fill_assortment(assortment, goods, how, actor=actor_of(given.pop("by", cast.sally)), **given)


def inside(assortment: Assortment) -> Sequence[str]:
    return list(assortment.skus.order_by("code").values_list("code", flat=True))


def named(*codes: str) -> Goods:
    return Goods(lines=[Line(row, code) for row, code in enumerate(codes, start=1)])


def told() -> int:
    return Event.objects.filter(kind=Kind.CATALOG_ASSORTMENT_CHANGED).count()


def test_pasted_codes_come_in_once_and_unknown_ones_are_named(cast: Cast, dealers: Assortment) -> None:
    pasted = Goods(lines_of(table_of("SKU\tProduct\n85123a\tMug\nNONE\tNothing\n22114\tPlate\n")))
    before = told()
    assert fill(cast, dealers, pasted) == Filled(2, 0, 0, (Line(3, "NONE"),))
    assert fill(cast, dealers, pasted) == Filled(0, 0, 2, (Line(3, "NONE"),))
    assert (inside(dealers), told()) == (["22114", "85123A"], before + 1)
    assert fill(cast, dealers, named("22114"), How.TAKE_OUT) == Filled(0, 1, 1)
    assert inside(dealers) == ["85123A"]


def test_another_sellers_sku_of_the_same_code_is_not_meant(cast: Cast, dealers: Assortment) -> None:
    fill(cast, dealers, named(cast.kettle.code))
    assert list(dealers.skus.all()) == [cast.mug]


def test_nothing_is_replaced_while_a_code_is_unknown_or_somebody_else_has_changed_it(
    cast: Cast, dealers: Assortment
) -> None:
    fill(cast, dealers, named("85123A"))
    with pytest.raises(Refused, match=r"You have no SKU NONE \(2\)"):
        fill(cast, dealers, named("22114", "NONE"), How.REPLACE)
    with pytest.raises(Conflict):
        fill(cast, dealers, named("22114"), How.REPLACE, seen=dealers.version)
    assert fill(cast, dealers, named("22114"), How.REPLACE, seen=dealers.version + 1) == Filled(1, 1, 0)
    assert inside(dealers) == ["22114"]


def test_a_category_or_a_brand_comes_in_whole_and_what_is_new_in_it_when_it_is_added_again(
    cast: Cast, dealers: Assortment
) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(brand="Tolle")
    assert fill(cast, dealers, Goods(category_id=cast.crockery.pk, brand="tolle")) == Filled(1, 0, 0)
    assert fill(cast, dealers, Goods(category_id=cast.crockery.pk)) == Filled(1, 0, 1)
    variant = Variant.objects.create(product=cast.mug.product, name="Green")
    Sku.objects.create(company=cast.northfield, product=cast.mug.product, variant=variant, code="NEW")
    assert "NEW" not in inside(dealers)
    assert {(row.category, row.brand, row.skus, row.inside) for row in kinds_of_goods(dealers)} == {
        ("Crockery", "Tolle", 2, 1),
        ("Crockery", "", 1, 1),
    }
    Category.objects.filter(pk=cast.crockery.pk).update(translations={"name.ar": "أوانٍ"})
    with override("ar"):
        assert {row.category for row in kinds_of_goods(dealers)} == {"أوانٍ"}
    assert fill(cast, dealers, Goods(brand="Tolle")) == Filled(1, 0, 2)
    elsewhere = Category.objects.create(name="Elsewhere", slug="elsewhere")
    assert fill(cast, dealers, Goods(category_id=elsewhere.pk), How.TAKE_OUT) == Filled(0, 0, 3)


def test_what_it_says_is_changed_without_naming_its_goods(cast: Cast, dealers: Assortment) -> None:
    fill(cast, dealers, named("85123A"))
    dealers.refresh_from_db()
    draft = AssortmentDraft("Lookers", None, "shown", companies=["Cornershop"])
    save_assortment(cast.northfield, dealers, draft, seen=dealers.version, actor=actor_of(cast.sally))
    assert inside(dealers) == ["85123A"]


def test_nothing_named_too_much_named_and_who_may_not(cast: Cast, dealers: Assortment) -> None:
    with pytest.raises(Refused, match="Name some SKUs"):
        fill(cast, dealers, Goods())
    with pytest.raises(Refused, match="100001 rows, and at most 100000"):
        lines_of([["X"]] * (MOST_CODES + 1))
    for who in (cast.wes, cast.bea):
        with pytest.raises(NotAllowed):
            fill(cast, dealers, named("85123A"), by=who)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A, B, C", ["A", "B", "C"]),
        ("A\n\nB\n", ["A", "B"]),
        ("Name\tSKU\nMug\tA", ["A"]),
        ("'-1\nB", ["-1", "B"]),
        ("", []),
    ],
)
def test_codes_are_found_however_they_are_pasted(text: str, codes: list[str]) -> None:
    assert [line.code for line in lines_of(table_of(text))] == codes


def test_thousands_of_skus_cost_as_many_statements_as_one(cast: Cast, dealers: Assortment) -> None:
    product = cast.mug.product
    variants = Variant.objects.bulk_create(Variant(product=product, name=f"V{n}") for n in range(3000))
    Sku.objects.bulk_create(
        Sku(company=cast.northfield, product=product, variant=one, code=f"B{n}") for n, one in enumerate(variants)
    )
    counts = []
    for goods in (named("85123A"), named(*(f"B{n}" for n in range(3000)))):
        with CaptureQueriesContext(connection) as ran:
            fill(cast, dealers, goods)
        counts.append(len(ran))
    assert counts[0] == counts[1]
    assert dealers.items.count() == 3001
