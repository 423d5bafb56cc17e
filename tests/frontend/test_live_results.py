"""A page of results that is open follows what happens: its cells, its rows, its counts, for whoever reads it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from backend.catalog.actions import pause_product, publish_product
from backend.catalog.changes.actions import edit_product
from backend.catalog.models import Product
from backend.inventory.actions import adjust_stock, sell_stock
from tests.cast import Cast, actor_of, make_sku
from tests.catalog.pricing.lists import fixed, in_force, off, put
from tests.live import assert_live

SHOP = "/c/cornershop/catalogue/"
WORDS, FILTERED, BROWSED = "?q=mug", "?q=enamel&category=crockery&in_stock=1", "?seller=northfield&sort=name"


@pytest.fixture(params=["", "bea"], ids=["anybody", "a buyer"])
def reader(request: pytest.FixtureRequest, cast: Cast, client: Client) -> Client:
    if request.param:
        client.force_login(getattr(cast, request.param))
    return client


def names(client: Client, url: str) -> set[str]:
    shown = client.get(url).content.decode()
    return {name for name in ("Blue enamel mug", "White dinner plate", "Copper kettle", "Tin cup") if name in shown}


def rename(cast: Cast, name: str) -> None:
    product = Product.objects.get(pk=cast.mug.product_id)
    asked = {"name": name}
    edit_product(product, asked, base_version=product.version, key=uuid4().hex, actor=actor_of(cast.nora))


@pytest.mark.parametrize("asked", [WORDS, FILTERED, BROWSED])
def test_the_stock_of_what_was_found_moves(cast: Cast, reader: Client, asked: str) -> None:
    with assert_live(reader, f"/catalogue/{asked}"):
        sell_stock(cast.mug, 37, reference="1/1", actor=actor_of(cast.nora))
        sell_stock(cast.plate, 31, reference="1/2", actor=actor_of(cast.nora))


@pytest.mark.parametrize("asked", [WORDS, BROWSED, f"{WORDS}&price=1-5", "?sort=price"])
def test_the_prices_of_what_was_found_follow_the_buyers_lists(cast: Cast, client: Client, asked: str) -> None:
    client.force_login(cast.bea)
    with assert_live(client, SHOP + asked):
        price_list = in_force(cast, fixed(cast.mug, 1, 240), off(cast.plate, 1, 20), percent=Decimal(5))
    assert "£2.40" in client.get(SHOP + asked).content.decode()
    with assert_live(client, SHOP + asked):
        put(cast, price_list, fixed(cast.mug, 1, 230))


def test_what_an_agreed_price_moves_into_a_band_or_past_another_moves_on_the_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    band, order = f"{SHOP}?price=5-10", f"{SHOP}?sort=-price&seller=northfield"
    assert names(client, band) == set()
    with assert_live(client, band):
        price_list = in_force(cast, fixed(cast.plate, 1, 640))
    assert names(client, band) == {"White dinner plate"}
    with assert_live(client, order), assert_live(client, band):
        put(cast, price_list, fixed(cast.mug, 1, 900))
    with assert_live(client, band):
        put(cast, price_list, fixed(cast.plate, 1, 100))
    assert names(client, band) == {"Blue enamel mug"}


def test_what_is_published_enters_and_what_is_paused_leaves(cast: Cast, reader: Client) -> None:
    for asked in (WORDS, "?q=enamel", BROWSED, "?category=crockery"):
        with assert_live(reader, f"/catalogue/{asked}"):
            pause_product(cast.mug.product, actor=actor_of(cast.nora))
        assert "Blue enamel mug" not in names(reader, f"/catalogue/{asked}")
        with assert_live(reader, f"/catalogue/{asked}"):
            publish_product(cast.mug.product, actor=actor_of(cast.nora))
        assert "Blue enamel mug" in names(reader, f"/catalogue/{asked}")


def test_what_is_named_anew_enters_and_leaves_by_its_words(cast: Cast, reader: Client) -> None:
    with assert_live(reader, "/catalogue/?q=mug"), assert_live(reader, "/catalogue/?q=tin"):
        rename(cast, "Tin cup")
    assert names(reader, "/catalogue/?q=mug") == set()
    assert names(reader, "/catalogue/?q=tin") == {"Tin cup"}


def test_what_sells_out_leaves_a_list_of_what_is_in_stock_and_comes_back(cast: Cast, reader: Client) -> None:
    asked = "/catalogue/?q=kettle&in_stock=1"
    with assert_live(reader, asked):
        sell_stock(cast.kettle, 7, reference="1/1", actor=actor_of(cast.otto))
    assert names(reader, asked) == set()
    with assert_live(reader, asked):
        adjust_stock(cast.kettle, cast.barn, by=1, reason="found", key="k", actor=actor_of(cast.otto))
    assert names(reader, asked) == {"Copper kettle"}


def test_a_page_that_found_nothing_shows_what_comes(cast: Cast, reader: Client) -> None:
    with assert_live(reader, "/catalogue/?q=teapot"):
        pot = make_sku("Teapot", "77", cast.crockery, cast.shelf)
        pause_product(pot.product, actor=actor_of(cast.nora))
        publish_product(pot.product, actor=actor_of(cast.nora))
    assert "Teapot" in reader.get("/catalogue/?q=teapot").content.decode()
