"""A seller's warehouses and limits, as their pages show and change them."""

from typing import Any
from uuid import uuid4

from django.test import Client

from backend.inventory.limits.actions import Limits, set_limits
from backend.inventory.models import StockLevel, Warehouse
from backend.inventory.warehouses.actions import Place, close_warehouse, edit_warehouse, open_warehouse
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live

GRID = "/c/northfield/inventory/"
PAGE = f"{GRID}warehouses/"
LEEDS = {"name": "Leeds", "country": "GB", "street": "1 Canal Wharf", "city": "Leeds", "postcode": "LS11 5PS"}


def entered(client: Client, user: object) -> Client:
    client.force_login(user)  # type: ignore[arg-type]
    return client


def leeds_of(cast: Cast) -> Warehouse:
    return open_warehouse(cast.northfield, Place(**LEEDS), key=uuid4().hex, actor=actor_of(cast.nora))


def limit(client: Client, cast: Cast, safety: str, backorder: str, **more: Any) -> Any:
    fields = {"warehouse": cast.shelf.pk, "safety": safety, "backorder": backorder, "was_safety": 0, "was_backorder": 0}
    url = f"{GRID}skus/{cast.mug.pk}/limits/"
    return client.post(url, {**fields, **more}, headers={"HX-Request": "true"})


def test_a_warehouse_is_opened_renamed_and_closed_on_its_pages(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    assert client.post(PAGE, {**LEEDS, "key": "k"}).status_code == 303
    leeds = Warehouse.objects.get(name="Leeds")
    own = f"{PAGE}{leeds.pk}/"
    assert_sound(client.get(own))
    assert client.post(own, {**LEEDS, "name": "Leeds North", "seen": 1, "key": "k2"}).status_code == 303
    assert client.post(f"{own}closure/").status_code == 303
    shown = client.get(PAGE)
    assert_sound(shown)
    assert "Leeds North" in shown.content.decode()
    assert "Closed" in shown.content.decode()
    assert client.post(f"{own}opening/").status_code == 303
    assert Warehouse.objects.get(pk=leeds.pk).closed_at is None


def test_a_refusal_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    response = entered(client, cast.nora).post(PAGE, {**LEEDS, "name": "Stoke", "key": "k"})
    assert response.status_code == 422
    assert "called Stoke already" in response.content.decode()
    assert 'value="1 Canal Wharf"' in response.content.decode()


def test_a_warehouse_that_is_not_empty_says_what_lies_there(cast: Cast, client: Client) -> None:
    leeds_of(cast)
    response = entered(client, cast.nora).post(f"{PAGE}{cast.shelf.pk}/closure/")
    assert response.status_code == 422
    assert "Stoke is not empty" in response.content.decode()


def test_who_edited_at_the_same_time_sees_it_and_may_save_again(cast: Cast, client: Client) -> None:
    edit_warehouse(cast.shelf, Place("Stoke II", "GB"), seen=1, actor=actor_of(cast.max))
    response = entered(client, cast.nora).post(f"{PAGE}{cast.shelf.pk}/", {**LEEDS, "seen": 1, "key": "k"})
    assert response.status_code == 409
    assert 'name="seen" value="2"' in response.content.decode()


def test_whoever_may_not_plan_sees_the_warehouses_and_no_form(cast: Cast, client: Client) -> None:
    shown = entered(client, cast.wes).get(PAGE).content.decode()
    assert "Stoke" in shown
    assert "Open it</button>" not in shown
    assert client.post(PAGE, {**LEEDS, "key": "k"}).status_code == 403


def test_the_list_and_a_skus_page_hear_of_a_new_name(cast: Cast, client: Client) -> None:
    for page in (PAGE, f"{GRID}skus/{cast.mug.pk}/"):
        version = Warehouse.objects.get(pk=cast.shelf.pk).version
        with assert_live(entered(client, cast.rita), page):
            place = Place(f"Stoke {version}", "GB")
            edit_warehouse(cast.shelf, place, seen=version, actor=actor_of(cast.nora))


def test_the_list_hears_of_a_warehouse_that_opens_and_closes(cast: Cast, client: Client) -> None:
    with assert_live(entered(client, cast.nora), PAGE):
        close_warehouse(leeds_of(cast), actor=actor_of(cast.max))


def test_the_grid_and_its_file_narrow_to_one_warehouse(cast: Cast, client: Client) -> None:
    leeds = leeds_of(cast)
    entered(client, cast.nora)
    assert "Nothing was ever kept here" in client.get(f"{GRID}?warehouse={leeds.pk}").content.decode()
    StockLevel.objects.create(item_id=cast.plate.pk, warehouse=leeds)
    shown = client.get(f"{GRID}?warehouse={leeds.pk}").content.decode()
    assert "White dinner plate" in shown
    assert "Blue enamel mug" not in shown
    assert f'id="count-{cast.plate.pk}-{leeds.pk}"' in shown
    assert f'id="count-{cast.plate.pk}-{cast.shelf.pk}"' not in shown
    exported = b"".join(client.get(f"{GRID}export.csv?warehouse={leeds.pk}").streaming_content)  # type: ignore[attr-defined]
    assert b"22114" in exported
    assert b"85123A" not in exported


def test_limits_are_saved_beside_what_buyers_see(cast: Cast, client: Client) -> None:
    shown = limit(entered(client, cast.nora), cast, "40", "100").content.decode()
    assert "40 kept back" in shown
    assert "100 may be owed" in shown
    assert "260" in shown
    with assert_live(client, f"{GRID}skus/{cast.mug.pk}/"):
        set_limits(cast.mug, cast.shelf, Limits(40, 100), seen=Limits(40, 100), actor=actor_of(cast.max))


def test_limits_arrive_on_the_page_of_a_colleague_who_only_looks(cast: Cast, client: Client) -> None:
    with assert_live(entered(client, cast.rita), f"{GRID}skus/{cast.mug.pk}/"):
        set_limits(cast.mug, cast.shelf, Limits(40, 100), seen=Limits(0, 0), actor=actor_of(cast.max))


def test_limits_that_can_not_be_keep_what_was_typed(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    for typed, status, why in (("-1", 422, "out of range"), ("2.5", 422, "fraction of one piece")):
        response = limit(client, cast, typed, "0")
        assert (response.status_code, why in response.content.decode()) == (status, True)
        assert f'value="{typed}"' in response.content.decode()
    set_limits(cast.mug, cast.shelf, Limits(5, 0), seen=Limits(0, 0), actor=actor_of(cast.max))
    conflict = limit(client, cast, "9", "0")
    assert conflict.status_code == 409
    assert 'name="was_safety" value="5"' in conflict.content.decode()
