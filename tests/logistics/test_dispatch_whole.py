"""What is wanted only whole and lies in two warehouses leaves both of them in one act, or neither."""

from collections.abc import Collection

import pytest
from django.test import Client
from django.utils.html import strip_tags

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.inventory.models import StockLevel, Warehouse
from backend.inventory.reconcile import drift
from backend.inventory.steps import Line
from backend.inventory.transfers.actions import receive_transfer, request_transfer, send_transfer
from backend.logistics.actions import dispatch_whole
from backend.logistics.models import Shipment
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.models import Order
from backend.orders.placing.details import Details
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.orders.ordering import fill_cart, place

HTMX = {"HX-Request": "true"}


def annexe_of(cast: Cast) -> Warehouse:
    fresh = {"name": "Annexe", "country": "GB"}
    return Warehouse.objects.get_or_create(company=cast.northfield, code="annexe", defaults=fresh)[0]


def in_two_houses(cast: Cast, mugs: int = 40) -> Order:
    """All plates lie in the annexe; Bea wants some of them and mugs from Stoke in one go."""
    wes = actor_of(cast.wes)
    moved = request_transfer(cast.shelf, annexe_of(cast), [Line(cast.plate, 40)], note="", key="t", actor=wes)
    send_transfer(moved, {moved.lines.get().pk: 40}, actor=wes)
    receive_transfer(moved, {}, actor=wes)
    fill_cart(cast, {cast.mug: mugs, cast.plate: 12})
    return accept_order(place(cast, details=Details(only_whole=True)).orders.get(), actor=actor_of(cast.sally))


def send(cast: Cast, order: Order, houses: Collection[Warehouse] = (), *, who: str = "wes", key: str = "s") -> Order:
    named = {house.pk: Consignment(house.name) for house in houses or (cast.shelf, annexe_of(cast))}
    return dispatch_whole(order, named, key=key, actor=actor_of(getattr(cast, who)))


def test_it_leaves_both_warehouses_with_a_shipment_from_each(cast: Cast) -> None:
    order = in_two_houses(cast)
    for _ in range(2):
        send(cast, order)
    order.refresh_from_db()
    assert (order.commercial, order.fulfilment) == ("in_progress", "dispatched")
    sent = [(each.warehouse.name, each.carrier, each.lines.get().quantity) for each in order.shipments.all()]
    assert sent == [("Stoke", "Stoke", 40), ("Annexe", "Annexe", 12)]
    assert [entry.step for entry in order.entries.all()] == ["placed", "accepted", "dispatched", "dispatched"]
    assert drift() == []


def test_nothing_leaves_while_one_warehouse_lacks_something(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(backorder_limit=100)
    order = in_two_houses(cast, mugs=301)
    with pytest.raises(Refused, match="Only 300 of 85123A can leave Stoke"):
        send(cast, order)
    assert not Shipment.objects.exists()
    assert StockLevel.objects.get(warehouse=annexe_of(cast)).on_hand == 40


def test_whoever_names_other_warehouses_is_told_to_look_again(cast: Cast) -> None:
    with pytest.raises(Conflict, match="lie in other warehouses by now"):
        send(cast, in_two_houses(cast), [cast.shelf])


@pytest.mark.parametrize("who", ["bea", "rita", "otto"])
def test_only_the_sellers_people_who_may_send_do(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        send(cast, in_two_houses(cast), who=who)


def test_the_desk_says_where_it_lies_and_sends_all_of_it_and_both_sides_see_it(cast: Cast, client: Client) -> None:
    order = in_two_houses(cast)
    client.force_login(cast.wes)
    page = f"/c/northfield/orders/{order.pk}/"
    said = " ".join(strip_tags(client.get(page).content.decode()).split())
    assert "its goods lie in several warehouses" in said
    assert "From Annexe 12 × 22114" in said
    assert "From Stoke 40 × 85123A" in said
    assert "Send from" not in said, "no part can be sent alone"
    typed = {f"carrier-{cast.shelf.pk}": "K" * 41, f"tracking-{annexe_of(cast).pk}": "A1, A2", "key": "k"}
    refused = client.post(f"{page}shipments/whole/", typed, headers=HTMX)
    assert (refused.status_code, "K" * 41 in refused.content.decode()) == (422, True)
    buyer = Client()
    buyer.force_login(cast.bea)
    with assert_live(buyer, f"/c/cornershop/orders/{order.pk}/"), assert_live(client, page):
        client.post(f"{page}shipments/whole/", {**typed, f"carrier-{cast.shelf.pk}": "Kestrel"}, headers=HTMX)
    numbers = [str(parcel) for shipment in order.shipments.all() for parcel in shipment.parcels.all()]
    assert numbers == ["parcel 1", "A1", "A2"]
    assert client.post(f"{page}shipments/whole/", {"key": "again"}, headers=HTMX).status_code == 409
