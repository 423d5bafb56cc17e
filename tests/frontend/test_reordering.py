"""Order templates and past orders as pages."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from backend.catalog.models import Sku, TierPrice
from backend.inventory.actions import adjust_stock
from backend.orders.models import CartLine, OrderTemplate, TemplateLine
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.orders.ordering import fill_cart, ordered
from tests.orders.test_reordering import keep

HTMX = {"HX-Request": "true"}
SHOP = "/c/cornershop/"
TEMPLATES = f"{SHOP}order-templates/"


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def page_of(template: OrderTemplate) -> str:
    return f"{TEMPLATES}{template.pk}/"


def test_a_template_is_kept_out_of_a_cart_a_quick_order_or_a_past_order(cast: Cast, bea: Client) -> None:
    order = ordered(cast, {cast.plate: 24})
    fill_cart(cast, {cast.mug: 12})
    bea.post(f"{SHOP}quick-order/lines/", {"code-1": "22114", "quantity-1": "36"})
    for of in ("cart", "pad", str(order.pk), ""):
        assert 'name="of"' in bea.get(f"{TEMPLATES}?of={of}").content.decode()
        answer = bea.post(f"{TEMPLATES}new/", {"name": f"Of {of}", "of": of, "key": of or "none"}, headers=HTMX)
        assert answer["HX-Redirect"].startswith(TEMPLATES)
    found = TemplateLine.objects.values_list("template__name", "sku", "quantity")
    assert set(found) == {
        ("Of cart", cast.mug.pk, 12), ("Of pad", cast.plate.pk, 36), (f"Of {order.pk}", cast.plate.pk, 24),
    }  # fmt: skip
    assert "Of pad" in words(bea.get(TEMPLATES))


def test_a_name_that_is_taken_is_refused_beside_it(cast: Cast, bea: Client) -> None:
    keep(cast, {})
    refused = bea.post(f"{TEMPLATES}new/", {"name": "Weekly", "key": "k"}, headers=HTMX)
    assert refused.status_code == 422
    assert "You have a template of this name already." in words(refused)


def test_a_past_order_shows_what_changed_and_goes_into_the_cart_as_far_as_it_is_ticked(cast: Cast, bea: Client) -> None:
    order = ordered(cast, {cast.mug: 12, cast.plate: 12})
    again = f"{SHOP}orders/{order.pk}/again/"
    assert again in bea.get(f"{SHOP}orders/").content.decode()
    assert again in bea.get(f"{SHOP}orders/{order.pk}/").content.decode()
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(354))
    Sku.objects.filter(pk=cast.plate.pk).update(listed=False)
    page = bea.get(again)
    assert "+20.0 %, was £2.95" in words(page)
    assert "22114 is no longer for sale." in words(page)
    typed = {"take": str(cast.mug.pk), f"quantity-{cast.mug.pk}": "20", f"quantity-{cast.plate.pk}": "12", "key": "k2"}
    assert bea.post(f"{again}cart/", typed)["Location"] == f"{SHOP}cart/"
    assert dict(CartLine.objects.values_list("sku", "quantity")) == {cast.mug.pk: 20}


@pytest.mark.parametrize("many", ["", "-1", "2.5", "a lot", "1000000000000", "7"])
def test_a_quantity_that_will_not_do_is_refused_and_kept(cast: Cast, bea: Client, many: str) -> None:
    template = keep(cast, {cast.plate: 12, cast.mug: 1})
    typed = {
        "take": [str(cast.plate.pk)],
        f"quantity-{cast.plate.pk}": many,
        f"quantity-{cast.mug.pk}": "3",
        "key": "k2",
    }
    refused = bea.post(f"{page_of(template)}cart/", typed, headers=HTMX)
    assert refused.status_code == 422
    assert f'value="{many}"' in refused.content.decode() or not many
    assert refused.content.decode().count("checked") == 1, "what was ticked is ticked, and nothing else"


def test_a_template_is_edited_on_its_page_and_nobody_overwrites_unseen(cast: Cast, bea: Client) -> None:
    template = keep(cast, {cast.mug: 12, cast.plate: 12})
    page = page_of(template)
    typed = {"name": "Monthly", "is_shared": "on", "version": "1", f"quantity-{cast.mug.pk}": "24"}
    assert "Whoever orders for your company" not in words(bea.get(page))
    assert bea.post(f"{page}edits/", {**typed, f"quantity-{cast.plate.pk}": "0"})["Location"] == page
    assert "Whoever orders for your company" in words(bea.get(page))
    late = bea.post(f"{page}edits/", typed, headers=HTMX)
    assert late.status_code == 409
    assert "Somebody else has changed" in words(late)
    assert "White dinner plate" in words(bea.post(f"{page}lines/", {"code": "22114", "quantity": "36"}, headers=HTMX))
    unclear = bea.post(f"{page}lines/", {"code": "85123A", "quantity": "1"}, headers=HTMX)
    assert (unclear.status_code, "Eastwick, Northfield have this code" in words(unclear)) == (422, True)
    assert bea.post(f"{page}removal/", headers=HTMX)["HX-Redirect"] == TEMPLATES


def test_what_is_anothers_alone_does_not_exist(cast: Cast, client: Client) -> None:
    template = keep(cast, {cast.mug: 12})
    client.force_login(cast.carl)
    assert client.get(page_of(template)).status_code == 404
    assert client.post(f"{page_of(template)}removal/").status_code == 404


def test_a_sale_is_not_ordered_again(cast: Cast, client: Client) -> None:
    order = ordered(cast, {cast.mug: 12})
    client.force_login(cast.nora)
    assert client.get(f"/c/northfield/orders/{order.pk}/again/").status_code == 404


@pytest.mark.parametrize("which", ["template", "order"])
def test_stock_beside_what_is_ordered_again_keeps_itself_true(cast: Cast, bea: Client, which: str) -> None:
    order, template = ordered(cast, {cast.plate: 12}), keep(cast, {cast.plate: 12})
    url = page_of(template) if which == "template" else f"{SHOP}orders/{order.pk}/again/"
    with assert_live(bea, url):
        adjust_stock(cast.plate, cast.shelf, by=200, reason="Found", key="a", actor=actor_of(cast.wes))
