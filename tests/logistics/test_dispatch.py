"""Goods leave, travel and arrive; what is counted on the shelf, in the order and on the way is always the same."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.core import clock
from backend.core.errors import NotAllowed, Refused
from backend.inventory.models import Hold, StockLevel, StockMove
from backend.inventory.reconcile import drift
from backend.logistics.actions import add_tracking, confirm_delivery, dispatch_goods
from backend.logistics.models import Shipment
from backend.logistics.states import Tracking
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order
from backend.orders.placing.details import Details
from tests.cast import Cast, actor_of
from tests.orders.ordering import fill_cart, ordered, place

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def accepted(cast: Cast, **quantities: int) -> Order:
    order = ordered(cast, {getattr(cast, name): quantity for name, quantity in quantities.items()})
    return accept_order(order, actor=actor_of(cast.sally))


def send(cast: Cast, order: Order, *quantities: int, key: str = "s", who: str = "wes") -> Shipment:
    lines = dict(zip(order.lines.values_list("pk", flat=True), quantities, strict=True))
    how = Consignment("Royal Mail", ("RM1", "RM2"))
    return dispatch_goods(order, cast.shelf, lines, how, key=key, actor=actor_of(getattr(cast, who)))


def test_what_is_sent_leaves_the_shelf_and_its_allocation(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    shipment = send(cast, order, 40)
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.on_hand, level.allocated, level.available) == (260, 0, 260)
    assert not Hold.objects.exists()
    move = StockMove.objects.latest("seq")
    assert (move.quantity, move.kind, move.reference) == (-40, "sale", shipment.number)
    order.refresh_from_db()
    assert (order.commercial, order.fulfilment) == ("in_progress", "dispatched")
    assert drift() == []


def test_a_part_is_sent_and_the_rest_stays_allocated(cast: Cast) -> None:
    order = accepted(cast, mug=40, plate=12)
    send(cast, order, 30, 0)
    order.refresh_from_db()
    assert order.fulfilment == "partly_dispatched"
    assert sorted(Hold.objects.values_list("quantity", flat=True)) == [10, 12]
    send(cast, order, 10, 12, key="rest")
    order.refresh_from_db()
    assert order.fulfilment == "dispatched"
    assert [shipment.nth for shipment in order.shipments.all()] == [1, 2]


def wanted_whole(cast: Cast) -> Order:
    """Bea wants 40 mugs and 12 plates in one go, and the seller takes the order."""
    fill_cart(cast, {cast.mug: 40, cast.plate: 12})
    return accept_order(place(cast, details=Details(only_whole=True)).orders.get(), actor=actor_of(cast.sally))


@pytest.mark.parametrize("part", [(30, 12), (40, 0)])
def test_no_part_is_sent_of_an_order_that_is_wanted_whole(cast: Cast, part: tuple[int, int]) -> None:
    with pytest.raises(Refused, match=f"at once: 40 × {cast.mug.code}, 12 × {cast.plate.code}"):
        send(cast, wanted_whole(cast), *part)
    assert not Shipment.objects.exists()


def test_an_order_that_is_wanted_whole_is_sent_whole(cast: Cast) -> None:
    order = wanted_whole(cast)
    send(cast, order, 40, 12)
    order.refresh_from_db()
    assert order.fulfilment == "dispatched"


def test_what_was_cancelled_is_no_part_of_the_whole(cast: Cast) -> None:
    order = wanted_whole(cast)
    mugs, plates = order.lines.all()
    cancel_lines(order, {mugs.pk: 10, plates.pk: 12}, reason="Broken", key="c", actor=actor_of(cast.sally))
    with pytest.raises(Refused, match=f"at once: 30 × {cast.mug.code}\\."):
        send(cast, order, 29, 0)
    assert send(cast, order, 30, 0)


def test_no_more_is_sent_than_was_ordered(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    with pytest.raises(Refused, match="Only 40 of 85123A can leave Stoke"):
        send(cast, order, 41)
    assert StockLevel.objects.get(item_id=cast.mug.pk).on_hand == 300
    assert not Shipment.objects.exists()


def test_the_same_shipment_sent_twice_leaves_once(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    assert send(cast, order, 10) == send(cast, order, 10)
    assert StockLevel.objects.get(item_id=cast.mug.pk).on_hand == 290


def test_nothing_is_sent_of_an_order_that_nobody_accepted(cast: Cast) -> None:
    with pytest.raises(Refused, match="accepted"):
        send(cast, ordered(cast, {cast.mug: 1}), 1)


@pytest.mark.parametrize("who", ["bea", "rita", "otto"])
def test_only_the_sellers_people_who_may_send_do(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        send(cast, accepted(cast, mug=1), 1, who=who)


def test_the_last_delivery_completes_the_order(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    first, second = send(cast, order, 30), send(cast, order, 10, key="rest")
    confirm_delivery(first, actor=actor_of(cast.bea))
    order.refresh_from_db()
    assert (order.fulfilment, order.commercial) == ("partly_delivered", "in_progress")
    for _ in range(2):
        confirm_delivery(second, actor=actor_of(cast.bea))
    order.refresh_from_db()
    assert (order.fulfilment, order.commercial) == ("delivered", "completed")
    assert order.lines.get().delivered == 40
    steps = [entry.step for entry in order.entries.all()]
    assert steps == ["placed", "accepted", "dispatched", "dispatched", "delivered", "delivered", "completed"]


def test_a_step_of_an_order_costs_few_statements(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    order, sally, bea = ordered(cast, {cast.mug: 40}), actor_of(cast.sally), actor_of(cast.bea)
    own = 2  # the savepoint of the tests' own transaction
    with django_assert_num_queries(3 + own):
        accept_order(order, actor=sally)
    shipment = send(cast, order, 40)
    with django_assert_num_queries(5 + own):
        confirm_delivery(shipment, actor=bea)
    with django_assert_num_queries(3 + own):
        confirm_delivery(shipment, actor=bea)


def test_the_latest_word_of_a_parcel_counts_in_whatever_order_words_come(cast: Cast) -> None:
    parcel = send(cast, accepted(cast, mug=40), 40).parcels.all()[0]
    wes = actor_of(cast.wes)
    add_tracking(parcel, Tracking.OUT_FOR_DELIVERY, NOON, actor=wes)
    add_tracking(parcel, Tracking.IN_TRANSIT, NOON - timedelta(hours=5), place="Crewe", actor=wes)
    assert parcel.tracking == "out_for_delivery"
    add_tracking(parcel, Tracking.DELIVERED, NOON + timedelta(hours=1), actor=wes)
    add_tracking(parcel, Tracking.EXCEPTION, NOON + timedelta(hours=2), actor=wes)
    assert parcel.tracking == "delivered"


def test_a_shipment_has_arrived_with_the_last_of_its_parcels(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    first, second = send(cast, order, 40).parcels.all()
    wes = actor_of(cast.wes)
    add_tracking(first, Tracking.DELIVERED, NOON, actor=wes)
    assert Shipment.objects.get().status == "dispatched"
    add_tracking(second, Tracking.DELIVERED, NOON, actor=wes)
    order.refresh_from_db()
    assert (Shipment.objects.get().status, order.fulfilment, order.commercial) == (
        "delivered",
        "delivered",
        "completed",
    )
    assert order.lines.get().delivered == 40
    confirm_delivery(Shipment.objects.select_related("order").get(), actor=actor_of(cast.bea))
    assert order.lines.get().delivered == 40, "said again by the buyer, it counts once"


def test_what_is_still_to_come_is_no_news(cast: Cast) -> None:
    parcel = send(cast, accepted(cast, mug=40), 40).parcels.all()[0]
    with pytest.raises(Refused, match="still to come") as refused:
        add_tracking(parcel, Tracking.CUSTOMS, clock.now() + timedelta(hours=1), actor=actor_of(cast.wes))
    assert refused.value.field == "at"
    assert not parcel.events.exists()


def test_a_word_that_comes_twice_counts_once(cast: Cast) -> None:
    parcel = send(cast, accepted(cast, mug=40), 40).parcels.all()[0]
    for _ in range(2):
        add_tracking(parcel, Tracking.IN_TRANSIT, NOON, source="royal-mail", external_id="e1", actor=actor_of(cast.wes))
    assert parcel.events.count() == 1
