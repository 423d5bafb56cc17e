"""Goods come in: several lines at once, with or without scripts, and nothing typed is lost."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.inventory.models import StockItem, StockLevel, StockMove
from tests.accounts.markup import assert_sound
from tests.cast import Cast

HTMX = {"HX-Request": "true"}
NEW = "/c/northfield/inventory/receipts/new/"
POST = "/c/northfield/inventory/receipts/"


@pytest.fixture
def wes(cast: Cast, client: Client) -> Client:
    client.force_login(cast.wes)
    return client


def receive(client: Client, cast: Cast, *lines: tuple[str, str], **changed: Any) -> Any:
    headers = changed.pop("headers", {})
    fields: dict[str, Any] = {
        "warehouse": cast.shelf.pk,
        "reference": "DN-7",
        "key": uuid4().hex,
        "lines": len(lines),
    }
    for number, (code, quantity) in enumerate(lines):
        fields |= {f"line{number}-code": code, f"line{number}-quantity": quantity}
    return client.post(POST, {**fields, **changed}, headers=headers)


def on_hand(sku: Any) -> int:
    return StockLevel.objects.get(item_id=sku.pk).on_hand


def test_an_empty_note_has_five_lines(
    cast: Cast, wes: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2 + 2):  # and who asks
        response = wes.get(NEW)
    assert_sound(response)
    assert response.content.decode().count("-quantity") >= 5


def test_lots_are_asked_for_once_something_is_kept_by_them(cast: Cast, wes: Client) -> None:
    assert "-lot" not in wes.get(NEW).content.decode()
    StockItem.objects.of_sku(cast.plate.pk).update(by_lots=True)
    assert wes.get(NEW).content.decode().count("-lot") >= 5


def test_every_line_arrives(cast: Cast, wes: Client) -> None:
    response = receive(wes, cast, ("85123a", "20"), ("", ""), ("22114", "1,000"))
    assert (response.status_code, response["Location"]) == (303, "/c/northfield/inventory/")
    assert (on_hand(cast.mug), on_hand(cast.plate)) == (320, 1040)
    assert "2 lines received." in wes.get(response["Location"]).content.decode()


def test_with_htmx_the_browser_is_led_to_the_grid(cast: Cast, wes: Client) -> None:
    response = receive(wes, cast, ("85123A", "20"), headers=HTMX)
    assert response["HX-Redirect"] == "/c/northfield/inventory/"


def test_two_lines_of_one_sku_count_together(cast: Cast, wes: Client) -> None:
    receive(wes, cast, ("85123A", "20"), ("85123A", "5"))
    assert on_hand(cast.mug) == 325


def test_a_note_sent_twice_arrives_once(cast: Cast, wes: Client) -> None:
    for _ in range(2):
        receive(wes, cast, ("85123A", "20"), key="same")
    assert on_hand(cast.mug) == 320


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (("NOPE", "5"), "None of your SKUs has the code NOPE."),
        (("85123A", "2.5"), "fraction"),
        (("85123A", "1000000000000"), "too much"),
        (("85123A", ""), "required"),
        (("", "5"), "required"),
        (("85123A", "0"), "out of range"),
        (("85123A", "-5"), "out of range"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_one_bad_line_stops_the_note_and_everything_typed_stays(
    cast: Cast, wes: Client, line: tuple[str, str], why: str, headers: dict[str, str]
) -> None:
    response = receive(wes, cast, ("22114", "7"), line, headers=headers)
    shown = response.content.decode()
    assert response.status_code == 422
    assert why in shown
    assert all(f'value="{typed}"' in shown for typed in ("22114", "7", "DN-7", *line) if typed)
    assert (on_hand(cast.mug), on_hand(cast.plate)) == (300, 40)


def test_a_note_without_lines_or_number_says_what_is_missing(cast: Cast, wes: Client) -> None:
    response = receive(wes, cast, ("", ""))
    assert response.status_code == 422
    assert "A receipt has 1 to 500 lines, not 0." in response.content.decode()
    response = receive(wes, cast, ("85123A", "5"), reference="")
    assert response.status_code == 422
    assert on_hand(cast.mug) == 300


def test_more_lines_can_be_had_without_scripts_and_nothing_is_received_yet(cast: Cast, wes: Client) -> None:
    response = receive(wes, cast, ("85123A", "20"), ("22114", ""), more="1")
    shown = response.content.decode()
    assert response.status_code == 200
    assert 'name="lines" value="7"' in shown
    assert all(f'value="{typed}"' in shown for typed in ("85123A", "20", "22114", "DN-7"))
    assert "it is required" not in shown
    assert StockMove.objects.count() == 3, "the opening stock of the cast"


@pytest.mark.parametrize("lines", ["", "x", "-1", "99999999"])
def test_a_forged_number_of_lines_is_no_way_in(cast: Cast, wes: Client, lines: str) -> None:
    assert receive(wes, cast, ("85123A", "20"), lines=lines).status_code == 422
    assert on_hand(cast.mug) == 300


def test_another_companys_warehouse_is_no_choice(cast: Cast, wes: Client) -> None:
    assert receive(wes, cast, ("85123A", "20"), warehouse=cast.barn.pk).status_code == 422
    assert on_hand(cast.mug) == 300


@pytest.mark.parametrize("who", ["rita", "sally"])
def test_who_may_not_receive_is_told_so(cast: Cast, client: Client, who: str) -> None:
    client.force_login(getattr(cast, who))
    assert client.get(NEW).status_code == 403
    assert receive(client, cast, ("85123A", "20")).status_code == 403
    assert on_hand(cast.mug) == 300
