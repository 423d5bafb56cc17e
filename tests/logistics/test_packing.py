"""Goods are packed before they leave: they stay promised and on the shelf, and nobody else sends or cancels them."""

from datetime import date

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.inventory.actions import receive_stock
from backend.inventory.lots.actions import keep_by_lots, pass_best_before
from backend.inventory.models import Hold, Lot, LotLevel, StockLevel
from backend.inventory.reconcile import drift
from backend.inventory.steps import Line
from backend.logistics.actions import add_tracking, confirm_delivery
from backend.logistics.models import Parcel, ParcelLine, Shipment, ShipmentLot
from backend.logistics.packing.actions import dispatch_packed, pack_goods
from backend.logistics.packing.queries import PackedRow
from backend.logistics.packing.unpacking.actions import unpack_parcel, unpack_shipment
from backend.logistics.states import ShipmentStatus, Tracking
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.amendments.actions import accept_amendment, request_cancellation
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import HTMX, MAKER, SHOP, words
from tests.live import assert_live
from tests.logistics.test_dispatch import NOON, accepted, send, wanted_whole
from tests.logistics.test_dispatch_whole import annexe_of, in_two_houses
from tests.orders.ordering import ordered
from tests.orders.whole import assert_whole


def pack(cast: Cast, order: Order, *quantities: int, key: str = "p", who: str = "wes") -> Shipment:
    lines = dict(zip(order.lines.values_list("pk", flat=True), quantities, strict=True))
    return pack_goods(order, cast.shelf, lines, key=key, actor=actor_of(getattr(cast, who)))


def accepted_too(cast: Cast, *, key: str = "too", **quantities: int) -> Order:
    order = ordered(cast, {getattr(cast, name): units for name, units in quantities.items()}, key=key)
    return accept_order(order, actor=actor_of(cast.sally))


def depart(cast: Cast, order: Order, *shipments: Shipment, numbers: tuple[str, ...] = ("",), who: str = "wes") -> Order:
    how = {each.pk: Consignment("Royal Mail", numbers) for each in shipments}
    return dispatch_packed(order, how, actor=actor_of(getattr(cast, who)))


def told(order: Order) -> list[tuple[str, int]]:
    entries = order.entries.exclude(data={})
    return [(entry.step, sum(units for _code, units in entry.data.get("contents", ()))) for entry in entries]


def stands(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.commercial, order.fulfilment


def test_what_is_packed_lies_there_and_stays_allocated_until_it_leaves(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = pack(cast, order, 30)
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.on_hand, level.allocated) == (300, 40)
    assert stands(order) == ("accepted", "partly_packed")
    assert pack(cast, order, 10, key="rest") == shipment, "a further parcel of the same shipment"
    assert stands(order) == ("accepted", "packed")
    assert_whole()
    for _ in range(2):
        depart(cast, order, shipment, numbers=("RM1", "RM2"))
    level.refresh_from_db()
    assert (level.on_hand, level.allocated) == (260, 0)
    assert stands(order) == ("in_progress", "dispatched")
    line = order.lines.get()
    assert (line.packed, line.dispatched) == (0, 40)
    boxes = [(each.number, each.tracking_number, each.contents.get().quantity) for each in shipment.parcels.all()]
    assert boxes == [("1-1", "RM1", 30), ("1-2", "RM2", 10)]
    shipment.refresh_from_db()
    confirm_delivery(shipment, actor=actor_of(cast.bea))
    assert stands(order) == ("completed", "delivered")
    steps = [entry.step for entry in order.entries.all()]
    assert steps == ["placed", "accepted", "packed", "packed", "dispatched", "delivered", "completed"]


def test_what_is_unpacked_is_allocated_still_and_can_be_packed_anew(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = pack(cast, order, 40)
    for _ in range(2):
        unpack_shipment(shipment, actor=actor_of(cast.wes))
    assert stands(order) == ("accepted", "none")
    assert (Hold.objects.get().quantity, Hold.objects.get().packed) == (40, 0)
    anew = pack(cast, order, 40, key="anew")
    assert (anew.nth, stands(order)) == (2, ("accepted", "packed"))
    with pytest.raises(Conflict, match="changed since you looked"):
        depart(cast, order, shipment)
    depart(cast, order, anew)
    with pytest.raises(Refused, match="left already"):
        unpack_shipment(anew, actor=actor_of(cast.wes))


def test_the_same_parcel_packed_twice_is_packed_once(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    assert pack(cast, order, 10) == pack(cast, order, 10)
    assert order.lines.get().packed == 10


def test_what_is_packed_is_neither_packed_again_nor_sent_beside_its_parcel(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    pack(cast, order, 30)
    with pytest.raises(Refused, match="Only 10 of 85123A can leave Stoke"):
        pack(cast, order, 11, key="more")
    with pytest.raises(Refused, match="Only 10 of 85123A can leave Stoke"):
        send(cast, order, 11)
    send(cast, order, 10)
    assert stands(order) == ("in_progress", "partly_dispatched")
    assert_whole()


def test_what_lies_in_one_orders_parcels_is_not_there_for_another_order(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(backorder_limit=100)
    first, second = accepted(cast, mug=300), accepted_too(cast, mug=50)
    pack(cast, first, 300)
    with pytest.raises(Refused, match="Only 0 of 85123A can leave Stoke"):
        send(cast, second, 50)


@pytest.mark.parametrize("who", ["bea", "rita", "otto"])
def test_only_the_sellers_people_who_may_send_pack(cast: Cast, who: str) -> None:
    order = accepted(cast, mug=1)
    with pytest.raises(NotAllowed):
        pack(cast, order, 1, who=who)
    shipment = pack(cast, order, 1)
    with pytest.raises(NotAllowed):
        unpack_shipment(shipment, actor=actor_of(getattr(cast, who)))
    with pytest.raises(NotAllowed):
        depart(cast, order, shipment, who=who)


def test_nothing_is_packed_of_what_is_not_accepted_or_not_paid(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    Order.objects.filter(pk=order.pk).update(method="prepaid", net_days=0)
    with pytest.raises(Refused, match="once the money has come"):
        pack(cast, order, 40)
    with pytest.raises(Refused, match="Say how much"):
        pack(cast, accepted_too(cast, mug=1), 0, key="none")


def test_a_parcel_that_has_not_left_is_nowhere_on_its_way(cast: Cast) -> None:
    shipment = pack(cast, accepted(cast, mug=40), 40)
    with pytest.raises(Refused, match="not left yet"):
        confirm_delivery(shipment, actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="not left yet"):
        add_tracking(shipment.parcels.get(), Tracking.IN_TRANSIT, NOON, actor=actor_of(cast.wes))


def test_whoever_saw_it_packed_may_say_that_it_arrived_once_it_has_left(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    seen, parcel = pack(cast, order, 40), Parcel.objects.select_related("shipment__order").get()
    depart(cast, order, seen)
    assert add_tracking(parcel, Tracking.IN_TRANSIT, NOON, actor=actor_of(cast.wes)).tracking == Tracking.IN_TRANSIT
    assert confirm_delivery(seen, actor=actor_of(cast.bea)).status == ShipmentStatus.DELIVERED


def test_no_more_tracking_numbers_than_parcels_are_taken(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = pack(cast, order, 40)
    with pytest.raises(Refused, match="There is 1 parcel"):
        depart(cast, order, shipment, numbers=("A", "B"))
    assert stands(order) == ("accepted", "packed")


def test_what_is_packed_is_taken_off_only_once_it_is_unpacked(cast: Cast) -> None:
    order, sally = accepted(cast, mug=40), actor_of(cast.sally)
    shipment, line = pack(cast, order, 30), order.lines.get().pk
    with pytest.raises(Refused, match="30 of 85123A are packed"):
        cancel_lines(order, {line: 11}, reason="Chipped", key="c", actor=sally)
    cancel_lines(order, {line: 10}, reason="Chipped", key="loose", actor=sally)
    assert stands(order) == ("accepted", "packed"), "all that is still to be sent"
    assert Hold.objects.get().quantity == 30
    asked = request_cancellation(order, {line: 30}, reason="Too late", key="ask", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="have to be unpacked first"):
        accept_amendment(asked, actor=sally)
    with pytest.raises(Refused, match="Cancellation asked for"):
        depart(cast, order, shipment)
    unpack_shipment(shipment, actor=actor_of(cast.wes))
    accept_amendment(asked, actor=sally)
    assert stands(order)[0] == "cancelled"
    assert_whole()


# --- Lots ------------------------------------------------------------------------------------------------------------
MAY, JUNE = date(2099, 5, 1), date(2099, 6, 1)


def in_two_lots(cast: Cast) -> None:
    """300 mugs of May, 50 of June."""
    keep_by_lots(cast.mug, number="L-MAY", best_before=MAY, actor=actor_of(cast.wes))
    line = Line(cast.mug, 50, "L-JUNE", JUNE)
    receive_stock([line], cast.shelf, reference="D1", key="D1", actor=actor_of(cast.wes))


def of_lots() -> dict[str, tuple[int, int]]:
    found = LotLevel.objects.select_related("lot").order_by("lot__number")
    return {own.lot.number: (own.on_hand, own.packed) for own in found}


def test_what_expires_first_is_packed_first_and_the_next_order_gets_the_next_lot(cast: Cast) -> None:
    in_two_lots(cast)
    first, second = accepted(cast, mug=290), accepted_too(cast, mug=40)
    shipment = pack(cast, first, 290)
    assert of_lots() == {"L-JUNE": (50, 0), "L-MAY": (300, 290)}
    send(cast, second, 40)
    sent = {each.lot.number: each.quantity for each in ShipmentLot.objects.filter(shipment_line__line__order=second)}
    assert sent == {"L-MAY": 10, "L-JUNE": 30}, "and not what lies in the other order's parcels"
    depart(cast, first, shipment)
    assert of_lots() == {"L-JUNE": (20, 0), "L-MAY": (0, 0)}
    assert drift() == []
    assert {each.lot.number for each in ParcelLine.objects.select_related("lot") if each.lot} == {"L-MAY"}


def test_what_was_packed_and_is_past_its_day_is_not_sent_but_unpacked(cast: Cast) -> None:
    in_two_lots(cast)
    order = accepted(cast, mug=40)
    shipment = pack(cast, order, 40)
    Lot.objects.filter(number="L-MAY").update(best_before=date(2020, 1, 1))
    pass_best_before(actor=actor_of(cast.wes))
    with pytest.raises(Refused, match="Only 0 of lot L-MAY lie there and may be sold, and 40 are packed"):
        depart(cast, order, shipment)
    unpack_shipment(shipment, actor=actor_of(cast.wes))
    assert of_lots() == {"L-JUNE": (50, 0), "L-MAY": (300, 0)}
    depart(cast, order, pack(cast, order, 40, key="anew"))
    assert of_lots() == {"L-JUNE": (10, 0), "L-MAY": (300, 0)}


# --- A part is unpacked ----------------------------------------------------------------------------------------------
def unpack(cast: Cast, parcel: Parcel, *units: int, key: str = "u", who: str = "wes") -> Shipment:
    rows = dict(zip(parcel.contents.order_by("pk").values_list("pk", flat=True), units, strict=True))
    found = Parcel.objects.select_related("shipment__order").get(pk=parcel.pk)
    return unpack_parcel(found, rows, key=key, actor=actor_of(getattr(cast, who)))


def in_parcels(shipment: Shipment) -> dict[str, list[int]]:
    return {each.number: list(each.contents.order_by("pk").values_list("quantity", flat=True))
            for each in shipment.parcels.order_by("nth")}  # fmt: skip


def test_units_are_taken_out_of_one_parcel_and_the_rest_stays_packed(cast: Cast) -> None:
    in_two_lots(cast)
    order = accepted(cast, mug=340)
    shipment = pack(cast, order, 310)
    pack(cast, order, 10, key="second")
    first = shipment.parcels.get(nth=1)
    assert in_parcels(shipment) == {"1-1": [300, 10], "1-2": [10]}
    row = first.contents.get(lot__number="L-MAY").pk
    unpack(cast, first, 100, 10)
    assert in_parcels(shipment) == {"1-1": [200], "1-2": [10]}
    assert of_lots() == {"L-JUNE": (50, 10), "L-MAY": (300, 200)}
    assert (order.lines.get().packed, shipment.lines.get().quantity) == (210, 210)
    sent = shipment.lines.get().lots.order_by("pk").values_list("lot__number", "quantity")
    assert list(sent) == [("L-MAY", 200), ("L-JUNE", 10)]
    assert (stands(order)[1], told(order)[-1]) == ("partly_packed", ("unpacked", 110))
    for _ in range(2):
        unpack_parcel(first, {row: 20}, key="twice", actor=actor_of(cast.wes))
    assert in_parcels(shipment) == {"1-1": [180], "1-2": [10]}
    assert_whole()
    depart(cast, order, shipment, numbers=("RM1", "RM2"))
    assert of_lots() == {"L-JUNE": (40, 0), "L-MAY": (120, 0)}
    assert_whole()


def test_an_empty_parcel_is_none_and_tracking_numbers_go_to_those_that_are_left(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = pack(cast, order, 30)
    pack(cast, order, 5, key="second")
    unpack(cast, shipment.parcels.get(nth=1), 30)
    assert in_parcels(shipment) == {"1-2": [5]}
    depart(cast, order, shipment, numbers=("RM2",))
    assert [each.tracking_number for each in shipment.parcels.all()] == ["RM2"]
    assert_whole()


def test_with_its_last_parcel_a_shipment_is_unpacked(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = unpack(cast, pack(cast, order, 40).parcels.get(), 40)
    assert (shipment.status, stands(order)) == ("unpacked", ("accepted", "none"))
    with pytest.raises(Conflict, match="changed since you looked"):
        unpack(cast, shipment.parcels.get(), 1, key="more")
    assert pack(cast, order, 40, key="anew").nth == 2


def test_no_more_is_taken_out_than_is_in_it_nor_of_what_has_left(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = pack(cast, order, 30)
    parcel = shipment.parcels.get()
    with pytest.raises(Refused, match="Only 30 of 85123A are in this parcel: 31 can’t be taken out"):
        unpack(cast, parcel, 31)
    with pytest.raises(Refused, match="Say how much of what"):
        unpack(cast, parcel, 0)
    with pytest.raises(NotAllowed):
        unpack(cast, parcel, 1, who="bea")
    depart(cast, order, shipment)
    with pytest.raises(Refused, match="left already"):
        unpack(cast, parcel, 1)
    assert_whole()


def test_the_packer_takes_units_out_of_a_parcel_and_both_sides_read_it_live(cast: Cast) -> None:
    order, wes, bea = accepted(cast, mug=40), client_of(cast, "wes"), client_of(cast, "bea")
    parcel = pack(cast, order, 40).parcels.get()
    action, row = f"{MAKER}orders/{order.pk}/parcels/{parcel.pk}/unpacking/", parcel.contents.get().pk
    assert "Unpack parcel 1-1" in words(wes.get(f"{MAKER}orders/{order.pk}/"))
    refused = wes.post(action, {f"row-{row}": "41", "key": "k"}, headers=HTMX)
    assert (refused.status_code, "Only 40 of 85123A are in this parcel" in words(refused)) == (422, True)
    with assert_live(bea, f"{SHOP}orders/{order.pk}/"), assert_live(wes, f"{MAKER}orders/{order.pk}/"):
        said = words(wes.post(action, {f"row-{row}": "15", "key": "k2"}, headers=HTMX))
    assert "Parcel 1-1 Not handed over yet 25 × 85123A" in said


# --- Only whole ------------------------------------------------------------------------------------------------------
def test_what_is_wanted_whole_may_be_packed_part_by_part_and_leaves_together(cast: Cast) -> None:
    order = wanted_whole(cast)
    shipment = pack(cast, order, 40, 0)
    with pytest.raises(Refused, match="only whole"):
        depart(cast, order, shipment)
    pack(cast, order, 0, 12, key="rest")
    depart(cast, order, shipment)
    assert stands(order) == ("in_progress", "dispatched")


def test_what_is_wanted_whole_leaves_two_warehouses_as_it_was_packed_in_each(cast: Cast) -> None:
    order = in_two_houses(cast)
    plates = order.lines.get(sku=cast.plate).pk
    here = pack(cast, order, 40, 0)
    there = pack_goods(order, annexe_of(cast), {plates: 12}, key="there", actor=actor_of(cast.wes))
    with pytest.raises(Refused, match="only whole"):
        depart(cast, order, here)
    depart(cast, order, here, there)
    assert stands(order) == ("in_progress", "dispatched")
    assert drift() == []


# --- Pages -----------------------------------------------------------------------------------------------------------
def client_of(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, who))
    return client


def test_the_packer_packs_sends_and_prints_and_the_buyer_reads_each_step_live(cast: Cast) -> None:
    order, wes, bea = accepted(cast, mug=40), client_of(cast, "wes"), client_of(cast, "bea")
    page, line = f"{MAKER}orders/{order.pk}/", order.lines.get().pk
    with assert_live(bea, f"{SHOP}orders/{order.pk}/"), assert_live(bea, f"{SHOP}orders/"):
        typed = {"warehouse": cast.shelf.pk, f"line-{line}": "40", "key": "k"}
        said = words(wes.post(f"{page}parcels/", typed, headers=HTMX))
    assert "Shipment 1 Packed" in said
    shipment = order.shipments.get()
    buyers = words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert "40 packed" in buyers
    assert "Unpack it" not in buyers
    list_ = f"orders/{order.pk}/shipments/{shipment.pk}/packing-list/"
    with assert_live(bea, f"{SHOP}{list_}"), assert_live(bea, f"{SHOP}orders/{order.pk}/"):
        departure = {"named": str(shipment.pk), f"carrier-{shipment.pk}": "DHL", f"tracking-{shipment.pk}": "A,B"}
        refused = wes.post(f"{page}departures/", departure, headers=HTMX)
        assert (refused.status_code, "There is 1 parcel" in words(refused)) == (422, True)
        assert 'value="DHL"' in refused.content.decode()
        wes.post(f"{page}departures/", {**departure, f"tracking-{shipment.pk}": "A"}, headers=HTMX)
    assert "Parcel 1-1 A Product Lot Quantity 85123A" in words(wes.get(f"{MAKER}{list_}"))
    for _ in range(2):
        assert wes.post(f"{page}departures/", departure | {f"tracking-{shipment.pk}": "A"}).status_code == 303


@pytest.mark.parametrize("named", ["", "x", "999", "²"])
def test_a_departure_of_nothing_that_is_there_is_a_conflict(cast: Cast, named: str) -> None:
    order = accepted(cast, mug=40)
    answer = client_of(cast, "wes").post(f"{MAKER}orders/{order.pk}/departures/", {"named": named}, headers=HTMX)
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("language", "units", "printed"),
    [("en", 1, "1 piece"), ("en", 40, "40 pieces"), ("ar", 2, "قطعتان"), ("ar", 40, "40 قطعة")],
)
def test_the_packing_list_counts_in_the_readers_plural(language: str, units: int, printed: str) -> None:
    with override(language):
        rows = [PackedRow("85123A", "Mug", "each", units)]
        assert f">{printed}<" in render_to_string("orders/_packed_rows.html", {"rows": rows})


def test_what_was_sent_in_one_act_has_a_packing_list_too(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = send(cast, order, 40)
    said = words(client_of(cast, "bea").get(f"{SHOP}orders/{order.pk}/shipments/{shipment.pk}/packing-list/"))
    assert "Parcel 1-1 RM1 Parcel 1-2 RM2 What is in it" in said


def test_what_is_wanted_whole_offers_no_other_way_once_it_is_begun_to_be_packed(cast: Cast) -> None:
    order, wes = in_two_houses(cast), client_of(cast, "wes")
    page = f"{MAKER}orders/{order.pk}/"
    assert "Pack in Stoke" in words(wes.get(page))
    pack(cast, order, 40, 0)
    said = words(wes.get(page))
    assert ("Send all of it" in said, "Pack in Annexe" in said, "Send shipment 1" in said) == (False, True, True)
    assert "Unpacked" not in words(wes.post(f"{page}shipments/{order.shipments.get().pk}/unpacking/", headers=HTMX))
    assert "Send all of it" in words(wes.get(page))
