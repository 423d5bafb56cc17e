"""A seller describes, publishes and pauses products."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.catalog.models import Product, Sku
from tests.accounts.markup import assert_sound
from tests.cast import Cast

OWN = "/c/northfield/products/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sally(cast: Cast, client: Client) -> Client:
    client.force_login(cast.sally)
    return client


def describe(client: Client, cast: Cast, url: str = f"{OWN}new/", **changed: Any) -> Any:
    fields = {
        "key": uuid4().hex,
        "name": "Salt cellar",
        "category": cast.crockery.pk,
        "description": "Fits the hand.",
        "code": "sc-1",
        "gtin": "",
        "unit": "each",
        "moq": "6",
        "increment": "6",
        "case_pack": "12",
        "price": "2.95",
    }
    return client.post(url, {**fields, **changed})


def test_the_list_shows_ones_own_products_whatever_their_status(
    cast: Cast, sally: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Product.objects.filter(pk=cast.plate.product_id).update(status="draft")
    with django_assert_num_queries(2 + 2):  # and who asks
        response = sally.get(OWN)
    assert_sound(response)
    shown = response.content.decode()
    assert all(word in shown for word in ("Blue enamel mug", "Published", "White dinner plate", "Draft", "22114"))
    assert "Copper kettle" not in shown


def test_the_list_is_searched(cast: Cast, sally: Client) -> None:
    shown = sally.get(f"{OWN}?q=2211", headers=HTMX).content.decode()
    assert "White dinner plate" in shown
    assert "Blue enamel mug" not in shown


def test_a_product_is_described_as_a_draft_that_nobody_else_sees(cast: Cast, sally: Client) -> None:
    assert_sound(sally.get(f"{OWN}new/"))
    response = describe(sally, cast, from2="24", price2="2.55", from3="144", price3="2.2125")
    assert (response.status_code, response["Location"]) == (303, OWN)
    sku = Sku.objects.get(code="SC-1")
    assert sku.product.status == "draft"
    assert (sku.moq, sku.increment, sku.case_pack) == (6, 6, 12)
    ladder = [(tier.min_quantity, tier.unit_price_minor) for tier in sku.tiers.all()]
    assert ladder == [(1, Decimal(295)), (24, Decimal(255)), (144, Decimal("221.25"))]
    sally.logout()
    assert sally.get(f"/products/{sku.product_id}-salt-cellar/").status_code == 404


def test_the_same_description_sent_twice_makes_one_product(cast: Cast, sally: Client) -> None:
    for _ in range(2):
        describe(sally, cast, key="same")
    assert Product.objects.filter(name="Salt cellar").count() == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"code": "85123A"}, "already the code of another SKU of yours"),
        ({"gtin": "4006381333932"}, "is not a GTIN"),
        ({"price": "two"}, "“two” is not a price"),
        ({"price": "-1"}, "is not a price"),
        ({"price": "0.00000001"}, "too many decimals"),
        ({"price": "NaN"}, "is not a price"),
        ({"price": "1e99"}, "is not a price"),
        ({"moq": "0"}, "out of range"),
        ({"case_pack": "2.5"}, "fraction"),
        ({"from2": "24"}, "both a quantity and a price"),
        ({"from2": "24", "price2": "3.95"}, "more never costs more a unit"),
        ({"from2": "1", "price2": "1.95"}, "the price has to be lower"),
        ({"name": ""}, "required"),
        ({"category": "0"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_everything_typed_stays(
    cast: Cast, sally: Client, changed: dict[str, str], why: str
) -> None:
    response = describe(sally, cast, **changed)
    shown = response.content.decode()
    assert response.status_code == 422
    assert why in shown
    assert "Fits the hand." in shown
    assert not Product.objects.filter(name="Salt cellar").exists()


def test_a_draft_is_looked_at_before_it_is_published(
    cast: Cast, sally: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(status="draft")
    with django_assert_num_queries(7 + 2):  # and who asks; nobody may watch a draft
        response = sally.get(f"{OWN}{cast.mug.product_id}/")
    assert_sound(response)
    shown = response.content.decode()
    assert "Only your company sees this" in shown
    assert "£2.95" in shown
    Product.objects.filter(pk=cast.mug.product_id).update(status="published")
    shown = sally.get(f"{OWN}{cast.mug.product_id}/").content.decode()
    assert f'href="/products/{cast.mug.product_id}-blue-enamel-mug/"' in shown


def test_a_product_is_published_and_paused(cast: Cast, sally: Client) -> None:
    product = Product.objects.get(pk=cast.mug.product_id)
    response = sally.post(f"{OWN}{product.pk}/pause/", headers=HTMX)
    assert "Paused" in response.content.decode()
    assert f'id="product-{product.pk}"' in response.content.decode()
    assert "Publish <" in response.content.decode()
    response = sally.post(f"{OWN}{product.pk}/publication/", headers={"Referer": f"http://testserver{OWN}"})
    assert (response.status_code, response["Location"]) == (303, OWN)
    product.refresh_from_db()
    assert product.status == "published"


def test_a_company_that_waits_for_approval_prepares_drafts_and_publishes_none(cast: Cast, client: Client) -> None:
    client.force_login(cast.nick)
    describe(client, cast, url="/c/newcomer/products/new/")
    product = Product.objects.get(name="Salt cellar")
    shown = client.get("/c/newcomer/products/").content.decode()
    assert "waits for its approval" in shown
    assert "/publication/" not in shown
    response = client.post(f"/c/newcomer/products/{product.pk}/publication/", headers=HTMX)
    assert response.status_code == 422
    assert "waits for its approval" in response.content.decode()


@pytest.mark.parametrize("noun", ["publication", "pause"])
def test_another_companys_product_does_not_exist(cast: Cast, sally: Client, noun: str) -> None:
    assert sally.post(f"{OWN}{cast.kettle.product_id}/{noun}/").status_code == 404


@pytest.mark.parametrize("who", ["wes", "rita"])
def test_who_may_not_edit_the_catalogue_sees_it_without_buttons(cast: Cast, client: Client, who: str) -> None:
    client.force_login(getattr(cast, who))
    assert "<button" not in client.get(OWN).content.decode().split("<tbody>", 1)[1].split("</table>", 1)[0]
    assert client.get(f"{OWN}new/").status_code == 403
    assert client.post(f"{OWN}{cast.mug.product_id}/pause/", headers=HTMX).status_code == 403


def test_who_sells_nothing_has_no_products(cast: Cast, client: Client) -> None:
    client.force_login(cast.carl)
    assert client.get("/c/cornershop/products/").status_code == 404
