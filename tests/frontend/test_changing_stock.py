"""Counting, adjusting and disclosing: with htmx, without scripts, and whatever a person types."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.html import strip_tags

from backend.inventory.actions import adjust_stock
from backend.inventory.models import StockItem, StockLevel, StockMove, Warehouse
from tests.cast import Cast, actor_of

HTMX = {"HX-Request": "true"}
GRID = "/c/northfield/inventory/"


def url(cast: Cast, noun: str = "") -> str:
    return f"{GRID}skus/{cast.mug.pk}/{noun}"


def on_hand(cast: Cast) -> int:
    return StockLevel.objects.get(item_id=cast.mug.pk, warehouse=cast.shelf).on_hand


@pytest.fixture
def wes(cast: Cast, client: Client) -> Client:
    client.force_login(cast.wes)
    return client


def count(client: Client, cast: Cast, quantity: str, **changed: Any) -> Any:
    """Posts a count as htmx does from the grid."""
    headers = changed.pop("headers", HTMX)
    fields = {"warehouse": cast.shelf.pk, "shown": "1", "seen": "", "key": uuid4().hex, "quantity": quantity}
    return client.post(url(cast, "counts/"), {**fields, **changed}, headers=headers)


# --- Counting --------------------------------------------------------------------------------------------------------
def test_a_count_sets_the_level_and_brings_the_new_number_with_an_empty_form(cast: Cast, wes: Client) -> None:
    response = count(wes, cast, "120")
    shown = response.content.decode()
    assert response.status_code == 200
    assert on_hand(cast) == 120
    assert f'id="stock_level-{cast.mug.pk}"' in shown
    assert 'data-v="2"' in shown
    assert 'value="120"' not in shown
    assert "movements" not in shown, "the grid has no room for them"
    move = StockMove.objects.latest("pk")
    assert (move.quantity, move.reason, move.actor_id) == (-180, "Counted", cast.wes.pk)


def test_without_scripts_a_count_leads_back_to_where_it_was_typed(cast: Cast, wes: Client) -> None:
    response = count(wes, cast, "120", headers={"Referer": f"http://testserver{GRID}?q=mug"})
    assert (response.status_code, response["Location"]) == (303, f"{GRID}?q=mug")
    page = wes.get(response["Location"]).content.decode()
    assert "Saved: 85123A." in page


def test_without_scripts_a_second_attempt_leads_to_the_sku_and_not_to_where_forms_are_sent(
    cast: Cast, wes: Client
) -> None:
    response = count(wes, cast, "120", headers={"Referer": f"http://testserver{url(cast, 'counts/')}"})
    assert (response.status_code, response["Location"]) == (303, url(cast))


def test_a_count_against_an_old_number_shows_the_difference_and_can_be_sent_again(cast: Cast, wes: Client) -> None:
    adjust_stock(cast.mug, cast.shelf, by=-6, reason="sold", key="k1", actor=actor_of(cast.max))
    refused = count(wes, cast, "300")
    shown = refused.content.decode()
    assert refused.status_code == 409
    assert "there are 294 on hand now" in shown
    assert "+6" in shown
    assert 'value="300"' in shown
    assert "Save anyway" in shown
    assert on_hand(cast) == 294
    assert 'name="seen" value="2"' in shown
    assert count(wes, cast, "300", seen="2", shown="2").status_code == 200
    assert on_hand(cast) == 300


def test_what_was_seen_when_typing_began_counts_before_what_a_push_has_brought_since(cast: Cast, wes: Client) -> None:
    adjust_stock(cast.mug, cast.shelf, by=-6, reason="sold", key="k1", actor=actor_of(cast.max))
    assert count(wes, cast, "300", seen="1", shown="2").status_code == 409
    assert on_hand(cast) == 294


def test_the_same_form_twice_counts_once(cast: Cast, wes: Client) -> None:
    for _ in range(2):
        assert count(wes, cast, "120", key="same").status_code == 200
    assert StockMove.objects.filter(item_id=cast.mug.pk).count() == 2


def test_the_same_key_with_another_number_is_refused(cast: Cast, wes: Client) -> None:
    count(wes, cast, "120", key="same")
    response = count(wes, cast, "130", key="same", seen="2")
    assert response.status_code == 409
    assert "already sent with other contents" in response.content.decode()
    assert on_hand(cast) == 120


BAD_QUANTITIES = [
    ("-5", "out of range"),
    ("2.5", "fraction of one piece"),
    ("1000000000000", "too much"),
    ("1e400", "too much"),
    ("twelve", "“twelve” is not a number"),
    ("NaN", "not a number"),
    ("", "required"),
]


@pytest.mark.parametrize(("typed", "why"), BAD_QUANTITIES)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_number_that_cannot_be_is_refused_with_its_reason_and_kept(
    cast: Cast, wes: Client, typed: str, why: str, headers: dict[str, str]
) -> None:
    response = count(wes, cast, typed, headers=headers)
    shown = response.content.decode()
    assert response.status_code == 422
    assert why in shown
    assert not typed or f'value="{typed}"' in shown
    assert ("<html" in shown) == (not headers), "without scripts the SKU's page shows it"
    assert on_hand(cast) == 300


def test_the_page_of_a_refusal_names_only_addresses_that_can_be_opened(cast: Cast, wes: Client) -> None:
    shown = count(wes, cast, "2.5", headers={}).content.decode()
    assert f'data-url="{url(cast)}"' in shown, "the live region's"
    assert 'name="next" value="/c/northfield/"' in " ".join(shown.split()), "the language switch's"


def test_less_than_is_promised_cannot_be_counted(cast: Cast, wes: Client) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(allocated=50)
    response = count(wes, cast, "40")
    assert response.status_code == 422
    assert on_hand(cast) == 300


def test_a_count_of_what_is_there_changes_nothing(cast: Cast, wes: Client) -> None:
    assert count(wes, cast, "300").status_code == 200
    assert StockItem.objects.get(pk=cast.mug.pk).version == 1


def test_goods_that_were_never_stocked_can_be_counted(cast: Cast, wes: Client) -> None:
    annexe = Warehouse.objects.create(company=cast.northfield, code="annexe", name="Annexe", country="GB")
    assert count(wes, cast, "9", warehouse=annexe.pk, shown="").status_code == 200
    assert StockLevel.objects.get(item_id=cast.mug.pk, warehouse=annexe).on_hand == 9


@pytest.mark.parametrize("warehouse", ["barn", "0", "", "x", "99999999999999999999"])
def test_a_warehouse_that_is_not_the_companys_does_not_exist(cast: Cast, wes: Client, warehouse: str) -> None:
    pk = str(cast.barn.pk) if warehouse == "barn" else warehouse
    assert count(wes, cast, "9", warehouse=pk).status_code == 404


@pytest.mark.parametrize("noun", ["counts/", "adjustments/", "disclosure/"])
def test_another_companys_sku_does_not_exist(cast: Cast, wes: Client, noun: str) -> None:
    path = f"{GRID}skus/{cast.kettle.pk}/{noun}"
    response = wes.post(path, {"quantity": "1", "warehouse": cast.shelf.pk, "disclosure": "exact"}, headers=HTMX)
    assert response.status_code == 404
    assert response["HX-Retarget"] == "#trouble", "what was typed stays where it is"


def test_a_role_that_may_only_look_changes_nothing(cast: Cast, client: Client) -> None:
    client.force_login(cast.rita)
    response = count(client, cast, "9")
    assert response.status_code == 403
    assert "Your role in this company may not do that" in response.content.decode()
    assert on_hand(cast) == 300


# --- Adjusting -------------------------------------------------------------------------------------------------------
def adjust(client: Client, cast: Cast, quantity: str, **changed: Any) -> Any:
    headers = changed.pop("headers", HTMX)
    fields = {"warehouse": cast.shelf.pk, "key": uuid4().hex, "quantity": quantity, "reason": "breakage"}
    return client.post(url(cast, "adjustments/"), {**fields, **changed}, headers=headers)


def test_an_adjustment_moves_the_level_and_shows_why(cast: Cast, wes: Client) -> None:
    shown = adjust(wes, cast, "-12").content.decode()
    assert on_hand(cast) == 288
    assert "−12" in shown
    assert "breakage" in shown
    assert f'id="movements-{cast.mug.pk}"' in shown
    assert 'value="-12"' not in shown, "the form is fresh"


def test_without_scripts_an_adjustment_leads_back_to_the_sku(cast: Cast, wes: Client) -> None:
    response = adjust(wes, cast, "-12", headers={"Referer": f"http://testserver{url(cast)}"})
    assert (response.status_code, response["Location"]) == (303, url(cast))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("-301", "Only 300 of the 300 on hand can be taken"),
        ("0", "give a whole number other than 0"),
        ("0.5", "fraction of one piece"),
        ("1000000000000", "too much"),
    ],
)
def test_an_adjustment_that_cannot_be_is_refused_at_its_field(cast: Cast, wes: Client, typed: str, why: str) -> None:
    response = adjust(wes, cast, typed)
    shown = response.content.decode()
    assert response.status_code == 422
    assert why in shown
    assert f'value="{typed}"' in shown
    assert 'value="breakage"' in shown
    assert on_hand(cast) == 300


def test_a_quantity_is_read_as_people_write_it(cast: Cast, wes: Client) -> None:
    assert adjust(wes, cast, " 1,200 ").status_code == 200
    assert adjust(wes, cast, "٣").status_code == 200
    assert on_hand(cast) == 1503


def test_an_adjustment_needs_a_reason(cast: Cast, wes: Client) -> None:
    response = adjust(wes, cast, "5", reason="")
    assert response.status_code == 422
    assert "required" in response.content.decode()
    assert on_hand(cast) == 300


def test_an_adjustment_in_another_companys_warehouse_is_refused(cast: Cast, wes: Client) -> None:
    assert adjust(wes, cast, "5", warehouse=cast.barn.pk).status_code == 422
    assert on_hand(cast) == 300


def test_the_same_adjustment_twice_counts_once(cast: Cast, wes: Client) -> None:
    for _ in range(2):
        adjust(wes, cast, "-12", key="same")
    assert on_hand(cast) == 288


# --- Disclosing ------------------------------------------------------------------------------------------------------
def test_a_seller_decides_what_buyers_learn(cast: Cast, client: Client) -> None:
    client.force_login(cast.sally)
    response = client.post(url(cast, "disclosure/"), {"disclosure": "in_or_out"}, headers=HTMX)
    assert response.status_code == 200
    assert StockItem.objects.get(pk=cast.mug.pk).disclosure == "in_or_out"
    assert 'value="in_or_out" selected data-now' in " ".join(response.content.decode().split())
    buyers = client.get(f"/products/{cast.mug.product_id}-blue-enamel-mug/").content.decode()
    assert "In stock" in buyers
    assert "300" not in strip_tags(buyers), "words alone: a ticket's random letters may hold any figures"


def test_a_disclosure_that_does_not_exist_is_refused(cast: Cast, client: Client) -> None:
    client.force_login(cast.sally)
    response = client.post(url(cast, "disclosure/"), {"disclosure": "everything"}, headers=HTMX)
    assert response.status_code == 422
    assert StockItem.objects.get(pk=cast.mug.pk).disclosure == "exact"


def test_a_warehouse_worker_does_not_decide_what_buyers_learn(cast: Cast, wes: Client) -> None:
    response = wes.post(url(cast, "disclosure/"), {"disclosure": "bands"}, headers=HTMX)
    assert response.status_code == 403
    assert StockItem.objects.get(pk=cast.mug.pk).disclosure == "exact"
