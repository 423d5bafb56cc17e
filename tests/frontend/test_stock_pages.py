"""A seller's stock: what the grid and the page of a SKU show, and to whom."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import Company
from backend.inventory.actions import adjust_stock
from backend.inventory.models import Warehouse
from backend.inventory.movements.queries import MOVES_SIZE
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of, add_sku, make_sku
from tests.live import assert_live

GRID = "/c/northfield/inventory/"
HTMX = {"HX-Request": "true"}
# What the grant of a region costs, and who asks: session, person, what they act by, membership, their companies.
LIVE, WHO = 1, 2


def page_of(cast: Cast) -> str:
    return f"{GRID}skus/{cast.mug.pk}/"


def entered(client: Client, user: object) -> Client:
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_the_grid_shows_every_counter_and_the_forms_that_the_role_allows(cast: Cast, client: Client) -> None:
    response = entered(client, cast.wes).get(GRID)
    assert_sound(response)
    shown = response.content.decode()
    assert f'id="stock_level-{cast.mug.pk}"' in shown
    assert f'id="count-{cast.mug.pk}-{cast.shelf.pk}"' in shown
    assert "Copper kettle" not in shown, "another company's"
    assert "disclosure" not in shown, "a warehouse worker does not decide what buyers see"


def test_whoever_may_only_look_gets_no_forms(cast: Cast, client: Client) -> None:
    shown = entered(client, cast.rita).get(GRID).content.decode()
    assert "300" in shown
    assert f"/skus/{cast.mug.pk}/counts/" not in shown
    assert "Receive goods</a>" not in shown.split("<main", 1)[1]


@pytest.mark.parametrize("who", ["bea", "olga"])
def test_who_sells_nothing_has_no_stock(cast: Cast, client: Client, who: str) -> None:
    company = "cornershop" if who == "bea" else "platform"
    assert entered(client, getattr(cast, who)).get(f"/c/{company}/inventory/").status_code == 404


def test_a_role_without_a_view_of_stock_is_told_so(cast: Cast, client: Client) -> None:
    cast.rita.memberships.update(role="buyer")
    response = entered(client, cast.rita).get(GRID)
    assert response.status_code == 403
    assert "An owner can change your role" in response.content.decode()


def test_what_another_person_does_arrives_on_the_grid(cast: Cast, client: Client) -> None:
    with assert_live(entered(client, cast.nora), GRID):
        adjust_stock(cast.mug, cast.shelf, by=-290, reason="flood", key="k1", actor=actor_of(cast.max))


def test_the_grid_is_searched_by_name_and_code(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    found = client.get(f"{GRID}?q=mug").content.decode()
    assert "Blue enamel mug" in found
    assert "White dinner plate" not in found
    empty = client.get(f"{GRID}?q=zebra", headers=HTMX).content.decode()
    assert "“zebra”" in empty
    assert empty.strip().startswith("<section")


def test_a_seller_who_is_new_is_led_to_the_first_product(cast: Cast, client: Client) -> None:
    shown = entered(client, cast.nick).get("/c/newcomer/inventory/").content.decode()
    assert 'href="/c/newcomer/products/new/"' in shown
    assert Warehouse.objects.filter(company=cast.newcomer).count() == 1


def test_a_count_stands_beside_each_level_and_for_what_lies_nowhere_in_the_first_warehouse(
    cast: Cast, client: Client
) -> None:
    barn = Warehouse.objects.create(company=cast.northfield, code="zz", name="Annexe", country="GB")
    jug = make_sku("Jug", "30001", cast.crockery, barn, on_hand=3)
    shown = entered(client, cast.nora).get(GRID).content.decode()
    assert set(re.findall(r'id="count-(\d+-\d+)"', shown)) == {
        f"{cast.mug.pk}-{cast.shelf.pk}",
        f"{cast.plate.pk}-{cast.shelf.pk}",
        f"{jug.pk}-{barn.pk}",
    }


def test_the_grid_costs_the_queries_that_it_says(
    cast: Cast, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    entered(client, cast.nora)
    with django_assert_num_queries(5 + 2 * LIVE + WHO):  # what runs low is a region of its own
        client.get(GRID)


def test_a_sku_shows_its_levels_and_why_they_are_what_they_are(cast: Cast, client: Client) -> None:
    adjust_stock(cast.mug, cast.shelf, by=-12, reason="breakage", key="k1", actor=actor_of(cast.wes))
    response = entered(client, cast.nora).get(page_of(cast))
    assert_sound(response)
    shown = " ".join(response.content.decode().split())
    assert "breakage" in shown
    assert "−12" in shown
    assert "288" in shown
    assert "Wes" in shown
    assert "Opening stock" in shown
    assert '<time datetime="' in shown


def test_a_picture_shows_the_stock_over_time_once_there_is_some(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    assert "<figure" not in client.get(page_of(cast)).content.decode()


def test_the_first_movement_ends_the_empty_state(cast: Cast, client: Client) -> None:
    jug = add_sku(cast.mug.product, "30001")
    with assert_live(entered(client, cast.nora), f"{GRID}skus/{jug.pk}/"):
        adjust_stock(jug, cast.shelf, by=5, reason="found", key="k1", actor=actor_of(cast.max))


def test_however_many_movements_arrive_the_page_is_as_if_it_were_loaded_now(cast: Cast, client: Client) -> None:
    with assert_live(entered(client, cast.nora), page_of(cast)):
        for n in range(MOVES_SIZE + 3):
            adjust_stock(cast.mug, cast.shelf, by=1, reason=f"found {n}", key=f"k{n}", actor=actor_of(cast.max))


def test_older_movements_stand_on_pages_of_their_own_which_do_not_move(cast: Cast, client: Client) -> None:
    for n in range(MOVES_SIZE):
        adjust_stock(cast.mug, cast.shelf, by=1, reason=f"found {n}", key=f"k{n}", actor=actor_of(cast.max))
    first, second = (entered(client, cast.nora).get(f"{page_of(cast)}?page={n}").content.decode() for n in (1, 2))
    assert "Opening stock" not in first
    assert 'data-log="start"' in first
    assert "Opening stock" in second
    assert 'data-log="' not in second
    assert "Newer movements" in second


def test_a_region_that_asks_for_itself_gets_itself(cast: Cast, client: Client) -> None:
    for region in (f"movements-{cast.mug.pk}", "levels"):
        part = entered(client, cast.nora).get(page_of(cast), headers={**HTMX, "HX-Target": region}).content.decode()
        assert re.findall(r'<section id="([^"]+)"', part) == [region]


def test_the_page_of_a_sku_costs_the_queries_that_it_says(
    cast: Cast, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    adjust_stock(cast.mug, cast.shelf, by=-12, reason="breakage", key="k1", actor=actor_of(cast.wes))
    entered(client, cast.nora)
    with django_assert_num_queries(8 + LIVE + WHO):  # so are the movements, of the same SKU
        client.get(page_of(cast))


def test_another_companys_sku_does_not_exist(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    for url in (f"{GRID}skus/{cast.kettle.pk}/", f"/c/eastwick/inventory/skus/{cast.kettle.pk}/"):
        assert client.get(url).status_code == 404


def test_a_company_that_was_renamed_elsewhere_keeps_its_stock_under_its_own_address(cast: Cast, client: Client) -> None:
    Company.objects.filter(pk=cast.northfield.pk).update(name="Northfield & Sons")
    assert "Northfield &amp; Sons" in entered(client, cast.nora).get(GRID).content.decode()
