"""A seller prepares a product, publishes it once approved, and takes it off again."""

from decimal import Decimal
from typing import Any

import pytest

from backend.accounts.models import AccessEpoch
from backend.catalog.actions import Draft, Tier, create_product, pause_product, publish_product
from backend.catalog.models import Product, Sku
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.money import UnitPrice
from backend.core.quantity import OrderRule
from backend.events.models import Event
from tests.cast import Cast, actor_of


def tier(quantity: int, pence: str) -> Tier:
    return Tier(quantity, UnitPrice(Decimal(pence)))


def create(cast: Cast, *, by: str = "nora", key: str = "k", **changed: Any) -> Product:
    given: dict[str, Any] = {
        "name": "Tin teapot",
        "code": "99001a",
        "tiers": [tier(1, "295"), tier(32, "255")],
        **changed,
    }
    user = getattr(cast, by)
    company = user.memberships.get().company
    return create_product(company, Draft(category=cast.crockery, **given), key=key, actor=actor_of(user))


def test_a_draft_is_seen_by_its_seller_alone(cast: Cast) -> None:
    product = create(cast)
    assert product.status == "draft"
    assert Product.objects.visible_to(actor_of(cast.nora)).filter(pk=product.pk).exists()
    assert not Product.objects.visible_to(actor_of(cast.otto)).filter(pk=product.pk).exists()
    assert Event.objects.get().kind == "catalog.product_created"


def test_a_code_is_written_large_and_is_unique_for_its_seller(cast: Cast) -> None:
    create(cast)
    assert Sku.objects.get(code="99001A").tiers.count() == 2
    with pytest.raises(Refused, match="99001A is already the code"):
        create(cast, key="another")
    assert create(cast, by="otto").company == cast.eastwick


def test_the_same_form_twice_makes_one_product(cast: Cast) -> None:
    assert create(cast).pk == create(cast).pk
    with pytest.raises(Conflict):
        create(cast, code="99002")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tiers": []}, "1 to 20 price tiers"),
        ({"tiers": [tier(2, "295")]}, "from 1 unit on"),
        ({"tiers": [tier(1, "295"), tier(32, "295")]}, "From 32 units on the price has to be lower than 2.95"),
        ({"tiers": [tier(1, "295"), tier(32, "255"), tier(32, "250")]}, "From 32 units"),
        ({"gtin": "4006381333932"}, "4006381333932 is not a GTIN"),
        ({"gtin": "12"}, "8, 12, 13 or 14 digits"),
        ({"rule": OrderRule(moq=0)}, "from 1 to 10,000,000"),
        ({"code": "x" * 41}, "40"),
        ({"name": ""}, "blank"),
    ],
)
def test_what_can_not_be_sold_is_named(cast: Cast, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        create(cast, **changed)


def test_a_right_gtin_is_taken(cast: Cast) -> None:
    assert create(cast, gtin="4006381333931").skus.get().gtin == "4006381333931"


@pytest.mark.parametrize("by", ["rita", "wes", "bea"])
def test_without_the_permission_nobody_edits_the_catalogue(cast: Cast, by: str) -> None:
    with pytest.raises(NotAllowed, match="may not edit the catalogue"):
        create(cast, by=by)


def test_who_waits_for_approval_prepares_but_does_not_publish(cast: Cast) -> None:
    product = create(cast, by="nick")
    with pytest.raises(Refused, match="Newcomer waits for its approval"):
        publish_product(product, actor=actor_of(cast.nick))


def test_published_twice_is_published_once(cast: Cast) -> None:
    product = create(cast)
    for _ in range(2):
        publish_product(Product.objects.get(pk=product.pk), actor=actor_of(cast.nora))
    assert [event.kind for event in Event.objects.order_by("id")] == [
        "catalog.product_created",
        "catalog.product_published",
    ]
    assert Product.objects.visible_to(actor_of(cast.otto)).filter(pk=product.pk).exists()


def test_a_paused_product_is_gone_for_buyers_and_its_grants_are_void(cast: Cast) -> None:
    product = pause_product(cast.mug.product, actor=actor_of(cast.nora))
    assert not Product.objects.published().filter(pk=product.pk).exists()
    assert AccessEpoch.objects.get(scope=f"product:{product.pk}").n == 1
    with pytest.raises(NotAllowed):
        publish_product(product, actor=actor_of(cast.otto))
