"""What a product says: its facts, its attributes by category, its variants."""

from typing import Any

import pytest

from backend.catalog.actions import archive_product, publish_product
from backend.catalog.changes.actions import add_variant, edit_product
from backend.catalog.models import AttributeDefinition, Product, Sku
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.models import Event
from tests.cast import Cast, actor_of


@pytest.fixture
def mug(cast: Cast) -> Product:
    """Northfield's, as a draft."""
    Product.objects.filter(pk=cast.mug.product_id).update(status="draft")
    return Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)


def edit(cast: Cast, product: Product, by: str = "sally", key: str = "k", base: int = 1, **sheet: Any) -> Product:
    actor = actor_of(getattr(cast, by))
    return edit_product(product, sheet.pop("sheet", sheet), base_version=base, key=key, actor=actor).product


def define(cast: Cast, code: str, kind: str, **more: Any) -> None:
    AttributeDefinition.objects.create(category=cast.crockery, code=code, name=code.title(), kind=kind, **more)


def test_a_draft_says_what_customs_and_carriers_ask(cast: Cast, mug: Product) -> None:
    at = f"variants.{cast.mug.variant_id}"
    edit(cast, mug, sheet={"hs_code": "6912.00.23", "origin_country": "in", f"{at}.weight_g": 320, "brand": "North"})
    mug.refresh_from_db()
    assert (mug.hs_code, mug.origin_country, mug.brand, mug.version) == ("69120023", "IN", "North", 2)
    assert mug.variants.get().weight_g == 320
    assert mug.name == "Blue enamel mug", "what the sheet does not name stays"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("hs_code", "69", "6 to 10 digits"),
        ("hs_code", "6912AB", "6 to 10 digits"),
        ("origin_country", "ZZ", "two letters by ISO 3166"),
        ("lead_time_days", 400, "from 0 to 365"),
        ("name", "", "blank"),
        ("name", "x" * 161, "160"),
        ("category", 0, "no such category"),
        ("attributes.capacity", "much", "a number"),
        ("attributes.capacity", True, "a number"),
        ("attributes.capacity", float("nan"), "a number"),
        ("attributes.glaze", "shiny", "one of matt, gloss"),
        ("attributes.dishwasher", "perhaps", "yes or no"),
        ("attributes.story", "x" * 201, "at most 200"),
        ("gtin", "12", "GTIN"),
        ("weight_g", 0, "from 1 to"),
        ("length_mm", 1_000_000, "from 1 to 100,000"),
        ("attributes.colour", "mauve", "one of blue, red"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(cast: Cast, mug: Product, key: str, value: object, said: str) -> None:
    define(cast, "capacity", "number", unit="ml")
    define(cast, "glaze", "choice", choices=["matt", "gloss"])
    define(cast, "dishwasher", "yes_no")
    define(cast, "story", "text")
    define(cast, "colour", "choice", choices=["blue", "red"], is_variant_axis=True)
    if key in ("gtin", "weight_g", "length_mm", "attributes.colour"):
        key = f"variants.{cast.mug.variant_id}.{key}"
    with pytest.raises(Refused, match=said) as refused:
        edit(cast, mug, sheet={key: value})
    assert refused.value.field == key
    mug.refresh_from_db()
    assert mug.version == 1


def test_attributes_are_kept_by_their_category_and_dropped_with_it(cast: Cast, mug: Product) -> None:
    define(cast, "capacity", "number")
    edit(cast, mug, sheet={"attributes.capacity": 300})
    assert Product.objects.get(pk=mug.pk).attributes == {"capacity": 300}
    other = type(cast.crockery).objects.create(name="Other", slug="other")
    edit(cast, mug, key="k2", base=2, category=other.pk)
    assert Product.objects.get(pk=mug.pk).attributes == {}


def test_what_its_category_wants_said_is_said_before_it_is_published(cast: Cast, mug: Product) -> None:
    define(cast, "capacity", "number", required=True)
    with pytest.raises(Refused, match="say their Capacity: give a number"):
        publish_product(mug, actor=actor_of(cast.sally))
    edit(cast, mug, sheet={"attributes.capacity": 300})
    mug.refresh_from_db()
    assert publish_product(mug, actor=actor_of(cast.sally)).status == "published"


def test_who_edits_what_somebody_else_has_changed_sees_the_difference(cast: Cast, mug: Product) -> None:
    edit(cast, mug, by="max", brand="Max")
    with pytest.raises(Conflict) as conflict:
        edit(cast, mug, key="k2", brand="Sally", name="Blue mug")
    shown = {line.label: (line.old, line.new) for line in conflict.value.detail["lines"]}  # type: ignore[attr-defined]
    assert shown == {"brand": ("Max", "Sally"), "name": ("Blue enamel mug", "Blue mug")}
    assert conflict.value.detail["version"] == 2


def test_the_same_sheet_twice_is_one_change(cast: Cast, mug: Product) -> None:
    for _ in range(2):
        edit(cast, mug, brand="North")
    assert Event.objects.filter(kind="catalog.product_edited").count() == 1


def test_a_sheet_that_changes_nothing_is_no_event(cast: Cast, mug: Product) -> None:
    edit(cast, mug, name=mug.name, brand="")
    assert not Event.objects.exists()


def test_who_may_not_edit_changes_nothing(cast: Cast, mug: Product) -> None:
    for who in ("rita", "wes", "otto", "carl"):
        with pytest.raises(NotAllowed):
            edit(cast, mug, by=who, brand="North")


def test_another_variant_begins_as_the_first_with_a_code_of_its_own(cast: Cast, mug: Product) -> None:
    for _ in range(2):
        add_variant(mug, "Red", "22114r", key="v", actor=actor_of(cast.sally))
    sku = Sku.objects.with_variant().get(product=mug, variant__name="Red")
    assert (sku.code, sku.name, sku.case_pack) == ("22114R", "Red", cast.mug.case_pack)
    assert sku.tiers.count() == cast.mug.tiers.count()
    with pytest.raises(Refused, match="no other one here has"):
        add_variant(mug, "red", "another", key="v2", actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="already the code"):
        add_variant(mug, "Green", "22114R", key="v3", actor=actor_of(cast.sally))


def test_what_was_published_is_archived_by_who_may_approve(cast: Cast) -> None:
    product = cast.plate.product
    with pytest.raises(NotAllowed):
        archive_product(product, actor=actor_of(cast.sally))
    assert archive_product(product, actor=actor_of(cast.nora)).status == "archived"
    assert not Product.objects.published().filter(pk=product.pk).exists()
    with pytest.raises(Refused, match="is archived"):
        edit(cast, product, by="nora", base=product.version, brand="X")
