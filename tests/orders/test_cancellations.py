"""What is taken off an order: at once, or once the other side agrees; each time the goods are free and not paid for."""

from decimal import Decimal

import pytest

from backend.catalog.models import SellerTerms
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.inventory.models import Hold, StockLevel, Warehouse
from backend.inventory.reconcile import drift
from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.models import Shipment
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order, decline_order
from backend.orders.amendments.actions import (
    accept_amendment,
    decline_amendment,
    request_cancellation,
    withdraw_amendment,
)
from backend.orders.amendments.models import Amendment
from backend.orders.amendments.queries import open_change
from backend.orders.amounts import worth
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order, OrderLine
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered


def accepted(cast: Cast, **quantities: int) -> Order:
    order = ordered(cast, {getattr(cast, name): quantity for name, quantity in quantities.items()})
    return accept_order(order, actor=actor_of(cast.sally))


def line_of(order: Order, code: str = "85123A") -> OrderLine:
    return order.lines.get(code=code)


def cancel(cast: Cast, order: Order, quantity: int, *, who: str = "bea", reason: str = "", key: str = "c") -> Order:
    lines = {line_of(order).pk: quantity}
    return cancel_lines(order, lines, reason=reason, key=key, actor=actor_of(getattr(cast, who)))


def ask(cast: Cast, order: Order, quantity: int = 0, *, key: str = "a") -> Amendment:
    lines = {line_of(order).pk: quantity} if quantity else {}
    return request_cancellation(order, lines, reason="Too many", key=key, actor=actor_of(cast.bea))


def send(cast: Cast, order: Order, quantity: int) -> Shipment:
    lines = {line_of(order).pk: quantity}
    return dispatch_goods(order, cast.shelf, lines, Consignment(), key=f"s{quantity}", actor=actor_of(cast.wes))


def steps_of(order: Order) -> list[str]:
    return [entry.step for entry in order.entries.all()]


def allocated(cast: Cast) -> int:
    assert drift() == []
    return StockLevel.objects.get(item_id=cast.mug.pk).allocated


# --- At once ---------------------------------------------------------------------------------------------------------
def test_a_buyer_takes_a_part_off_what_nobody_has_accepted(cast: Cast) -> None:
    order = cancel(cast, ordered(cast, {cast.mug: 40}), 10)
    order.refresh_from_db()
    assert (order.commercial, line_of(order).cancelled, Hold.objects.get().quantity) == ("placed", 10, 30)
    assert (order.net_minor, order.reduced_net_minor, order.payable_net.amount_minor) == (10_200, 2_550, 7_650)
    assert (order.tax_minor, order.reduced_tax_minor, order.payable.amount_minor) == (2_040, 510, 9_180)
    assert order.entries.last().data["contents"] == [["85123A", 10]]  # type: ignore[union-attr]
    assert allocated(cast) == 30


def test_the_last_unit_taken_off_cancels_the_order(cast: Cast) -> None:
    order = cancel(cast, ordered(cast, {cast.mug: 40}), 40)
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor, allocated(cast)) == ("cancelled", 0, 0)
    assert steps_of(order) == ["placed", "lines_cancelled", "cancelled"]


def test_taking_off_twice_is_taking_off_once(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 40})
    for _ in range(2):
        cancel(cast, order, 10)
    assert line_of(order).cancelled == 10


def test_no_more_is_taken_off_than_is_open(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 40})
    with pytest.raises(Refused, match="Only 40 of 85123A are not sent yet, not 41"):
        cancel(cast, order, 41)


def test_what_a_buyer_leaves_is_in_the_sellers_steps(cast: Cast) -> None:
    order = ordered(cast, {cast.plate: 24})
    with pytest.raises(Refused, match="steps of 12"):
        cancel_lines(order, {order.lines.get().pk: 5}, key="c", actor=actor_of(cast.bea))


def test_what_a_buyer_leaves_is_not_below_the_sellers_minimum(cast: Cast) -> None:
    SellerTerms.objects.create(company=cast.northfield, order_minimum_minor=10_000)
    order = ordered(cast, {cast.mug: 40})
    with pytest.raises(Refused, match="takes orders from 100"):
        cancel(cast, order, 10)
    assert cancel(cast, order, 40, key="all").commercial == "cancelled"


def test_a_buyer_takes_nothing_off_what_is_accepted(cast: Cast) -> None:
    with pytest.raises(Refused, match="accepted this order already: ask"):
        cancel(cast, accepted(cast, mug=40), 10)


def test_a_seller_takes_off_what_he_cannot_deliver_and_says_why(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    with pytest.raises(Refused, match="Say why"):
        cancel(cast, order, 7, who="sally")
    cancel(cast, order, 7, who="sally", reason="Chipped", key="again")
    order.refresh_from_db()
    assert (order.commercial, line_of(order).cancelled, allocated(cast)) == ("accepted", 7, 33)
    assert order.entries.last().note == "Chipped"  # type: ignore[union-attr]


def test_what_is_left_once_the_rest_is_taken_off_may_be_everything(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    confirm_delivery(send(cast, order, 30), actor=actor_of(cast.bea))
    cancel(cast, order, 10, who="sally", reason="Sold out")
    order.refresh_from_db()
    assert (order.commercial, order.fulfilment) == ("completed", "delivered")


@pytest.mark.parametrize("who", ["wes", "rita", "otto"])
def test_only_those_who_speak_for_a_side_take_off(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        cancel(cast, ordered(cast, {cast.mug: 40}), 1, who=who, reason="No")


def test_nothing_is_paid_for_an_order_that_was_declined(cast: Cast) -> None:
    order = decline_order(ordered(cast, {cast.mug: 40}), reason="Kiln broke", actor=actor_of(cast.sally))
    assert (order.payable.amount_minor, order.total.amount_minor) == (0, 12_240)


def test_what_is_owed_is_given_back_before_what_lies_there(cast: Cast) -> None:
    far = Warehouse.objects.create(company=cast.northfield, code="far", name="Far", country="GB")
    StockLevel.objects.create(item_id=cast.mug.pk, warehouse=far, backorder_limit=100)
    order = ordered(cast, {cast.mug: 320})
    cancel(cast, order, 25)
    held = {hold.level.warehouse.code: hold.quantity for hold in Hold.objects.select_related("level__warehouse")}
    assert held == {"main": 295}


def test_amounts_by_line_sum_exactly_whatever_is_taken_off(cast: Cast) -> None:
    """Thirds of a penny and odd rates: each line is rounded by itself, and the order is their sum."""
    order = ordered(cast, {cast.mug: 40, cast.plate: 12})
    OrderLine.objects.filter(order=order).update(unit_price_minor=Decimal("33.3333"), tax_rate=Decimal("7.70"))
    for line in order.lines.all():
        whole = worth(line, line.quantity)
        OrderLine.objects.filter(pk=line.pk).update(net_minor=whole.net.amount_minor, tax_minor=whole.tax.amount_minor)
    sums = order.lines.all()
    order.net_minor, order.tax_minor = sum(each.net_minor for each in sums), sum(each.tax_minor for each in sums)
    order.save(update_fields=["net_minor", "tax_minor"])
    for n in (1, 2, 3):
        cancel(cast, order, n, key=f"k{n}")
        order.refresh_from_db()
        left = [worth(line, line.kept) for line in order.lines.all()]
        assert order.payable_net.amount_minor == sum(each.net.amount_minor for each in left)
        assert order.payable_tax.amount_minor == sum(each.tax.amount_minor for each in left)


# --- Asked for -------------------------------------------------------------------------------------------------------
def test_while_a_cancellation_is_asked_for_nothing_is_sent(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    ask(cast, order, 10)
    order.refresh_from_db()
    assert (order.commercial, allocated(cast)) == ("cancel_requested", 40)
    with pytest.raises(Refused, match="Cancellation asked for"):
        send(cast, order, 1)
    with pytest.raises(Refused, match="Cancellation asked for"):
        cancel(cast, order, 1, who="sally", reason="No")


def test_both_sides_read_what_is_asked_and_what_it_does_to_the_money(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    assert open_change(order.pk).proposal is None
    ask(cast, order, 10)
    change = open_change(order.pk)
    order.refresh_from_db()
    assert change.version == order.version
    assert change.proposal
    assert [(line.before, line.after) for line in change.proposal.lines] == [(40, 30)]
    assert (change.proposal.old_total.amount_minor, change.proposal.new_total.amount_minor) == (12_240, 9_180)


def test_a_seller_who_agrees_takes_it_off_and_the_order_goes_on(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    send(cast, order, 20)
    for _ in range(2):
        accept_amendment(ask(cast, order, 10), actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.commercial, line_of(order).cancelled, allocated(cast)) == ("in_progress", 10, 10)
    assert order.payable.amount_minor == 9_180
    assert steps_of(order) == ["placed", "accepted", "dispatched", "cancel_requested", "cancel_agreed"]


def test_all_that_is_not_sent_is_asked_for_where_no_line_is_named(cast: Cast) -> None:
    order = accepted(cast, mug=40, plate=12)
    accept_amendment(ask(cast, order), actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor) == ("cancelled", 0)
    assert not Hold.objects.exists()
    assert steps_of(order)[-2:] == ["cancel_agreed", "cancelled"]


def test_a_seller_who_refuses_says_why_and_the_order_goes_on(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    amendment = ask(cast, order, 10)
    with pytest.raises(Refused, match="Say why"):
        decline_amendment(amendment, reason=" ", actor=actor_of(cast.sally))
    decline_amendment(amendment, reason="Packed already", actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.commercial, line_of(order).cancelled, allocated(cast)) == ("accepted", 0, 40)
    assert order.entries.last().note == "Packed already"  # type: ignore[union-attr]


def test_a_buyer_thinks_better_of_it(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    amendment = ask(cast, order, 10)
    with pytest.raises(NotAllowed):
        withdraw_amendment(amendment, actor=actor_of(cast.sally))
    withdraw_amendment(amendment, actor=actor_of(cast.bea))
    with pytest.raises(Conflict, match="Withdrawn"):
        accept_amendment(amendment, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.commercial, line_of(order).cancelled) == ("accepted", 0)


def test_nobody_answers_what_they_proposed(cast: Cast) -> None:
    amendment = ask(cast, accepted(cast, mug=40), 10)
    with pytest.raises(NotAllowed):
        accept_amendment(amendment, actor=actor_of(cast.bea))


def test_an_order_whose_change_waits_is_not_accepted_once_more(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    ask(cast, order, 10)
    with pytest.raises(Refused, match="accepted already"):
        accept_order(order, actor=actor_of(cast.sally))


def test_one_change_is_open_at_a_time(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    ask(cast, order, 10)
    with pytest.raises(Refused, match="one at a time"):
        ask(cast, order, 5, key="another")
