"""Nobody raises an order past what their company has laid down: what needs an approval waits for it, as a cart does."""

from typing import Any

import pytest

from backend.accounts.models import User
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.events import log
from backend.events.listeners import listen_once, listeners
from backend.events.models import Event
from backend.inventory.models import StockLevel
from backend.orders.actions import accept_order
from backend.orders.amendments.actions import accept_amendment, decline_amendment, propose_change, withdraw_amendment
from backend.orders.amendments.asking.actions import ask_to_agree, ask_to_change
from backend.orders.amendments.drafting import Wanted
from backend.orders.amendments.models import Amendment
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import CartLine, Order, Requisition
from backend.orders.requisitions.actions import take_up_again, withdraw_requisition
from backend.orders.requisitions.queries import requisition_screen
from backend.orders.rules.spending import spent_this_month
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.orders.ordering import agreed, ordered
from tests.orders.requisitions.asking import approve, hire, limit, reject, rule
from tests.orders.test_amendments import propose, quantities


@pytest.fixture
def ann(cast: Cast) -> User:
    """Approves what is over a limit; Bea orders up to 250.00 (net) at once."""
    ann = hire(cast, "ann")
    rule(cast, ann, over_limit=True)
    limit(cast, cast.bea, order=250_00)
    return ann


def one_mug(cast: Cast) -> Order:
    return accept_order(ordered(cast, {cast.mug: 1}), actor=actor_of(cast.sally))


def would_raise(cast: Cast, order: Order, mugs: int, key: str = "w", **given: Any) -> Requisition:
    """Bea asks for it."""
    order.refresh_from_db()
    wanted = Wanted(quantities={order.lines.get(code=cast.mug.code).pk: mugs}, **given)
    return ask_to_change(order, wanted, reason="Fair", seen_seq=order.last_seq, key=key, actor=actor_of(cast.bea))


def spent(cast: Cast, user: User) -> int:
    with acting_for(cast.cornershop.pk):
        return spent_this_month(cast.cornershop.pk, user.pk, "GBP").amount_minor


def react() -> None:
    log.number_events(10_000)
    while listen_once("backend.orders", listeners()["backend.orders"], 10_000):
        pass


def test_who_may_order_one_does_not_raise_it_to_three_hundred_alone(cast: Cast, ann: User) -> None:
    order = one_mug(cast)
    with pytest.raises(Refused, match=r"needs an approval first\. Ann"):
        propose(cast, order, quantities(order, mug=300))
    asked, again = (would_raise(cast, order, 300) for _ in range(2))
    assert asked == again
    order.refresh_from_db()
    assert (order.commercial, Amendment.objects.count()) == ("accepted", 0), "the seller learns nothing"
    approve(asked, ann)
    amendment = Amendment.objects.get()
    assert (amendment.state, amendment.actor_id, amendment.reason) == ("open", cast.bea.pk, "Fair")
    assert Requisition.objects.get().state == "proposed"
    accept_amendment(amendment, actor=actor_of(cast.sally))
    assert order.lines.get().quantity == 300


def test_what_the_seller_would_raise_is_agreed_to_once_it_is_approved(cast: Cast, ann: User) -> None:
    order = one_mug(cast)
    change = propose(cast, order, quantities(order, mug=300), who="sally")
    with pytest.raises(Refused, match="needs an approval first"):
        accept_amendment(change, actor=actor_of(cast.bea))
    asked, again = (ask_to_agree(change, actor=actor_of(cast.bea)) for _ in range(2))
    assert asked == again
    approve(asked, ann)
    order.refresh_from_db()
    assert (order.commercial, order.lines.get().quantity) == ("accepted", 300)
    assert Requisition.objects.get().state == "agreed"
    assert StockLevel.objects.get(item_id=cast.mug.pk).allocated == 300


def test_what_puts_nothing_on_needs_nobody(cast: Cast) -> None:
    order = accept_order(ordered(cast, {cast.mug: 40, cast.plate: 12}), actor=actor_of(cast.sally))
    rule(cast, hire(cast, "ann"))
    amendment = propose(cast, order, quantities(order, mug=30))
    accept_amendment(amendment, actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="needs an approval first"):
        propose(cast, order, quantities(order, mug=29, plate=24), key="swap")
    order.refresh_from_db()
    with pytest.raises(Conflict, match="Nobody has to approve"):
        would_raise(cast, order, 20)


def test_the_month_counts_what_orders_rise_by_for_whoever_raises_them(cast: Cast) -> None:
    ann, ben = hire(cast, "ann"), hire(cast, "ben", "buyer")
    rule(cast, ann, over_limit=True)
    limit(cast, ben, month=33_00)
    order = one_mug(cast)
    line = order.lines.get().pk

    def by_ben(mugs: int, key: str) -> Amendment:
        order.refresh_from_db()
        wanted = Wanted(quantities={line: mugs})
        return propose_change(order, wanted, reason="x", seen_seq=order.last_seq, key=key, actor=actor_of(ben))

    withdraw_amendment(by_ben(11, "a"), actor=actor_of(ben))
    assert spent(cast, ben) == 0
    change = by_ben(11, "b")
    assert spent(cast, ben) == 29_50, "what is open counts: two can't both slip below"
    accept_amendment(change, actor=actor_of(cast.sally))
    assert (spent(cast, ben), spent(cast, cast.bea)) == (29_50, 2_95)
    with pytest.raises(Refused, match="needs an approval first"):
        by_ben(13, "c")
    by_ben(12, "d")


def test_a_rule_on_new_sellers_looks_past_the_order_itself(cast: Cast) -> None:
    order = one_mug(cast)
    rule(cast, hire(cast, "ann"), new_seller=True)
    with pytest.raises(Refused, match="needs an approval first"):
        propose(cast, order, quantities(order, mug=2))


def test_the_request_shows_the_order_as_it_would_be_with_its_freight(cast: Cast, ann: User) -> None:
    order = agreed(cast, {cast.mug: 40})
    asked = would_raise(cast, order, 110, ship_to={"city": "Hull"})
    with acting_for(cast.cornershop.pk):
        shown = requisition_screen(actor_of(ann), asked)
    (part,) = shown.parts
    (line,) = part.lines
    assert (line.quantity, line.ordered, part.net.amount_minor) == (110, 40, 110 * 250 + 1_500)
    assert [total.amount_minor for total in shown.row.totals] == [34_800]
    assert (shown.order, shown.agrees, shown.ship_to["city"], shown.note) == (order, False, "Hull", "Fair")
    assert not shown.can_take_up_again


def test_rejected_or_withdrawn_the_order_is_as_it_was_and_the_cart_too(cast: Cast, ann: User) -> None:
    order = one_mug(cast)
    reject(would_raise(cast, order, 300), ann)
    withdrawn = would_raise(cast, order, 300, key="again")
    withdraw_requisition(withdrawn, actor=actor_of(cast.bea))
    assert not CartLine.objects.exists()
    with pytest.raises(Refused, match="change it on its page"):
        take_up_again(withdrawn, key="t", actor=actor_of(cast.bea))
    order.refresh_from_db()
    assert (order.commercial, order.lines.get().quantity) == ("accepted", 1)


def test_one_change_of_an_order_waits_at_a_time(cast: Cast, ann: User) -> None:
    order = one_mug(cast)
    would_raise(cast, order, 300)
    with pytest.raises(Conflict, match="waits for an approval inside your company already"):
        would_raise(cast, order, 299, key="other")
    change = propose(cast, order, quantities(order, mug=200), who="sally")
    with pytest.raises(Conflict, match="already"):
        ask_to_agree(change, actor=actor_of(cast.bea))


def test_what_would_come_to_more_than_was_approved_is_not_proposed(cast: Cast, ann: User) -> None:
    order = accept_order(ordered(cast, {cast.mug: 40, cast.plate: 12}), actor=actor_of(cast.sally))
    asked = would_raise(cast, order, 100)
    Requisition.objects.update(change={**asked.change, "total_minor": asked.change["total_minor"] - 1})
    with pytest.raises(Conflict, match="more than was asked for"):
        approve(asked, ann)
    assert not Amendment.objects.exists()


def test_a_yes_to_what_was_answered_meanwhile_comes_to_nothing(cast: Cast, ann: User) -> None:
    order = one_mug(cast)
    change = propose(cast, order, quantities(order, mug=300), who="sally")
    asked = ask_to_agree(change, actor=actor_of(cast.bea))
    decline_amendment(change, reason="No", actor=actor_of(cast.carl))
    with pytest.raises(Conflict, match="no longer open"):
        approve(asked, ann)
    react()
    assert Requisition.objects.get().state == "overtaken"


def test_a_change_of_what_has_ended_comes_to_nothing(cast: Cast, ann: User) -> None:
    order = one_mug(cast)
    would_raise(cast, order, 300)
    cancel_lines(order, {order.lines.get().pk: 1}, reason="Kiln broke", key="c", actor=actor_of(cast.sally))
    for _ in range(2):
        react()
        assert Requisition.objects.get().state == "overtaken"


def test_the_seller_learns_nothing_of_what_waits(cast: Cast, ann: User) -> None:
    order = one_mug(cast)
    before = Order.objects.values().get()
    would_raise(cast, order, 300)
    assert Order.objects.values().get() == before
    told = Event.objects.filter(kind__startswith="orders.requisition")
    assert [event.data for event in told] == [{"buyer": cast.cornershop.pk}]
    with acting_for(cast.northfield.pk):
        assert not Requisition.objects.exists()


@pytest.mark.parametrize("who", ["sally", "otto", "olga", "rita"])
def test_nobody_but_the_buyers_people_asks(cast: Cast, ann: User, who: str) -> None:
    order = one_mug(cast)
    change = propose(cast, order, quantities(order, mug=300), who="sally")
    with pytest.raises(NotAllowed):
        ask_to_agree(change, actor=actor_of(getattr(cast, who)))
    with pytest.raises(NotAllowed):
        ask_to_change(order, Wanted(), reason="x", seen_seq=2, key="k", actor=actor_of(getattr(cast, who)))


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_do_not_slip_below_a_month_together(at_once: AtOnce) -> None:
    market = make_cast()
    orders = [
        accept_order(ordered(market, {market.mug: 1}, key=f"k{n}"), actor=actor_of(market.sally)) for n in range(4)
    ]
    rule(market, hire(market, "ann"), over_limit=True)
    limit(market, market.bea, month=40_00)
    jobs = [
        lambda order=order: propose(market, order, quantities(order, mug=5), key=f"p{order.pk}") for order in orders
    ]
    results = at_once(jobs)
    assert sum(isinstance(each, Amendment) for each in results) == 2, "11.80 each, and 11.80 are ordered"
    assert all(isinstance(each, Amendment | Refused) for each in results), results
