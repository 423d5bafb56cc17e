"""What is sent again was paid for once: whoever does not get it, or sends it back as well, does not pay for it."""

import pytest

from backend.logistics.actions import dispatch_goods
from backend.logistics.failing.actions import give_up_shipment
from backend.logistics.states import ShipmentStatus
from backend.logistics.steps import Consignment
from backend.orders.amendments.actions import accept_amendment, request_cancellation
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order, OrderLine
from backend.orders.returns.states import Outcome
from tests.cast import Cast, actor_of
from tests.orders.ordering import agreed
from tests.orders.test_returns import arrive, ask, come_back, delivered, settle, settled


@pytest.fixture
def order(cast: Cast) -> Order:
    """40 mugs, of which 5 were sent back and are to be sent again."""
    order = delivered(cast)
    settled(cast, order, 5, Outcome.REPLACE)
    return order


def again(order: Order) -> OrderLine:
    order.refresh_from_db()
    return order.lines.get(replaces__isnull=False)


def test_a_replacement_that_is_not_sent_after_all_is_refunded(cast: Cast, order: Order) -> None:
    cancel_lines(order, {again(order).pk: 2}, reason="Sold out", key="c", actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.commercial) == (38 * 306, "in_progress")
    cancel_lines(order, {again(order).pk: 3}, reason="Sold out", key="d", actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.commercial) == (35 * 306, "completed")


def test_whoever_asks_not_to_get_it_reads_that_it_is_refunded(cast: Cast, order: Order) -> None:
    asked = request_cancellation(order, {again(order).pk: 5}, reason="No more", key="c", actor=actor_of(cast.bea))
    assert asked.more.amount_minor == -5 * 306
    accept_amendment(asked, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.commercial) == (35 * 306, "completed")


def test_a_replacement_that_is_lost_on_its_way_is_refunded(cast: Cast, order: Order) -> None:
    wes = actor_of(cast.wes)
    shipment = dispatch_goods(order, cast.shelf, {again(order).pk: 5}, Consignment(), key="s", actor=wes)
    give_up_shipment(shipment, ShipmentStatus.LOST, sends_again=False, actor=wes)
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.commercial) == (35 * 306, "completed")


def test_freight_goes_with_the_last_unit_that_is_paid_for_also_where_it_was_sent_again(cast: Cast) -> None:
    order = agreed(cast, {cast.mug: 40})
    arrive(cast, order, 40)
    settled(cast, order, 40, Outcome.REPLACE)
    order.refresh_from_db()
    assert order.payable_net.amount_minor == 40 * 250 + 15_00, "what is sent again has its freight"
    arrive(cast, order, 40)
    settle(cast, come_back(cast, ask(cast, order, 40, line=again(order), key="again")), Outcome.REFUND)
    order.refresh_from_db()
    assert order.payable.amount_minor == 0


def test_freight_goes_with_a_replacement_of_everything_that_is_taken_off(cast: Cast) -> None:
    order = agreed(cast, {cast.mug: 40})
    arrive(cast, order, 40)
    settled(cast, order, 40, Outcome.REPLACE)
    asked = request_cancellation(order, {}, reason="No more", key="c", actor=actor_of(cast.bea))
    accept_amendment(asked, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert order.payable.amount_minor == 0
