"""Rows with one parent are variants of one product, and columns of a category's attributes say what it wants said."""

from typing import Any

import pytest

from backend.catalog.models import AttributeDefinition, Category, Product, Sku, Variant
from backend.catalog.transfer import actions
from tests.cast import Cast
from tests.catalog.transfer.desk import imported, outcome, problems, text_of

HEADER = "SKU,Name,Category,Price,Parent SKU,Colour,Capacity,Dishwasher safe"
RED = "T-RED,Tea mug,Crockery,2.95,T-1,red,330,yes"
BLUE = "T-BLUE,Tea mug blue,Crockery,3.25,t-1,Blue,330,yes"


@pytest.fixture
def definitions(cast: Cast) -> None:
    """Mugs say their colour, in which variants differ, and more."""

    def define(code: str, kind: str, **more: Any) -> None:
        AttributeDefinition.objects.create(
            category=cast.crockery, code=code, name=code.capitalize().replace("_", " "), kind=kind, **more
        )

    define("colour", "choice", choices=["Red", "Blue"], is_variant_axis=True)
    define("capacity", "number", unit="ml", required=True)
    define("dishwasher_safe", "yes_no")


def family(parent: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Code, variant's name and attributes of all variants that stand under one product."""
    product = Product.objects.get(parent_code=parent)
    skus = product.skus.select_related("variant").order_by("code")
    return [(sku.code, sku.variant.name, sku.variant.attributes) for sku in skus]


def test_rows_with_one_parent_become_variants_of_one_product(cast: Cast, definitions: None) -> None:
    done = imported(cast, text_of([RED, BLUE, "S-1,Saucer,Crockery,1.95,,,80,no"], HEADER))
    assert outcome(done) == ("done", 3, 0, 0, 0)
    assert family("T-1") == [("T-BLUE", "Blue", {"colour": "Blue"}), ("T-RED", "Red", {"colour": "Red"})]
    mug, saucer = Product.objects.get(parent_code="T-1"), Sku.objects.get(code="S-1").product
    assert (mug.name, mug.attributes) == ("Tea mug", {"capacity": 330, "dishwasher_safe": True})
    assert (saucer.variants.count(), saucer.attributes) == (1, {"capacity": 80, "dishwasher_safe": False})


def test_the_same_variants_twice_change_nothing_and_a_new_one_joins(cast: Cast, definitions: None) -> None:
    imported(cast, text_of([RED, BLUE], HEADER))
    again = imported(cast, text_of([RED, BLUE, "T-BIG,Tea mug,Crockery,4.95,T-1,,500,yes"], HEADER))
    assert outcome(again) == ("done", 1, 0, 2, 0)
    assert [code for code, *_ in family("T-1")] == ["T-BIG", "T-BLUE", "T-RED"]
    assert Variant.objects.get(offers__code="T-BIG").name == "T-BIG"
    assert Product.objects.get(parent_code="T-1").version == 2


def test_a_family_that_is_cut_by_a_chunk_stays_one(
    cast: Cast, definitions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "CHUNK_ROWS", 2)
    imported(cast, text_of([f"C-{n},Cup,Crockery,2,C-1,,,{'yes' if n % 2 else 'no'}" for n in range(5)], HEADER))
    assert len(family("C-1")) == 5


def test_the_first_row_speaks_for_the_product(cast: Cast, definitions: None) -> None:
    imported(cast, text_of([RED, BLUE], HEADER))
    changed = imported(cast, text_of([RED.replace("Tea", "Coffee"), BLUE.replace("330", "250")], HEADER))
    assert outcome(changed) == ("done", 0, 1, 1, 0)
    mug = Product.objects.get(parent_code="T-1")
    assert (mug.name, mug.attributes["capacity"]) == ("Coffee mug", 330)


def test_what_a_category_does_not_take_is_told_and_what_it_does_not_know_is_left(cast: Cast, definitions: None) -> None:
    Category.objects.create(name="Lamps", slug="lamps")
    rows = [
        "A-1,Mug,Crockery,2.95,,Mauve,330,yes",
        "A-2,Mug,Crockery,2.95,,Red,plenty,yes",
        "A-3,Mug,Crockery,2.95,,Red,330,perhaps",
        "A-4,Lamp,Lamps,2.95,,Mauve,plenty,perhaps",
    ]
    done = imported(cast, text_of(rows, HEADER))
    told = [(2, "a_colour", "not_choice"), (3, "a_capacity", "not_number"), (4, "a_dishwasher_safe", "not_yes_no")]
    assert problems(done) == told
    assert done.problems.get(field="a_colour").detail == "Red, Blue"


def test_what_is_published_at_once_says_what_its_category_wants_said(cast: Cast, definitions: None) -> None:
    rows = [RED, "P-2,Mug,Crockery,2.95,,Red,,yes"]
    done = imported(cast, text_of(rows, HEADER), publishes=True)
    assert (outcome(done), problems(done)) == (("done", 1, 0, 0, 1), [(3, "", "unsaid")])
    assert (done.problems.get().detail, Product.objects.get(parent_code="T-1").status) == ("Capacity", "published")
    assert outcome(imported(cast, text_of(rows, HEADER))) == ("done", 1, 0, 1, 0), "a draft may wait for it"


def test_a_sku_stays_with_its_product(cast: Cast, definitions: None) -> None:
    imported(cast, text_of([RED, BLUE], HEADER))
    done = imported(cast, text_of([RED.replace("T-1", "T-2"), BLUE.replace(" blue", "")], HEADER))
    assert (outcome(done), problems(done)) == (("done", 0, 0, 1, 1), [(2, "parent", "other_family")])


def test_a_case_holds_full_inner_packs(cast: Cast) -> None:
    header = "SKU,Name,Category,Price,Case pack,Inner pack,Cases on a pallet"
    rows = [
        "I-1,Fits,Crockery,2.95,12,6,40",
        "I-2,Does not,Crockery,2.95,12,5,40",
        "I-3,As large,Crockery,2.95,12,12,40",
        "I-4,No pack,Crockery,2.95,12,1,40",
        "I-5,No pallet,Crockery,2.95,12,,1",
    ]
    done = imported(cast, text_of(rows, header))
    told = [(3, "inner_pack", "inner_misfit"), (4, "inner_pack", "inner_misfit")]
    assert problems(done) == [*told, (5, "inner_pack", "out_of_range"), (6, "pallet_cases", "out_of_range")]
    sku = Sku.objects.get(code="I-1")
    assert (sku.case_pack, sku.inner_pack, sku.pallet_cases) == (12, 6, 40)
    smaller = imported(cast, text_of(["I-1,10"], "SKU,Case pack"))
    sku.refresh_from_db()
    assert (outcome(smaller), sku.case_pack, sku.inner_pack) == (("done", 0, 1, 0, 0), 10, None)
