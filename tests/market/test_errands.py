"""What becomes of the orders of the replay: answered, packed, carried, each a while after the other."""

from itertools import islice

from django.db.models.functions import Now

from backend.inventory.models import Hold, StockLevel
from backend.inventory.reconcile import drift
from backend.logistics.models import Parcel, Shipment, TrackingEvent
from backend.logistics.states import Tracking
from backend.market.models import Act, Errand
from backend.market.simulator.answering import CANCELLED, DECLINED, LEFT_ONE_IN, MOST_LEFT
from backend.market.simulator.buying import buy
from backend.market.simulator.carrying import next_status
from backend.market.simulator.chance import chance
from backend.market.simulator.errands import (
    FIRST_ANSWER,
    LAST_ANSWER,
    SOON_TOO,
    run_errands,
    take_on_of,
    take_on_of_people,
)
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall
from backend.orders.actions import accept_order
from backend.orders.models import Order, OrderEntry
from backend.orders.states import Commercial, Step
from backend.orders.tasks import expire_orders
from tests.cast import make_person
from tests.market.conftest import invoice
from tests.market.handling import AT_THE_END, delivered, run_all, sellers_of


def bought(stalls: dict[str, Stall], shop: Shop, *, reference: str = "536365", units: int = 8) -> Order:
    buy(invoice(("85123A", units), reference=reference), shop, stalls, 100)
    take_on_of(reference, shop.company.pk, 100)
    return Order.objects.get(po_number=reference)


def test_an_order_is_answered_within_half_a_trading_day(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order = bought(stalls, mulberry)
    errand = Errand.objects.get(order=order)
    assert errand.act == Act.ANSWER
    assert 100 + FIRST_ANSWER <= errand.due_step <= 100 + LAST_ANSWER
    assert run_errands(errand.due_step - 1, sellers_of(stalls)) == 0
    assert run_errands(errand.due_step, sellers_of(stalls)) == 1


def test_from_the_answer_to_the_last_delivery_nobody_has_to_do_anything(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    order = delivered(bought(stalls, mulberry), stalls)
    assert order.commercial == Commercial.COMPLETED
    steps = list(OrderEntry.objects.filter(order=order).values_list("step", flat=True))
    assert steps[:4] == [Step.PLACED, Step.ACCEPTED, Step.PACKED, Step.DISPATCHED]
    assert steps[-3:] == [Step.DELIVERED, Step.COMPLETED, Step.RECEIPT_CONFIRMED]
    assert steps.count(Step.TRACKED) >= 2
    assert Parcel.objects.get().tracking_number.startswith("EP")
    assert not Errand.objects.exists()
    assert not Hold.objects.exists()
    assert drift() == []


def test_what_lies_in_two_warehouses_is_sent_from_both(stalls: dict[str, Stall], mulberry: Shop) -> None:
    north, south = StockLevel.objects.filter(item=stalls["85123A"].sku.pk).order_by("pk")
    units = north.on_hand + south.on_hand
    delivered(bought(stalls, mulberry, units=units), stalls)
    assert {each.warehouse_id for each in Shipment.objects.all()} == {north.warehouse_id, south.warehouse_id}


def references(luck: range, how_many: int) -> list[str]:
    """PO numbers that chance treats like that, where Northfield answers."""
    numbers = (f"{n}" for n in range(540_000, 550_000) if chance(f"{n}/northfield", 100) in luck)
    return list(islice(numbers, how_many))


def test_some_are_declined_and_some_cancelled_and_their_goods_are_free_again(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    (declined,) = references(range(DECLINED), 1)
    (cancelled,) = references(range(DECLINED, DECLINED + CANCELLED), 1)
    for reference in (declined, cancelled):
        bought(stalls, mulberry, reference=reference)
    run_all(sellers_of(stalls))
    assert Order.objects.get(po_number=declined).commercial == Commercial.DECLINED
    assert OrderEntry.objects.get(step=Step.DECLINED).note
    assert Order.objects.get(po_number=cancelled).commercial == Commercial.CANCELLED
    assert not Hold.objects.exists()


def test_a_seller_with_people_finds_some_waiting_for_them_and_never_too_many(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    for reference in references(range(6, 100, LEFT_ONE_IN), MOST_LEFT + 1):
        bought(stalls, mulberry, reference=reference)
    run_all(sellers_of(stalls, peopled=True))
    assert Order.objects.filter(commercial=Commercial.PLACED).count() == MOST_LEFT
    assert not Errand.objects.exists()


def test_what_nobody_accepts_in_time_expires_by_itself_and_its_goods_are_free_again(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    (reference,) = references(range(6, 100, LEFT_ONE_IN), 1)
    left = bought(stalls, mulberry, reference=reference)
    run_all(sellers_of(stalls, peopled=True))
    unanswered = bought(stalls, mulberry)  # its errand is still to come
    assert expire_orders(0) == 0
    Order.objects.update(accept_by=Now())
    assert expire_orders(0) == 2
    run_all(sellers_of(stalls))
    for order in (left, unanswered):
        order.refresh_from_db()
        assert order.commercial == Commercial.EXPIRED
    assert not Hold.objects.exists()
    assert not Errand.objects.exists()
    assert drift() == []


def test_what_is_paid_in_advance_is_packed_once_the_money_has_come(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order = bought(stalls, mulberry)
    Order.objects.update(method="prepaid", net_days=0)
    sellers = sellers_of(stalls)
    accept_order(order, actor=sellers.actors[order.seller_id])
    Errand.objects.update(act=Act.PACK, due_step=0)
    run_errands(AT_THE_END, sellers)
    assert Errand.objects.get().act == Act.PACK
    assert not Shipment.objects.exists()
    Order.objects.update(payment="paid")
    run_errands(AT_THE_END * 2, sellers)
    assert (Shipment.objects.get().status, Errand.objects.get().act) == ("packed", Act.PACK)
    run_errands(AT_THE_END * 3, sellers)
    assert Errand.objects.get().act == Act.CARRY


def test_what_a_person_has_answered_is_theirs_from_then_on(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order = bought(stalls, mulberry)
    sellers = sellers_of(stalls)
    accept_order(order, actor=sellers.actors[order.seller_id])
    run_all(sellers)
    order.refresh_from_db()
    assert order.commercial == Commercial.ACCEPTED


def test_what_a_person_orders_is_accepted_and_soon(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order = bought(stalls, mulberry)
    Errand.objects.all().delete()
    take_on_of_people(500)
    assert not Errand.objects.exists()
    order.group.placed_by = make_person("pat@mulberry.example")
    order.group.save()
    take_on_of_people(500)
    assert Errand.objects.get().due_step <= 500 + SOON_TOO
    run_errands(AT_THE_END, sellers_of(stalls, peopled=True))
    order.refresh_from_db()
    assert order.commercial == Commercial.ACCEPTED


def test_a_dismissed_system_member_does_nothing_more(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order = bought(stalls, mulberry)
    del stalls["85123A"]
    run_all(sellers_of(stalls))
    order.refresh_from_db()
    assert order.commercial == Commercial.PLACED


def test_an_errand_done_twice_after_a_crash_changes_nothing_more(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order = bought(stalls, mulberry)
    sellers = sellers_of(stalls)
    accept_order(order, actor=sellers.actors[order.seller_id])
    for _twice in range(2):
        Errand.objects.update(act=Act.PACK, due_step=0)
        run_errands(0, sellers)
    assert Shipment.objects.count() == 1


def test_goods_that_cross_a_border_pass_the_customs(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order = bought(stalls, mulberry)
    order.ship_to = {**order.ship_to, "country": "FR"}
    assert next_status(order, Tracking.IN_TRANSIT) == Tracking.CUSTOMS
    delivered(order, stalls)
    assert TrackingEvent.objects.filter(status=Tracking.OUT_FOR_DELIVERY).exists()
