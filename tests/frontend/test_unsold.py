"""A page shows what its reader can't buy, says why and whom to ask, and follows the seller's rule."""

import pytest
from django.test import Client

from backend.catalog.audiences.actions import AssortmentDraft, remove_assortment, save_assortment, set_territory
from backend.catalog.models import Assortment
from backend.orders.quick.actions import Typed, write_lines
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import HTMX, put, words
from tests.frontend.test_prices import PRICES, SHOP, product, text
from tests.live import assert_live
from tests.orders.ordering import fill_cart
from tests.orders.test_reordering import keep

WHY = "Northfield sells 85123A to chosen customers only. Ask Northfield for an offer."
ASK = "/c/cornershop/negotiations/enquiries/new/"
FOR_FEW = "For chosen customers only"


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


def reserve(cast: Cast, *companies: str) -> Assortment:
    draft = AssortmentDraft("Dealers’ goods", [cast.mug.code], "reserved", companies=companies)
    return save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))


def test_a_product_that_is_only_shown_says_why_and_whom_to_ask(cast: Cast, bea: Client) -> None:
    assert "Put into the cart" in text(bea, product(cast))
    reserve(cast)
    page = text(bea, product(cast))
    assert_sound(bea.get(product(cast)))
    assert WHY in page
    assert f'href="{ASK}?sku={cast.mug.pk}"' in page
    assert "Put into the cart" not in page
    assert "£2.95" in page, "its price is for whoever sees prices"
    assert FOR_FEW in text(bea, SHOP)
    assert "Blue enamel mug" in text(bea, f"{ASK}?sku={cast.mug.pk}")


def test_whoever_is_not_logged_in_reads_why_and_no_price(cast: Cast, client: Client) -> None:
    reserve(cast, "Cornershop")
    for url, said in ((product(cast, "/products/"), WHY), ("/catalogue/", FOR_FEW)):
        page = text(client, url)
        assert said in page
        assert "£2.95" not in page
        assert ASK not in page


def test_those_whom_it_is_reserved_for_notice_nothing(cast: Cast, bea: Client) -> None:
    reserve(cast, "Cornershop")
    for url in (product(cast), SHOP):
        page = text(bea, url)
        assert FOR_FEW not in page
        assert "chosen customers" not in page


@pytest.mark.parametrize("where", ["list", "product", "cart", "pad", "template"])
def test_open_pages_follow_the_seller_s_rule(cast: Cast, bea: Client, where: str) -> None:
    fill_cart(cast, {cast.mug: 12})
    write_lines([Typed(1, cast.mug.code, "12", cast.mug.pk)], actor=actor_of(cast.bea))
    template = keep(cast, {cast.mug: 12})
    url = {
        "list": SHOP,
        "product": product(cast),
        "cart": "/c/cornershop/cart/",
        "pad": "/c/cornershop/quick-order/",
        "template": f"/c/cornershop/order-templates/{template.pk}/",
    }[where]
    with assert_live(bea, url):
        reserved = reserve(cast)
    assert (FOR_FEW if where == "list" else WHY) in text(bea, url)
    with assert_live(bea, url):
        set_territory(cast.northfield, "", ["DE"], is_seen_elsewhere=True, actor=actor_of(cast.sally))
        remove_assortment(reserved, actor=actor_of(cast.sally))
    said = "Not sold to your country" if where == "list" else "does not sell 85123A to United Kingdom"
    assert said in text(bea, url)


def test_a_list_may_leave_out_what_can_not_be_bought(cast: Cast, bea: Client) -> None:
    assert "Only what we can buy" not in text(bea, SHOP)
    with assert_live(bea, SHOP):
        reserve(cast)
    assert "Only what we can buy" in text(bea, SHOP)
    for url in (f"{SHOP}?to_buy=1", f"{SHOP}?q=mug&to_buy=1"):
        page = text(bea, url)
        assert "Blue enamel mug" not in page
        assert 'name="to_buy" value="1" checked' in page
    assert "White dinner plate" in text(bea, f"{SHOP}?to_buy=1")


def test_a_page_that_was_open_before_puts_nothing_into_the_cart(cast: Cast, bea: Client) -> None:
    reserve(cast)
    response = put(bea, cast, "12", **HTMX)
    assert response.status_code == 422
    assert WHY in words(response)


def test_a_seller_says_it_in_a_form_and_looks_as_his_customer_does(cast: Cast, client: Client) -> None:
    client.force_login(cast.sally)
    form = {"name": "Dealers", "kind": "reserved", "codes": "85123A", "companies": "Eastwick", "is_for_all": "on"}
    refused = client.post(f"{PRICES}assortments/", form)
    assert refused.status_code == 422
    assert "Only a range is for everybody else" in words(refused)
    assert "Eastwick" in words(refused), "what was typed is kept"
    del form["is_for_all"]
    client.post(f"{PRICES}assortments/", form)
    assert "Only they can buy this; everybody else sees it" in text(client, f"{PRICES}assortments/")
    draft = AssortmentDraft("Lookers", [cast.plate.code], "shown", companies=["Cornershop"])
    save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))
    shown = text(client, f"{PRICES}preview/?customer=cornershop")
    assert FOR_FEW in shown
    assert "Not sold to your company" in shown
    client.post(f"{PRICES}territories/", {"code": "", "countries": "DE", "is_seen_elsewhere": "on"})
    assert "Seen elsewhere" in text(client, f"{PRICES}territories/")
