"""The floor's page: live, filtered, held, and each transaction one click from its evidence."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.analytics.floor.models import FloorEntry
from backend.orders.actions import accept_order
from tests.analytics.test_floor import delivered, listen
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.orders.ordering import ordered

FLOOR = "/c/platform/floor/"


@pytest.fixture
def olga(cast: Cast, client: Client) -> Client:
    client.force_login(cast.olga)
    return client


def body(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_very_first_order_reaches_an_empty_floor(cast: Cast, olga: Client) -> None:
    with assert_live(olga, FLOOR):
        ordered(cast, {cast.mug: 4})
        listen()


@pytest.mark.parametrize("query", ["", "?kind=accepted", "?only=stuck", "?until=1", "?before=2"])
def test_whatever_happens_reaches_the_floor_as_it_is_looked_at(cast: Cast, olga: Client, query: str) -> None:
    order = ordered(cast, {cast.mug: 4})
    listen()
    with assert_live(olga, FLOOR + query):
        accept_order(order, actor=actor_of(cast.sally))
        ordered(cast, {cast.mug: 8}, key="another")
        listen()


def test_an_order_opened_by_an_operator_is_live(cast: Cast, olga: Client) -> None:
    order = ordered(cast, {cast.mug: 4})
    with assert_live(olga, f"{FLOOR}orders/{order.pk}/"):
        accept_order(order, actor=actor_of(cast.sally))


def test_a_pause_holds_back_what_comes_and_resuming_shows_all_of_it(cast: Cast, olga: Client) -> None:
    delivered(cast)
    listen()
    paused = olga.get(FLOOR, {"until": "now"})
    assert paused.headers["Location"] == f"{FLOOR}?until=4"
    ordered(cast, {cast.mug: 8}, key="another")
    listen()
    held = body(olga, f"{FLOOR}?until=4")
    assert "1 new entry is held back" in held
    assert 'id="floor-1-5"' not in held
    resumed = body(olga, FLOOR)
    assert [f'id="floor-1-{seq}"' in resumed for seq in range(1, 6)] == [True] * 5


def test_older_entries_have_a_place_that_stays(cast: Cast, olga: Client) -> None:
    delivered(cast)
    listen()
    (last,) = FloorEntry.objects.order_by("-seq")[:1]
    rows = [FloorEntry(**{**row_of(last), "seq": last.seq + n}) for n in range(1, 61)]
    FloorEntry.objects.bulk_create(rows)
    older = olga.get(FLOOR, {"before": "next"}).headers["Location"]
    assert older == f"{FLOOR}?before=15"
    assert [f'id="floor-1-{seq}"' in body(olga, older) for seq in (15, 14, 1)] == [False, True, True]


def row_of(entry: FloorEntry) -> dict[str, object]:
    return {field.attname: getattr(entry, field.attname) for field in FloorEntry._meta.concrete_fields}


def test_a_filter_that_makes_no_sense_is_said_and_kept_and_filters_nothing(cast: Cast, olga: Client) -> None:
    ordered(cast, {cast.mug: 4})
    listen()
    page = body(olga, f"{FLOOR}?amount=lots&kind=eaten&until=x&before=-1")
    assert 'value="lots"' in page
    assert "Enter a number" in page
    assert 'id="floor-1-1"' in page


def test_what_is_shown_can_be_taken_away(cast: Cast, olga: Client) -> None:
    order = delivered(cast)
    listen()
    file = olga.get(f"{FLOOR}export.csv?kind=placed").getvalue().decode()
    header, row = file.strip().splitlines()
    assert "What happened" in header
    assert order.number in row
    assert "Northfield" in row
    assert olga.get(f"{FLOOR}export.xlsx").status_code == 200


def test_an_order_is_one_click_away_as_both_its_sides_see_it(cast: Cast, olga: Client) -> None:
    order = delivered(cast)
    page = body(olga, f"{FLOOR}orders/{order.pk}/")
    assert all(said in page for said in ("Northfield", "Cornershop", "Order placed", "Goods delivered", cast.mug.code))
    assert f'data-topic="order_log:{order.pk}"' in page, "and stays so"


def test_the_floor_costs_a_stated_number_of_queries(
    cast: Cast, olga: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    delivered(cast)
    listen()
    olga.get(FLOOR)
    with django_assert_num_queries(11):
        olga.get(FLOOR)


@pytest.mark.parametrize("who", ["nora", "bea", "otto"])
def test_the_floor_does_not_exist_for_whoever_trades(cast: Cast, client: Client, who: str) -> None:
    user = getattr(cast, who)
    client.force_login(user)
    order = ordered(cast, {cast.mug: 4})
    own = user.memberships.get().company.slug
    for path in ("floor/", "floor/export.csv", f"floor/orders/{order.pk}/"):
        assert client.get(f"/c/platform/{path}").status_code == 404
        assert client.get(f"/c/{own}/{path}").status_code == 404


def test_whoever_only_reads_at_the_platform_may_not_watch(cast: Cast, olga: Client) -> None:
    cast.olga.memberships.update(role="read_only")
    assert olga.get(FLOOR).status_code == 403
