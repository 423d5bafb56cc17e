"""A seller changes what his products say: by a form, alone or with somebody's approval."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from backend.catalog.actions import Tier
from backend.catalog.changes.actions import approve_change, edit_product
from backend.catalog.ladders.queries import ladder_in
from backend.catalog.models import AttributeDefinition, ChangeSet, Product, Sku
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live

HTMX = {"HX-Request": "true"}


def sheet_of(client: Client, url: str) -> dict[str, Any]:
    """The form as the page fills it."""
    form = client.get(url).context["form"]
    fields = {field.html_name: field.value() for field in form}
    return {name: "" if value is None else value for name, value in fields.items() if value is not False}


@pytest.fixture
def edit_url(cast: Cast) -> str:
    return f"/c/northfield/products/{cast.mug.product_id}/edit/"


def as_(client: Client, cast: Cast, who: str) -> Client:
    client.force_login(getattr(cast, who))
    return client


def test_a_draft_is_changed_with_its_attributes_and_its_variant(cast: Cast, client: Client, edit_url: str) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(status="draft")
    for code, kind in (("capacity", "number"), ("dishwasher", "yes_no"), ("story", "text")):
        AttributeDefinition.objects.create(category=cast.crockery, code=code, name=code.title(), kind=kind)
    glaze = {"kind": "choice", "choices": ["matt", "gloss"], "is_variant_axis": True}
    AttributeDefinition.objects.create(category=cast.crockery, code="glaze", name="Glaze", **glaze)
    as_(client, cast, "sally")
    assert_sound(client.get(edit_url))
    at = f"variants.{cast.mug.variant_id}"
    typed = {
        "attributes.capacity": "330.5", "attributes.dishwasher": "yes", "hs_code": "7323.94",
        "origin_country": "PL", f"{at}.attributes.glaze": "matt", f"{at}.weight_g": "1,200",
    }  # fmt: skip
    response = client.post(edit_url, {**sheet_of(client, edit_url), **typed})
    assert response.status_code == 303
    product = Product.objects.get(pk=cast.mug.product_id)
    assert product.attributes == {"capacity": 330.5, "dishwasher": True}
    assert (product.hs_code, product.origin_country, product.name) == ("732394", "PL", "Blue enamel mug")
    assert product.variants.values_list("attributes", "weight_g").get() == ({"glaze": "matt"}, 1200)
    assert sheet_of(client, edit_url)["attributes.dishwasher"] == "yes"


def test_what_cannot_be_stands_at_its_field_and_everything_typed_stays(
    cast: Cast, client: Client, edit_url: str
) -> None:
    sheet = sheet_of(as_(client, cast, "nora"), edit_url)
    response = client.post(edit_url, {**sheet, "hs_code": "69", "brand": "Typed"})
    shown = response.content.decode()
    assert response.status_code == 422
    assert "6 to 10 digits" in shown
    assert 'value="Typed"' in shown


def test_a_conflict_shows_what_would_be_overwritten_and_saving_again_does_it(
    cast: Cast, client: Client, edit_url: str
) -> None:
    sheet = sheet_of(as_(client, cast, "nora"), edit_url)
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    edit_product(product, {"brand": "Max"}, base_version=product.version, key="m", actor=actor_of(cast.max))
    response = client.post(edit_url, {**sheet, "brand": "Nora"})
    shown = response.content.decode()
    assert response.status_code == 409
    assert "What saving this would overwrite" in shown
    assert "Max" in shown
    (base,) = re.findall(r'name="base_version" value="(\d+)"', shown)
    assert client.post(edit_url, {**sheet, "brand": "Nora", "base_version": base}).status_code == 303
    product.refresh_from_db()
    assert product.brand == "Nora"


def test_a_change_waits_and_its_author_sees_it_decided_without_a_reload(
    cast: Cast, client: Client, edit_url: str
) -> None:
    sheet = sheet_of(as_(client, cast, "sally"), edit_url)
    response = client.post(edit_url, {**sheet, "brand": "North"})
    change = ChangeSet.objects.get()
    assert response["Location"] == f"/c/northfield/changes/{change.pk}/"
    assert_sound(client.get(response["Location"]))
    with assert_live(client, response["Location"]):
        approve_change(change, actor=actor_of(cast.nora))
    assert "Approved" in client.get(response["Location"]).content.decode()


def test_an_approver_sees_both_sides_and_decides_on_the_page(cast: Cast, client: Client, edit_url: str) -> None:
    sheet = sheet_of(as_(client, cast, "sally"), edit_url)
    client.post(edit_url, {**sheet, "brand": "North"})
    change = f"/c/northfield/changes/{ChangeSet.objects.get().pk}/"
    assert "Approve<" not in client.get(change).content.decode()
    as_(client, cast, "max")
    assert "(1)" in client.get("/c/northfield/products/").content.decode()
    assert_sound(client.get("/c/northfield/changes/"))
    shown = client.get(change).content.decode()
    assert "Approve<" in shown
    assert "<bdi>North</bdi>" in shown
    response = client.post(f"{change}rejection/", {"note": "Not ours."}, headers=HTMX)
    assert "Not ours." in response.content.decode()
    assert client.post(f"{change}approval/", headers=HTMX).status_code == 422


def test_an_overtaken_change_is_a_conflict(cast: Cast, client: Client, edit_url: str) -> None:
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    for key in ("a", "b"):
        edit_product(product, {"brand": key}, base_version=product.version, key=key, actor=actor_of(cast.sally))
    first, second = ChangeSet.objects.order_by("pk")
    as_(client, cast, "nora")
    assert client.post(f"/c/northfield/changes/{first.pk}/approval/").status_code == 303
    response = client.post(f"/c/northfield/changes/{second.pk}/approval/", headers=HTMX)
    assert response.status_code == 409
    assert "Overtaken" in response.content.decode()


def test_a_variant_is_added_and_the_product_archived(cast: Cast, client: Client, edit_url: str) -> None:
    as_(client, cast, "nora")
    own = edit_url.removesuffix("edit/")
    assert client.post(f"{own}variants/", {"key": "k", "name": "", "code": "R"}).status_code == 422
    assert client.post(f"{own}variants/", {"key": "k", "name": "Red", "code": "22114R"}).status_code == 303
    assert "22114R" in client.get(edit_url).content.decode()
    assert client.post(f"{own}archive/").status_code == 303
    assert Product.objects.get(pk=cast.mug.product_id).status == "archived"


def test_an_offer_and_the_terms_are_changed(cast: Cast, client: Client) -> None:
    as_(client, cast, "sally")
    url = f"/c/northfield/offers/{cast.mug.pk}/"
    assert_sound(client.get(url))
    sheet = sheet_of(client, url)
    response = client.post(url, {**sheet, "inner_pack": "5", "case_pack": "12"})
    assert response.status_code == 422
    assert "does not fit a case of 12" in response.content.decode()
    assert client.post(url, {**sheet, "inner_pack": "6", "case_pack": "12"}).status_code == 303
    assert Sku.objects.get(pk=cast.mug.pk).inner_pack == 6
    url = "/c/northfield/terms/"
    assert_sound(client.get(url))
    assert client.post(url, {**sheet_of(client, url), "order_minimum": "150.00"}).status_code == 303
    assert sheet_of(client, url)["order_minimum"] == 150


def test_what_an_offer_costs_is_changed_on_its_page_and_goes_where_it_is_emptied(cast: Cast, client: Client) -> None:
    as_(client, cast, "sally")
    assert "/c/northfield/prices/offers/" in client.get(f"/c/northfield/offers/{cast.mug.pk}/").content.decode()
    url = f"/c/northfield/prices/offers/{cast.mug.pk}/"
    assert_sound(client.get(url))
    sheet = sheet_of(client, url)
    assert sheet["price"] == "2.95"
    wrong = client.post(url, {**sheet, "price": "2.2.2", "from2": "9", "price2": ""})
    assert wrong.status_code == 422
    assert "2.2.2" in wrong.content.decode(), "what was typed stays"
    assert client.post(url, {**sheet, "price": "3.10", "from2": "24", "price2": "2.80"}).status_code == 303
    assert [(tier.min_quantity, tier.price.minor) for tier in ladder(cast)] == [(1, Decimal(310)), (24, Decimal(280))]
    stale = client.post(url, {**sheet, "key": "other", "price": "4.00"})
    assert stale.status_code == 409
    assert client.post(url, {**sheet_of(client, url), "from2": "", "price2": ""}).status_code == 303
    assert len(ladder(cast)) == 1
    assert client.post(url, {**sheet_of(client, url), "price": ""}).status_code == 303
    assert not ladder(cast)


def test_yen_have_no_pence(cast: Cast, client: Client) -> None:
    as_(client, cast, "sally")
    url = f"/c/northfield/prices/offers/{cast.mug.pk}/?currency=JPY"
    wrong = client.post(url, {**sheet_of(client, url), "price": "295.123456"})
    assert wrong.status_code == 422
    assert "too many decimals" in wrong.content.decode()
    assert "in GBP" in client.post(url, {**sheet_of(client, url), "price": "£295"}).content.decode()
    assert client.post(url, {**sheet_of(client, url), "price": "¥450"}).status_code == 303
    assert [tier.price.minor for tier in ladder_in(cast.mug, "JPY")] == [450]


def ladder(cast: Cast) -> list[Tier]:
    return list(ladder_in(cast.mug, "GBP"))


def test_the_terms_say_the_currency_and_what_lacks_a_price_in_it(cast: Cast, client: Client) -> None:
    as_(client, cast, "nora")
    url = "/c/northfield/terms/"
    asked = client.post(url, {**sheet_of(client, url), "currency": "JPY", "order_minimum": "2000"})
    assert asked.status_code == 422
    assert "no price in JPY" in asked.content.decode()


@pytest.mark.parametrize("who", ["wes", "rita"])
def test_who_may_not_edit_is_told(cast: Cast, client: Client, edit_url: str, who: str) -> None:
    as_(client, cast, who)
    for url in (edit_url, f"/c/northfield/offers/{cast.mug.pk}/", "/c/northfield/terms/", "/c/northfield/changes/"):
        assert client.get(url).status_code == 403
