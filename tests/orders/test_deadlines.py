"""What nobody answers, or sends, in time ends by the database's clock: once, and only if nobody was faster."""

from datetime import timedelta

import pytest
from django.db.models import Model
from django.db.models.functions import Now

from backend.core.errors import Denied, NotAllowed, Refused
from backend.logistics.actions import dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.amendments.actions import accept_amendment, decline_amendment, propose_change, request_cancellation
from backend.orders.amendments.drafting import Wanted
from backend.orders.amendments.models import Amendment
from backend.orders.disputes.actions import open_dispute, withdraw_dispute
from backend.orders.disputes.states import DisputeReason
from backend.orders.models import Order
from backend.orders.returns.actions import approve_return, reject_return, send_return, trace_return
from backend.orders.returns.models import Return
from backend.orders.returns.receiving.actions import close_return_short
from backend.orders.returns.states import Outcome
from backend.orders.tasks import close_orders, expire_changes, pass_return_deadlines
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.orders.ordering import ordered
from tests.orders.test_returns import ask, delivered, look_at, on_its_way, settle, take_in


def accepted(cast: Cast) -> Order:
    return accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))


def change(cast: Cast, order: Order, *, who: str = "bea") -> Amendment:
    order.refresh_from_db()
    wanted, actor = Wanted(quantities={order.lines.get().pk: 50}), actor_of(getattr(cast, who))
    return propose_change(order, wanted, reason="More", seen_seq=order.last_seq, key="p", actor=actor)


def cancellation(cast: Cast, order: Order) -> Amendment:
    return request_cancellation(order, {}, reason="Too many", key="c", actor=actor_of(cast.bea))


def steps(order: Order) -> list[str]:
    return [entry.step for entry in order.entries.order_by("seq")]


def days_left(row: Model, name: str) -> int:
    """To a moment of a row, by the database's clock, in whole days."""
    now = type(row)._base_manager.filter(pk=row.pk).values_list(Now(), flat=True).get()
    left: timedelta = getattr(row, name) - now
    return round(left / timedelta(days=1))


# --- Changes and cancellations ---------------------------------------------------------------------------------------
def test_a_change_that_nobody_answers_leaves_the_order_as_it_was(cast: Cast) -> None:
    order = accepted(cast)
    amendment = change(cast, order)
    assert (days_left(amendment, "answer_by"), expire_changes(0)) == (7, 0)
    Amendment.objects.update(answer_by=Now())
    assert (expire_changes(0), expire_changes(0)) == (1, 0)
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor) == ("accepted", 40 * 306)
    assert steps(order)[-1] == "amendment_expired"
    with pytest.raises(Denied, match="Not answered in time"):
        accept_amendment(amendment, actor=actor_of(cast.sally))


def test_a_cancellation_that_nobody_answers_lets_the_order_go_on(cast: Cast) -> None:
    order = accepted(cast)
    assert days_left(cancellation(cast, order), "answer_by") == 2
    line, wes = order.lines.get().pk, actor_of(cast.wes)
    with pytest.raises(Refused):
        dispatch_goods(order, cast.shelf, {line: 40}, Consignment(), key="s", actor=wes)
    Amendment.objects.update(answer_by=Now())
    assert expire_changes(0) == 1
    assert steps(order)[-1] == "cancel_expired"
    dispatch_goods(order, cast.shelf, {line: 40}, Consignment(), key="s", actor=wes)


def test_what_was_answered_does_not_expire(cast: Cast) -> None:
    amendment = change(cast, accepted(cast))
    decline_amendment(amendment, reason="No", actor=actor_of(cast.sally))
    Amendment.objects.update(answer_by=Now())
    assert expire_changes(0) == 0


# --- Returns ---------------------------------------------------------------------------------------------------------
def test_a_return_that_the_seller_does_not_answer_is_approved(cast: Cast) -> None:
    goods = ask(cast, delivered(cast), 10)
    assert (days_left(goods, "due_at"), pass_return_deadlines(0)) == (7, 0)
    Return.objects.update(due_at=Now())
    assert (pass_return_deadlines(0), pass_return_deadlines(0)) == (1, 0)
    goods.refresh_from_db()
    assert (goods.status, days_left(goods, "due_at"), steps(goods.order)[-1]) == ("approved", 30, "return_unanswered")
    with pytest.raises(Denied):
        reject_return(goods, reason="Too late", actor=actor_of(cast.sally))
    assert send_return(goods, actor=actor_of(cast.bea)).status == "in_transit"


def test_a_return_that_is_never_sent_lapses_and_the_order_can_close(cast: Cast) -> None:
    order = delivered(cast)
    approve_return(ask(cast, order, 10), actor=actor_of(cast.sally))
    Order.objects.update(closes_at=Now())
    assert close_orders(0) == 0
    Return.objects.update(due_at=Now())
    assert pass_return_deadlines(0) == 1
    assert (Return.objects.get().status, Return.objects.get().due_at) == ("lapsed", None)
    assert steps(order)[-1] == "return_lapsed"
    assert close_orders(0) == 1


def due(goods: Return) -> Return:
    Return.objects.filter(pk=goods.pk).update(due_at=Now())
    pass_return_deadlines(0)
    goods.refresh_from_db()
    return goods


def test_of_a_return_that_never_arrives_both_are_reminded_and_then_it_is_over(cast: Cast) -> None:
    order = delivered(cast)
    goods = on_its_way(cast, ask(cast, order, 10))
    goods.refresh_from_db()
    assert days_left(goods, "due_at") == 21
    due(goods)
    assert (goods.status, days_left(goods, "due_at"), steps(order)[-1]) == ("in_transit", 21, "return_overdue")
    due(goods)
    assert (goods.status, goods.due_at, steps(order)[-1]) == ("lapsed", None, "return_lapsed")
    Order.objects.update(closes_at=Now())
    assert close_orders(0) == 1, "and nothing keeps the order open"


def test_a_buyer_who_says_that_it_is_on_its_way_is_waited_for_anew(cast: Cast) -> None:
    order = delivered(cast)
    goods, bea = on_its_way(cast, ask(cast, order, 10)), actor_of(cast.bea)
    with pytest.raises(Refused, match="Say its tracking number"):
        trace_return(goods, tracking_number=" ", actor=bea)
    with pytest.raises(NotAllowed):
        trace_return(goods, tracking_number="RM9", actor=actor_of(cast.sally))
    due(goods)
    before = len(steps(order))
    for _ in range(2):
        assert trace_return(goods, tracking_number="RM9", actor=bea).reminded_at is None
    assert (steps(order)[-1], len(steps(order))) == ("return_sent", before + 1)
    assert due(goods).status == "in_transit", "both are reminded once more before it is over"
    assert (days_left(goods, "due_at"), goods.tracking_number) == (21, "RM9")
    close_return_short(goods, reason="The carrier lost it", actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="not on its way"):
        trace_return(goods, tracking_number="RM10", actor=bea)


def part_of(cast: Cast, goods: Return, units: int = 4) -> Return:
    goods = take_in(cast, goods, {goods.lines.get().pk: units}, key=f"part of {units}")
    goods.refresh_from_db()
    return goods


def test_of_a_return_that_came_in_part_both_are_reminded_and_then_the_rest_is_given_up(cast: Cast) -> None:
    goods = part_of(cast, on_its_way(cast, ask(cast, delivered(cast), 10)))
    assert (goods.status, days_left(goods, "due_at")) == ("partly_received", 21)
    due(goods)
    assert (goods.status, days_left(goods, "due_at"), steps(goods.order)[-1]) == (
        "partly_received", 21, "return_overdue"
    )  # fmt: skip
    assert goods.order.entries.latest("seq").data["contents"] == [["85123A", 6]], "what is asked about is the rest"
    due(goods)
    assert (goods.status, goods.due_at, steps(goods.order)[-1]) == ("received", None, "return_short")
    settle(cast, goods, Outcome.REFUND)
    order = Order.objects.get()
    assert (order.payable.amount_minor, order.lines.get().returned) == (36 * 306, 4), "the rest stays payable"
    assert ask(cast, order, 36, key="again").nth == 2


def test_what_has_come_in_part_and_was_looked_at_only_waits_to_be_settled(cast: Cast) -> None:
    goods = part_of(cast, on_its_way(cast, ask(cast, delivered(cast), 10)))
    look_at(cast, goods, Outcome.REFUND)
    assert days_left(goods, "due_at") == 21
    due(goods)
    assert due(goods).status == "inspected"


def test_each_part_that_comes_and_each_word_of_the_buyer_is_waited_on_anew(cast: Cast) -> None:
    goods = due(on_its_way(cast, ask(cast, delivered(cast), 10)))
    assert part_of(cast, goods).reminded_at is None
    assert part_of(cast, due(goods), 2).reminded_at is None
    assert (goods.order.lines.count(), days_left(Return.objects.get(), "due_at")) == (1, 21)
    traced = trace_return(due(goods), tracking_number="RM10", actor=actor_of(cast.bea))
    assert (traced.status, traced.tracking_number, traced.reminded_at) == ("partly_received", "RM10", None)
    part_of(cast, goods, 1)
    assert part_of(cast, goods, 3).due_at is None, "all of it has come"


def test_no_return_lapses_as_long_as_its_order_is_disputed(cast: Cast) -> None:
    goods = due(on_its_way(cast, ask(cast, delivered(cast), 10)))
    dispute = open_dispute(
        goods.order, DisputeReason.REFUND, words="It was handed over", key="d", actor=actor_of(cast.bea)
    )
    assert due(goods).status == "in_transit"
    withdraw_dispute(dispute, actor=actor_of(cast.bea))
    assert pass_return_deadlines(0) == 1


# --- At the same moment ----------------------------------------------------------------------------------------------
@pytest.fixture
def market(transactional_db: None) -> Cast:
    return make_cast()


@pytest.mark.parametrize("yes", [True, False])
def test_an_answer_and_the_clock_have_one_winner(market: Cast, at_once: AtOnce, yes: bool) -> None:
    order, sally = accepted(market), actor_of(market.sally)
    amendment = change(market, order)
    Amendment.objects.update(answer_by=Now())
    answers = [
        lambda: (
            accept_amendment(amendment, actor=sally) if yes else decline_amendment(amendment, reason="No", actor=sally)
        )
    ]
    at_once([*answers, lambda: expire_changes(0), lambda: expire_changes(0)])
    order.refresh_from_db()
    amendment.refresh_from_db()
    assert amendment.state in ("accepted" if yes else "declined", "expired")
    assert order.lines.get().quantity == (50 if amendment.state == "accepted" else 40)
    assert (order.commercial, len(steps(order))) == ("accepted", 4)


def test_of_an_answer_to_a_return_its_sending_and_the_clock_one_wins(market: Cast, at_once: AtOnce) -> None:
    order = delivered(market)
    goods, bea, sally = ask(market, order, 5), actor_of(market.bea), actor_of(market.sally)
    before = len(steps(order))
    Return.objects.update(due_at=Now())
    at_once([lambda: reject_return(goods, reason="No", actor=sally), *[lambda: pass_return_deadlines(0)] * 2])
    assert (Return.objects.get().status in ("rejected", "approved"), len(steps(order))) == (True, before + 1)
    again = approve_return(ask(market, order, 5, key="again"), actor=sally)
    before = len(steps(order))
    Return.objects.filter(pk=again.pk).update(due_at=Now())
    at_once([lambda: send_return(again, actor=bea), *[lambda: pass_return_deadlines(0)] * 2])
    again.refresh_from_db()
    assert (again.status in ("in_transit", "lapsed"), len(steps(order))) == (True, before + 1)


def test_of_tracing_a_return_its_arrival_and_the_clock_one_wins(market: Cast, at_once: AtOnce) -> None:
    order, bea = delivered(market), actor_of(market.bea)
    goods = due(on_its_way(market, ask(market, order, 5)))
    before = len(steps(order))
    Return.objects.update(due_at=Now())
    traced, *_clocks = at_once(
        [lambda: trace_return(goods, tracking_number="RM9", actor=bea), *[lambda: pass_return_deadlines(0)] * 2]
    )
    found = Return.objects.get()
    assert (found.status, isinstance(traced, Refused)) in (("in_transit", False), ("lapsed", True))
    assert len(steps(order)) == before + 1
