"""The catalogue as anybody reads it, with and without scripts."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.catalog.actions import pause_product
from backend.catalog.models import Category, Product
from backend.catalog.search.port import PAGE_SIZE
from backend.inventory.actions import sell_stock
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of, make_sku
from tests.live import assert_live

HTMX = {"HX-Request": "true"}
NEXT = re.compile(r'rel="next"\s+href="([^"]+)"')
# What the grant of a region costs.
LIVE = 3
# And that of what the list may be narrowed by, which stands in a region of its own.
LIVE_FACETS = 1
# The place in the event log, the rows, and whose prices are shown.
ROWS = 3
# What a search without words costs, see tests/catalog/test_search.py.
SEARCH = 3


def text(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_anybody_sees_what_is_published_and_what_is_disclosed_of_its_stock(cast: Cast, client: Client) -> None:
    response = client.get("/catalogue/")
    assert_sound(response)
    shown = response.content.decode()
    assert all(name in shown for name in ("Blue enamel mug", "White dinner plate", "Copper kettle", "Northfield"))
    assert f'id="stock-{cast.mug.pk}"' in shown
    assert "300" in shown, "the mug's number is disclosed"
    assert ">40<" not in shown, "the plate's is not"
    assert "10-49" in shown


def test_prices_are_for_people_of_the_trade(cast: Cast, client: Client) -> None:
    before = text(client, "/catalogue/")
    assert "2.95" not in before
    assert "/accounts/login/?next=/catalogue/" in before
    client.force_login(cast.bea)
    after = text(client, "/catalogue/")
    assert "£2.95" in after
    assert "£2.55 from 32" in after


def test_nobody_sorts_by_prices_that_they_do_not_see(cast: Cast, client: Client) -> None:
    assert 'value="price"' not in text(client, "/catalogue/?sort=price")
    client.force_login(cast.bea)
    assert '<option value="price" selected>' in " ".join(text(client, "/catalogue/?sort=price").split())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=mug", ["Blue enamel mug"]),
        ("q=MUG+blue", ["Blue enamel mug"]),
        ("q=2211", ["White dinner plate"]),
        ("category=crockery&in_stock=1", ["Blue enamel mug", "White dinner plate"]),
        ("category=no-such", []),
        ("q=%00&sort=nonsense&page=-3&in_stock=maybe", ["Blue enamel mug", "White dinner plate", "Copper kettle"]),
        ("page=99999999999999999999", ["Blue enamel mug", "White dinner plate", "Copper kettle"]),
    ],
)
def test_filters_stand_in_the_address_and_nonsense_in_them_is_dropped(
    cast: Cast, client: Client, query: str, found: list[str]
) -> None:
    sell_stock(cast.kettle, 7, reference="1/1", actor=actor_of(cast.otto))
    shown = text(client, f"/catalogue/?{query}")
    names = ("Blue enamel mug", "White dinner plate", "Copper kettle")
    assert [name for name in names if name in shown] == found


def test_an_empty_result_says_what_to_do_next(cast: Cast, client: Client) -> None:
    shown = text(client, "/catalogue/?q=zebra&in_stock=1")
    assert "“zebra”" in shown
    assert 'href="?q=zebra"' in shown, "without in_stock"


def test_what_was_searched_for_is_text_and_nothing_else(cast: Cast, client: Client) -> None:
    shown = text(client, "/catalogue/?q=<script>alert(1)</script>")
    assert "<script>alert" not in shown


def test_with_htmx_only_the_results_come_back(cast: Cast, client: Client) -> None:
    shown = text(client, "/catalogue/?q=mug", **HTMX)
    assert shown.strip().startswith("<section")
    assert 'id="results"' in shown
    assert "<html" not in shown


def test_going_back_with_htmx_brings_the_whole_page(cast: Cast, client: Client) -> None:
    response = client.get("/catalogue/", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_pages_follow_each_other_and_keep_the_filters(cast: Cast, client: Client) -> None:
    for n in range(PAGE_SIZE):
        make_sku(f"Saucer {n}", f"4{n:04}", cast.crockery, cast.shelf, on_hand=1)
    first = text(client, "/catalogue/?q=saucer&in_stock=1&category=crockery&sort=name")
    assert 'rel="next"' not in first
    first = text(client, "/catalogue/?sort=name")
    (onward,) = NEXT.findall(first)
    for second in (text(client, f"/catalogue/{unescape(onward)}"), text(client, "/catalogue/?sort=name&page=2")):
        assert "49 to 51 of 51" in second
        assert 'rel="next"' not in second
        assert 'href="?sort=name"' in second.replace("&amp;page=1", ""), "the first page needs no mark"


def test_the_page_costs_the_queries_that_it_says(
    cast: Cast, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(SEARCH + ROWS + LIVE + LIVE_FACETS):
        client.get("/catalogue/")
    with django_assert_num_queries(
        SEARCH + ROWS + LIVE
    ):  # what was read for the rows counts for the choices below them
        client.get("/catalogue/", headers=HTMX)
    with django_assert_num_queries(SEARCH + ROWS + LIVE):
        client.get("/catalogue/", headers={**HTMX, "Live-Refresh": "1"})
    with django_assert_num_queries(SEARCH + 1 + LIVE_FACETS):
        client.get("/catalogue/", headers={**HTMX, "HX-Target": "facets", "Live-Refresh": "1"})
    client.force_login(cast.bea)
    with django_assert_num_queries(SEARCH + ROWS + LIVE + LIVE_FACETS + 2):  # session, person with companies
        client.get("/catalogue/")


def test_categories_are_counted_by_what_is_published(cast: Cast, client: Client) -> None:
    Category.objects.create(name="Lighting", slug="lighting")
    pause_product(cast.mug.product, actor=actor_of(cast.nora))
    shown = text(client, "/catalogue/")
    assert "Lighting" not in shown
    assert 'Crockery <small class="number">2</small>' in shown


def test_a_product_shows_its_packs_its_steps_and_its_stock(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    response = client.get(f"/products/{cast.plate.product_id}-white-dinner-plate/")
    assert_sound(response)
    shown = " ".join(response.content.decode().split())
    assert "Sold by Northfield, United Kingdom" in shown
    assert "Case of 12" in shown
    assert "£35.40" in shown, "a case at the single price"
    assert "14 %" in shown, "saved from 32 on"
    assert "Low stock" in shown


def test_an_old_address_of_a_product_leads_to_its_new_one(cast: Cast, client: Client) -> None:
    response = client.get(f"/products/{cast.mug.product_id}-old-name/")
    assert (response.status_code, response["Location"]) == (301, f"/products/{cast.mug.product_id}-blue-enamel-mug/")


def test_a_product_that_is_not_published_does_not_exist_for_others(cast: Cast, client: Client) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(status="draft")
    response = client.get(f"/products/{cast.mug.product_id}-blue-enamel-mug/")
    assert response.status_code == 404
    assert "isn’t here" in response.content.decode()


@pytest.mark.parametrize("url", ["/", "/catalogue/", "/catalogue/?category=crockery&in_stock=1"])
def test_a_product_that_is_paused_leaves_every_list_and_count(url: str, cast: Cast, client: Client) -> None:
    with assert_live(client, url):
        pause_product(cast.mug.product, actor=actor_of(cast.nora))
        pause_product(cast.kettle.product, actor=actor_of(cast.otto))


def test_a_product_page_costs_the_queries_that_it_says(
    cast: Cast, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(7 + LIVE + 2):
        client.get(f"/products/{cast.mug.product_id}-blue-enamel-mug/")


def test_a_sku_that_was_never_stocked_is_out(cast: Cast, client: Client) -> None:
    jug = make_sku("Jug", "30001", cast.crockery, cast.shelf)
    jug.availability.delete()
    assert "Out of stock" in text(client, f"/products/{jug.product_id}-jug/")


def test_the_front_page_shows_what_moves_and_the_two_ways_in(
    cast: Cast, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6 + LIVE):
        response = client.get("/")
    assert_sound(response)
    shown = response.content.decode()
    assert "Blue enamel mug" in shown
    assert "/accounts/signup/?kind=retailer" in shown
    assert "/accounts/signup/?kind=manufacturer" in shown


def test_an_empty_market_says_so(db: None, client: Client) -> None:
    assert "The market is empty" in text(client, "/")
    assert "Nothing is for sale in this category yet." in text(client, "/catalogue/")
