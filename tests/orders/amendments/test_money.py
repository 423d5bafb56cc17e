"""What an order rises by is owed: it takes credit, or is paid before goods leave, whatever was paid before."""

import pytest

from backend.core.errors import Refused
from backend.logistics.actions import dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.amendments.actions import accept_amendment
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.credit.actions import mark_paid, stop_credit
from backend.orders.models import Order
from backend.orders.queries import order_lines, order_status
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.orders.credit.test_credit import agree, credit_of
from tests.orders.ordering import agreed, ordered
from tests.orders.test_amendments import propose, quantities


def forty_mugs(cast: Cast) -> Order:
    """122.40 with tax, accepted."""
    return accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))


def raise_to(cast: Cast, order: Order, mugs: int, *, who: str = "bea", key: str = "p") -> Order:
    """One side proposes it, the other agrees."""
    amendment = propose(cast, order, quantities(order, mug=mugs), who=who, key=key)
    accept_amendment(amendment, actor=actor_of(cast.sally if who == "bea" else cast.bea))
    order.refresh_from_db()
    return order


def test_a_buyer_proposes_nothing_beyond_their_credit(cast: Cast) -> None:
    agree(cast, 150_00)
    order = forty_mugs(cast)
    said = r"Cornershop with Northfield is 150\.00 GBP, of which 122\.40 GBP are used: 27\.60 .* needs 30\.60 GBP more"
    with pytest.raises(Refused, match=said):
        propose(cast, order, quantities(order, mug=50))
    raise_to(cast, order, 49, key="fits")
    assert credit_of(cast).used.amount_minor == 149_94


@pytest.mark.parametrize("who", ["bea", "sally"])
def test_nobody_agrees_to_more_than_the_credit_that_is_left_then(cast: Cast, who: str) -> None:
    order = forty_mugs(cast)
    amendment = propose(cast, order, quantities(order, mug=50), who=who)
    agree(cast, 150_00)
    other = actor_of(cast.sally if who == "bea" else cast.bea)
    with pytest.raises(Refused, match="this change needs"):
        accept_amendment(amendment, actor=other)
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor) == ("amending", 122_40)
    agree(cast, 153_00)
    accept_amendment(amendment, actor=other)
    assert credit_of(cast).used.amount_minor == 153_00


def test_where_credit_is_stopped_an_order_falls_and_does_not_rise(cast: Cast) -> None:
    agree(cast, 500_00)
    order = forty_mugs(cast)
    stop_credit(cast.northfield, cast.cornershop, "GBP", stopped=True, actor=actor_of(cast.nora))
    with pytest.raises(Refused, match="Northfield gives Cornershop no credit now"):
        propose(cast, order, quantities(order, mug=41))
    assert raise_to(cast, order, 30, key="less").payable.amount_minor == 91_80


def test_what_a_paid_order_rises_by_is_still_to_be_paid_and_both_sides_read_it(cast: Cast) -> None:
    agree(cast, 150_00)
    order = forty_mugs(cast)
    mark_paid(order, actor=actor_of(cast.nora))
    raise_to(cast, order, 50)
    unpaid = order_lines(order.pk).unpaid
    assert (order_status(order.pk).payment, unpaid and unpaid.amount_minor) == ("partly_paid", 30_60)
    assert [entry.step for entry in order.entries.all()][-2:] == ["amendment_accepted", "more_to_pay"]
    assert credit_of(cast).used.amount_minor == 30_60, "only the rise"
    mark_paid(order, actor=actor_of(cast.nora))
    assert (credit_of(cast).used.amount_minor, order_lines(order.pk).unpaid) == (0, None)


def test_what_was_paid_in_advance_and_rises_is_held_back_until_the_rest_has_come(cast: Cast) -> None:
    order = agreed(cast, {cast.mug: 40}, net_days=0)
    mark_paid(order, actor=actor_of(cast.nora))
    raise_to(cast, order, 50)
    line, wes = order.lines.get().pk, actor_of(cast.wes)
    with pytest.raises(Refused, match="sent once the money has come"):
        dispatch_goods(order, cast.shelf, {line: 50}, Consignment(), key="s", actor=wes)
    mark_paid(order, actor=actor_of(cast.nora))
    dispatch_goods(order, cast.shelf, {line: 50}, Consignment(), key="s", actor=wes)


def test_what_falls_to_what_was_paid_waits_for_no_money(cast: Cast) -> None:
    order = agreed(cast, {cast.mug: 40}, net_days=0)
    mark_paid(order, actor=actor_of(cast.nora))
    raise_to(cast, order, 50)
    line = order.lines.get().pk
    cancel_lines(order, {line: 10}, reason="Kiln broke", key="c", actor=actor_of(cast.sally))
    assert order_status(order.pk).payment == "paid"
    raise_to(cast, order, 30, key="less")
    raise_to(cast, order, 35, key="more")
    order.refresh_from_db()
    assert (order.payment, order.unpaid.amount_minor) == ("partly_paid", 15_00), "what was taken off was given back"


@pytest.mark.django_db(transaction=True)
def test_two_orders_that_rise_at_once_do_not_slip_below_the_limit_together(at_once: AtOnce) -> None:
    market = make_cast()
    orders = [
        accept_order(ordered(market, {market.mug: 10}, key=f"k{n}"), actor=actor_of(market.sally)) for n in range(4)
    ]
    changes = [propose(market, order, quantities(order, mug=20), key=f"p{order.pk}") for order in orders]
    agree(market, 4 * 35_40 + 2 * 35_40)
    jobs = [lambda change=change: accept_amendment(change, actor=actor_of(market.sally)) for change in changes]
    results = at_once(jobs)
    assert sum(isinstance(each, Refused) for each in results) == 2, results
    assert credit_of(market).used.amount_minor <= 6 * 35_40
