"""Goods that come back: only what has arrived, each unit once, and each outcome does what it says."""

from collections.abc import Mapping

import pytest

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.inventory.models import Hold, StockLevel, StockMove, Warehouse
from backend.inventory.reconcile import drift
from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.models import Order, OrderLine
from backend.orders.returns.actions import (
    approve_return,
    reject_return,
    request_return,
    resolve_return,
    send_return,
    withdraw_return,
)
from backend.orders.returns.models import Return
from backend.orders.returns.queries import order_returns
from backend.orders.returns.receiving.actions import inspect_return, receive_return
from backend.orders.returns.states import Outcome
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered


def delivered(cast: Cast, quantity: int = 40, *, sent: int = 0) -> Order:
    """An order of which so many have arrived: all of them, if nothing else is said."""
    order = accept_order(ordered(cast, {cast.mug: quantity}), actor=actor_of(cast.sally))
    arrive(cast, order, sent or quantity)
    return order


def arrive(cast: Cast, order: Order, quantity: int) -> None:
    line = next(each for each in order.lines.all() if each.open_quantity)
    key = f"{line.pk}-{quantity}"
    shipment = dispatch_goods(order, cast.shelf, {line.pk: quantity}, Consignment(), key=key, actor=actor_of(cast.wes))
    confirm_delivery(shipment, actor=actor_of(cast.bea))


def ask(cast: Cast, order: Order, quantity: int, *, line: OrderLine | None = None, key: str = "r") -> Return:
    lines = {(line or order.lines.order_by("pk")[0]).pk: quantity}
    return request_return(order, lines, reason="Chipped", key=key, actor=actor_of(cast.bea))


def on_its_way(cast: Cast, goods: Return) -> Return:
    approve_return(goods, actor=actor_of(cast.sally))
    return send_return(goods, tracking_number="RM9", actor=actor_of(cast.bea))


def come_back(cast: Cast, goods: Return) -> Return:
    """All of it, in one go."""
    return take_in(cast, on_its_way(cast, goods), {each.pk: each.quantity for each in goods.lines.all()})


def take_in(
    cast: Cast, goods: Return, quantities: Mapping[int, int], *, key: str = "came", into: Warehouse | None = None
) -> Return:
    house, key = into or cast.shelf, f"{key}-{goods.pk}"
    return receive_return(goods, house, quantities, key=key, actor=actor_of(cast.wes))


def look_at(cast: Cast, goods: Return, outcome: Outcome, *, key: str = "looked") -> Return:
    """All that has come of it is the same."""
    looked = {each.pk: {outcome: each.uninspected} for each in goods.lines.all() if each.uninspected}
    return inspect_return(goods, looked, key=f"{key}-{goods.pk}", actor=actor_of(cast.wes))


def settle(cast: Cast, goods: Return, outcome: Outcome) -> Return:
    look_at(cast, goods, outcome)
    return resolve_return(goods, actor=actor_of(cast.sally))


def settled(cast: Cast, order: Order, quantity: int, outcome: Outcome) -> Return:
    return settle(cast, come_back(cast, ask(cast, order, quantity)), outcome)


def on_hand(cast: Cast) -> int:
    assert drift() == []
    return StockLevel.objects.get(item_id=cast.mug.pk).on_hand


# --- What may come back ----------------------------------------------------------------------------------------------
def test_only_what_has_arrived_is_sent_back(cast: Cast) -> None:
    order = delivered(cast, 40, sent=30)
    with pytest.raises(Refused, match="30 of 85123A can be sent back, not 31"):
        ask(cast, order, 31)
    assert ask(cast, order, 30).nth == 1


def test_what_is_asked_for_already_is_not_asked_for_again(cast: Cast) -> None:
    order = delivered(cast)
    ask(cast, order, 30)
    with pytest.raises(Refused, match="10 of 85123A can be sent back, not 11"):
        ask(cast, order, 11, key="again")


@pytest.mark.parametrize("no", ["rejected", "withdrawn"])
def test_what_came_to_nothing_may_be_asked_for_again(cast: Cast, no: str) -> None:
    order = delivered(cast)
    goods = ask(cast, order, 40)
    if no == "rejected":
        reject_return(goods, reason="Too late", actor=actor_of(cast.sally))
    else:
        withdraw_return(goods, actor=actor_of(cast.bea))
    assert ask(cast, order, 40, key="again").nth == 2


def test_a_return_asked_for_twice_is_one_return(cast: Cast) -> None:
    order = delivered(cast)
    assert ask(cast, order, 5) == ask(cast, order, 5)


def test_a_return_needs_a_reason_and_an_order_with_goods(cast: Cast) -> None:
    order = delivered(cast)
    line = order.lines.get().pk
    with pytest.raises(Refused, match="Say why"):
        request_return(order, {line: 1}, reason=" ", key="r", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="Say how much"):
        request_return(order, {line: 0}, reason="x", key="r", actor=actor_of(cast.bea))
    untouched = ordered(cast, {cast.mug: 1}, key="new")
    with pytest.raises(Refused, match="it is: Placed"):
        ask(cast, untouched, 1)


def test_two_replacements_off_one_shelf_are_summed_before_either_is_promised(cast: Cast) -> None:
    order = delivered(cast)
    settled(cast, order, 10, Outcome.REPLACE)
    arrive(cast, order, 10)
    both = {line.pk: 5 for line in order.lines.all()}
    goods = come_back(cast, request_return(order, both, reason="Chipped", key="both", actor=actor_of(cast.bea)))
    StockLevel.objects.filter(item_id=cast.mug.pk).update(safety=on_hand(cast) - 9)
    with pytest.raises(Refused, match="Only"):
        settle(cast, goods, Outcome.REPLACE)
    assert (order.lines.count(), Hold.objects.exists()) == (2, False), "nothing is promised twice, and nothing at all"
    StockLevel.objects.filter(item_id=cast.mug.pk).update(safety=on_hand(cast) - 10)
    resolve_return(goods, actor=actor_of(cast.sally))
    assert [hold.quantity for hold in Hold.objects.all()] == [5, 5]


# --- Who does what ---------------------------------------------------------------------------------------------------
def test_each_step_is_for_its_own_people(cast: Cast) -> None:
    order = delivered(cast)
    with pytest.raises(NotAllowed):
        request_return(order, {}, reason="x", key="r", actor=actor_of(cast.sally))
    goods = ask(cast, order, 5)
    for who in ("bea", "wes", "otto"):
        with pytest.raises(NotAllowed):
            approve_return(goods, actor=actor_of(getattr(cast, who)))
    approve_return(goods, actor=actor_of(cast.sally))
    with pytest.raises(NotAllowed):
        receive_return(goods, cast.shelf, {}, key="r", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="another company"):
        take_in(cast, goods, {goods.lines.get().pk: 5}, into=cast.barn)


def test_steps_are_taken_in_their_order_and_twice_is_once(cast: Cast) -> None:
    goods = ask(cast, delivered(cast), 5)
    with pytest.raises(Conflict, match="it is: Asked for"):
        take_in(cast, goods, {goods.lines.get().pk: 5})
    for _ in range(2):
        come_back_once = approve_return(goods, actor=actor_of(cast.sally))
    assert come_back_once.status == "approved"
    steps = [entry.step for entry in goods.order.entries.all()]
    assert steps.count("return_approved") == 1


# --- What becomes of it ----------------------------------------------------------------------------------------------
def test_what_is_as_good_as_new_lies_on_the_shelf_again_and_is_refunded(cast: Cast) -> None:
    order = delivered(cast)
    goods = come_back(cast, ask(cast, order, 5))
    assert on_hand(cast) == 260
    look_at(cast, goods, Outcome.RESTOCK)
    assert on_hand(cast) == 265
    move = StockMove.objects.latest("seq")
    assert (move.kind, move.quantity, move.reference) == ("return", 5, goods.number)
    order.refresh_from_db()
    assert order.payable.amount_minor == 12_240, "nothing is refunded before somebody stands by it"
    for _ in range(2):
        resolve_return(goods, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.fulfilment) == (10_710, "partly_returned")
    assert order_returns(order.pk).returns[0].refund.amount_minor == 1_530


def test_what_is_not_for_sale_any_more_is_refunded_all_the_same(cast: Cast) -> None:
    order = delivered(cast)
    settled(cast, order, 40, Outcome.REFUND)
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.fulfilment, on_hand(cast)) == (0, "returned", 260)


def test_what_is_not_accepted_changes_nothing(cast: Cast) -> None:
    order = delivered(cast)
    settled(cast, order, 5, Outcome.REJECT)
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.lines.get().returned, on_hand(cast)) == (12_240, 0, 260)
    ask(cast, order, 40, key="again")


def test_what_is_replaced_is_promised_sent_and_delivered_on_the_same_order(cast: Cast) -> None:
    order = delivered(cast)
    settled(cast, order, 5, Outcome.REPLACE)
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor) == ("in_progress", 12_240)
    again = order.lines.get(replaces__isnull=False)
    assert (again.quantity, again.net_minor, Hold.objects.get().quantity) == (5, 0, 5)
    arrive(cast, order, 5)
    order.refresh_from_db()
    assert (order.commercial, order.fulfilment, on_hand(cast)) == ("completed", "partly_returned", 255)


def test_a_replacement_that_is_no_better_is_refunded_at_the_price_that_was_paid(cast: Cast) -> None:
    order = delivered(cast)
    settled(cast, order, 5, Outcome.REPLACE)
    arrive(cast, order, 5)
    again = order.lines.get(replaces__isnull=False)
    goods = settle(cast, come_back(cast, ask(cast, order, 5, line=again, key="again")), Outcome.REFUND)
    assert goods.refund_net_minor + goods.refund_tax_minor == 1_530


def test_too_little_to_replace_is_said_and_nothing_is_settled(cast: Cast) -> None:
    order = delivered(cast)
    StockLevel.objects.update(on_hand=2)
    with pytest.raises(Refused, match="Only 2 of 85123A are left, not 5"):
        settled(cast, order, 5, Outcome.REPLACE)
    assert Return.objects.get().status == "inspected"
    assert order.lines.get().returned == 0
