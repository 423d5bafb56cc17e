"""Shipments that don't arrive: what was in them is sent again or owed no more, and every counter adds up."""

import pytest

from backend.core.errors import NotAllowed, Refused
from backend.inventory.models import Availability, Hold, StockLevel, StockMove
from backend.inventory.reconcile import drift
from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.failing.actions import give_up_shipment
from backend.logistics.models import Shipment
from backend.logistics.states import ShipmentStatus
from backend.logistics.steps import Consignment
from backend.orders.amendments.actions import request_cancellation
from backend.orders.credit.actions import mark_paid
from backend.orders.models import Order
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import words
from tests.logistics.test_dispatch import accepted
from tests.logistics.test_packing import client_of

LOST, CAME_BACK = ShipmentStatus.LOST, ShipmentStatus.CAME_BACK


def send(cast: Cast, order: Order, *quantities: int, key: str = "s") -> Shipment:
    lines = dict(zip(order.lines.values_list("pk", flat=True), quantities, strict=True))
    return dispatch_goods(order, cast.shelf, lines, Consignment(), key=key, actor=actor_of(cast.wes))


def give_up(cast: Cast, shipment: Shipment, now: ShipmentStatus, *, again: bool, who: str = "wes") -> Shipment:
    found = Shipment.objects.select_related("order", "warehouse").get(pk=shipment.pk)
    return give_up_shipment(found, now, sends_again=again, actor=actor_of(getattr(cast, who)))


def steps(order: Order) -> list[str]:
    return [entry.step for entry in order.entries.all()]


def test_what_was_lost_is_promised_anew_and_sent_again(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    first = send(cast, order, 40)
    for _ in range(2):
        give_up(cast, first, LOST, again=True)
    order.refresh_from_db()
    line, level = order.lines.get(), StockLevel.objects.get(item_id=cast.mug.pk)
    assert (order.commercial, order.fulfilment, line.dispatched, line.open_quantity) == ("in_progress", "none", 0, 40)
    assert (level.on_hand, level.allocated) == (260, 40)
    second = send(cast, order, 40, key="again")
    confirm_delivery(second, actor=actor_of(cast.bea))
    order.refresh_from_db()
    assert order.commercial == "completed"
    assert steps(order)[-4:] == ["lost", "dispatched", "delivered", "completed"]
    assert drift() == []


def test_what_came_back_lies_on_its_shelf_again(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = send(cast, order, 40)
    give_up(cast, shipment, CAME_BACK, again=True)
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.on_hand, level.allocated) == (300, 40)
    move = StockMove.objects.latest("seq")
    assert (move.quantity, move.kind, move.reference) == (40, "return", shipment.number)
    assert drift() == []


def test_buyers_see_again_what_came_back_and_is_taken_off(cast: Cast) -> None:
    shipment = send(cast, accepted(cast, mug=40), 40)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 260
    give_up(cast, shipment, CAME_BACK, again=False)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 300


def test_what_nobody_sends_again_is_taken_off_and_not_paid_for(cast: Cast) -> None:
    order = accepted(cast, mug=40, plate=12)
    send(cast, order, 0, 12, key="plates")
    mugs = send(cast, order, 40, 0)
    confirm_delivery(Shipment.objects.select_related("order").get(nth=1), actor=actor_of(cast.bea))
    give_up(cast, mugs, LOST, again=False)
    order.refresh_from_db()
    assert (order.commercial, order.fulfilment) == ("completed", "delivered")
    assert order.payable_net.amount_minor == 12 * 295
    assert steps(order)[-3:] == ["lost", "lines_cancelled", "completed"]
    assert not Hold.objects.exists()
    assert drift() == []


def test_of_a_line_that_was_sent_in_part_the_rest_stays_promised(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    give_up(cast, send(cast, order, 30), LOST, again=False)
    line = order.lines.get()
    assert (line.cancelled, line.open_quantity, Hold.objects.get().quantity) == (30, 10, 10)


def test_an_order_of_which_all_was_lost_and_nothing_is_sent_again_is_cancelled(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    mark_paid(order, actor=actor_of(cast.nora))
    give_up(cast, send(cast, order, 40), LOST, again=False)
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor) == ("cancelled", 0)


def test_too_little_to_send_again_is_refused_with_what_is_left(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = send(cast, order, 40)
    StockLevel.objects.filter(item_id=cast.mug.pk).update(safety=250)
    with pytest.raises(Refused, match="Only 10 of 85123A are left, not 40"):
        give_up(cast, shipment, LOST, again=True)
    assert Shipment.objects.get().status == "dispatched"


def test_what_has_arrived_is_not_lost(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = send(cast, order, 40)
    confirm_delivery(shipment, actor=actor_of(cast.bea))
    with pytest.raises(Refused):
        give_up(cast, shipment, LOST, again=True)


def test_nothing_is_given_up_while_a_question_is_open_nor_by_strangers(cast: Cast) -> None:
    order = accepted(cast, mug=40, plate=12)
    shipment = send(cast, order, 40, 0)
    for who in ("bea", "otto", "rita"):
        with pytest.raises(NotAllowed):
            give_up(cast, shipment, LOST, again=True, who=who)
    with pytest.raises(Refused, match="lost, or has come back"):
        give_up(cast, shipment, ShipmentStatus.DELIVERED, again=True)
    plates = order.lines.get(code="22114")
    request_cancellation(order, {plates.pk: 12}, reason="Too late", key="q", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="can be changed now"):
        give_up(cast, shipment, LOST, again=True)


@pytest.mark.parametrize("again", [True, False])
def test_both_sides_read_of_the_only_shipment_that_it_was_lost(cast: Cast, again: bool) -> None:
    order = accepted(cast, mug=40)
    give_up(cast, send(cast, order, 40), LOST, again=again)
    for who, company in (("wes", "northfield"), ("bea", "cornershop")):
        assert "Shipment 1 Lost on its way" in words(client_of(cast, who).get(f"/c/{company}/orders/{order.pk}/"))
