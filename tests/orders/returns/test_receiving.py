"""Goods come back in parts, and one line of them becomes several things: every unit is counted, and counted once."""

from collections.abc import Mapping, Sequence

import pytest

from backend.core.errors import Conflict, Denied, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.inventory.models import Hold, StockMove, Warehouse
from backend.orders.queries import EntryView, entries_between
from backend.orders.returns.actions import approve_return, request_return, resolve_return
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.queries import order_returns
from backend.orders.returns.receiving.actions import close_return_short, inspect_return, receive_return
from backend.orders.returns.states import Outcome
from backend.orders.returns.steps import returnable
from backend.orders.states import Step
from tests.cast import Cast, actor_of
from tests.orders.test_returns import (
    arrive,
    ask,
    come_back,
    delivered,
    look_at,
    on_hand,
    on_its_way,
    settle,
    take_in,
)


@pytest.fixture
def goods(cast: Cast) -> Return:
    """10 of 40 mugs, on their way back."""
    return on_its_way(cast, ask(cast, delivered(cast), 10))


def came(cast: Cast, goods: Return, units: int, *, key: str = "came") -> Return:
    return take_in(cast, goods, {goods.lines.get().pk: units}, key=key)


def looked(cast: Cast, goods: Return, *, key: str = "looked", **units: int) -> Return:
    return look(cast, goods, units, key=key)


def look(cast: Cast, goods: Return, units: Mapping[str, int], *, key: str = "looked") -> Return:
    found = {Outcome(name): n for name, n in units.items()}
    return inspect_return(goods, {goods.lines.get().pk: found}, key=key, actor=actor_of(cast.wes))


def short(cast: Cast, goods: Return, reason: str = "Not in the parcel") -> Return:
    return close_return_short(goods, reason=reason, actor=actor_of(cast.sally))


def told(goods: Return) -> Sequence[EntryView]:
    """The newest first."""
    return entries_between(goods.order_id, 1, 1_000)[::-1]


def left(goods: Return) -> Mapping[int, int]:
    with acting_for(goods.order.seller_id):
        return returnable(goods.order)


def counts(line: ReturnLine) -> tuple[int, int, int]:
    """(received, still expected, closed short)"""
    return line.received, line.expected, line.missing


# --- In parts --------------------------------------------------------------------------------------------------------
def test_what_has_not_come_stays_expected_and_comes_with_a_second_parcel(cast: Cast, goods: Return) -> None:
    came(cast, goods, 4)
    assert (Return.objects.get().status, counts(goods.lines.get())) == ("partly_received", (4, 6, 0))
    came(cast, goods, 6, key="second")
    assert (Return.objects.get().status, counts(goods.lines.get())) == ("received", (10, 0, 0))
    newest = [(each.step, each.contents) for each in told(goods)[:2]]
    assert newest == [
        ("return_received", (("85123A", 6),)),
        ("return_partly", (("85123A", 4),)),
    ]


def test_what_has_come_is_looked_at_and_sold_again_before_the_rest_comes(cast: Cast, goods: Return) -> None:
    came(cast, goods, 4)
    looked(cast, goods, restock=4)
    assert (on_hand(cast), Return.objects.get().status) == (264, "partly_received")
    with pytest.raises(Refused, match="can’t become “Resolved”"):
        resolve_return(goods, actor=actor_of(cast.sally))
    came(cast, goods, 6, key="second")
    looked(cast, goods, restock=5, reject=1, key="second look")
    assert (on_hand(cast), Return.objects.get().status) == (269, "inspected")


def test_what_nobody_has_looked_at_lies_in_one_warehouse(cast: Cast, goods: Return) -> None:
    came(cast, goods, 4)
    north = Warehouse.objects.create(company=cast.northfield, name="North", country="GB")
    with pytest.raises(Refused, match=f"lies in {cast.shelf.name}"):
        take_in(cast, goods, {goods.lines.get().pk: 6}, key="second", into=north)
    looked(cast, goods, restock=4)
    take_in(cast, goods, {goods.lines.get().pk: 6}, key="second", into=north)
    looked(cast, goods, restock=6, key="second look")
    assert list(StockMove.objects.order_by("-seq").values_list("quantity", "level__warehouse")[:2]) == [
        (6, north.pk),
        (4, cast.shelf.pk),
    ]


@pytest.mark.parametrize(
    ("units", "complaint"),
    [(11, "10 of 85123A are still expected, not 11"), (-1, "out of range"), (0, "Say how much of which line")],
)
def test_no_more_comes_than_is_expected_and_no_less_than_something(
    cast: Cast, goods: Return, units: int, complaint: str
) -> None:
    with pytest.raises(Refused, match=complaint):
        came(cast, goods, units)
    with pytest.raises(Refused, match="not of this return"):
        take_in(cast, goods, {goods.order.lines.get().pk + 1_000: 1})
    assert counts(goods.lines.get()) == (0, 10, 0)


def test_a_receipt_and_an_inspection_sent_twice_count_once(cast: Cast, goods: Return) -> None:
    for _ in range(2):
        came(cast, goods, 4)
    assert counts(goods.lines.get()) == (4, 6, 0)
    for _ in range(2):
        looked(cast, goods, restock=3, refund=1)
    assert (on_hand(cast), goods.lines.get().refunded) == (263, 1)


def test_what_is_different_is_said_to_both_sides(cast: Cast, goods: Return) -> None:
    line = {goods.lines.get().pk: 4}
    with pytest.raises(Refused, match="201 characters are too many"):
        receive_return(goods, cast.shelf, line, note="x" * 201, key="r", actor=actor_of(cast.wes))
    receive_return(goods, cast.shelf, line, note="Two jugs, too", key="r", actor=actor_of(cast.wes))
    assert told(goods)[0].note == f"{cast.shelf.name} · Two jugs, too"


# --- What does not come ----------------------------------------------------------------------------------------------
def test_the_seller_expects_no_more_and_says_why(cast: Cast, goods: Return) -> None:
    came(cast, goods, 4)
    with pytest.raises(NotAllowed):
        close_return_short(goods, reason="x", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="Say why"):
        short(cast, goods, " ")
    for _ in range(2):
        short(cast, goods)
    assert (Return.objects.get().status, counts(goods.lines.get())) == ("received", (4, 0, 6))
    assert [each.step for each in told(goods)].count(Step.RETURN_SHORT) == 1
    assert order_returns(goods.order_id).returns[0].short_reason == "Not in the parcel"
    with pytest.raises(Conflict, match="it is: Received"):
        came(cast, goods, 6, key="late")


def test_what_did_not_come_stays_payable_and_may_be_asked_for_again(cast: Cast, goods: Return) -> None:
    came(cast, goods, 4)
    looked(cast, goods, refund=4)
    assert left(goods) == {goods.order.lines.get().pk: 30}
    assert short(cast, goods).status == "inspected"
    resolve_return(goods, actor=actor_of(cast.sally))
    order = goods.order
    order.refresh_from_db()
    assert (order.payable.amount_minor, order.fulfilment) == (36 * 306, "partly_returned")
    assert left(goods) == {order.lines.get().pk: 36}


def test_a_return_of_which_nothing_comes_is_over(cast: Cast, goods: Return) -> None:
    assert short(cast, goods).status == "lapsed"
    assert told(goods)[0].step == "return_lapsed"
    assert left(goods) == {goods.order.lines.get().pk: 40}


# --- What becomes of it ----------------------------------------------------------------------------------------------
def test_one_line_becomes_several_things_and_each_does_what_it_says(cast: Cast, goods: Return) -> None:
    came(cast, goods, 10)
    looked(cast, goods, restock=5, refund=2, replace=2, reject=1)
    assert on_hand(cast) == 265
    goods = resolve_return(goods, actor=actor_of(cast.sally))
    assert goods.refund_net_minor + goods.refund_tax_minor == 7 * 306
    order = goods.order
    order.refresh_from_db()
    line, again = order.lines.order_by("position")
    assert (line.returned, line.refunded, again.quantity, Hold.objects.get().quantity) == (9, 7, 2, 2)
    assert (order.payable.amount_minor, order.commercial) == (33 * 306, "in_progress")
    assert next(each for each in told(goods) if each.step == "return_inspected").outcomes == (
        ("85123A", 5, Outcome.RESTOCK),
        ("85123A", 2, Outcome.REFUND),
        ("85123A", 2, Outcome.REPLACE),
        ("85123A", 1, Outcome.REJECT),
    )


@pytest.mark.parametrize(
    ("units", "complaint"),
    [
        ({"restock": 5, "refund": 6}, "10 of 85123A wait to be looked at, and 11 have an outcome"),
        ({"restock": 9}, "and 9 have an outcome"),
        ({"restock": 11, "reject": -1}, "out of range"),
        ({}, "and 0 have an outcome"),
    ],
)
def test_outcomes_sum_up_to_what_has_come(cast: Cast, goods: Return, units: dict[str, int], complaint: str) -> None:
    came(cast, goods, 10)
    with pytest.raises(Refused, match=complaint):
        look(cast, goods, units)
    with pytest.raises(Refused, match="not of this return"):
        inspect_return(goods, {0: {Outcome.RESTOCK: 10}}, key="l", actor=actor_of(cast.wes))
    assert goods.lines.get().uninspected == 10


def test_the_first_inspection_counts(cast: Cast, goods: Return) -> None:
    came(cast, goods, 4)
    looked(cast, goods, restock=4)
    with pytest.raises(Conflict, match="Somebody was faster"):
        looked(cast, goods, reject=4, key="other")
    came(cast, goods, 6, key="second")
    look_at(cast, goods, Outcome.REJECT)
    with pytest.raises(Conflict, match="it is: Inspected"):
        looked(cast, goods, restock=6, key="third")


def test_a_replacement_may_come_back_in_part_as_well(cast: Cast) -> None:
    order = delivered(cast)
    settle(cast, come_back(cast, ask(cast, order, 5)), Outcome.REPLACE)
    arrive(cast, order, 5)
    again = order.lines.get(replaces__isnull=False)
    goods = ask(cast, order, 5, line=again, key="again")
    approve_return(goods, actor=actor_of(cast.sally))
    came(cast, goods, 2)
    looked(cast, goods, refund=1, reject=1)
    short(cast, goods)
    goods = resolve_return(goods, actor=actor_of(cast.sally))
    paid = order.lines.get(replaces=None)
    assert (goods.refund_net_minor + goods.refund_tax_minor, paid.returned, paid.refunded) == (306, 5, 1)
    again.refresh_from_db()
    assert (again.returned, again.refunded) == (1, 0)


def test_what_lies_on_one_shelf_again_is_one_move_whatever_lines_it_is_of(cast: Cast) -> None:
    order = delivered(cast)
    settle(cast, come_back(cast, ask(cast, order, 5)), Outcome.REPLACE)
    arrive(cast, order, 5)
    both = {line.pk: 5 for line in order.lines.all()}
    goods = request_return(order, both, reason="Chipped", key="both", actor=actor_of(cast.bea))
    look_at(cast, come_back(cast, goods), Outcome.RESTOCK)
    assert StockMove.objects.get(reference=goods.number).quantity == 10


def test_each_step_of_receiving_is_for_its_own_people(cast: Cast, goods: Return) -> None:
    for who in ("bea", "sally", "otto"):
        with pytest.raises(NotAllowed):
            receive_return(goods, cast.shelf, {goods.lines.get().pk: 1}, key="r", actor=actor_of(getattr(cast, who)))
    came(cast, goods, 4)
    with pytest.raises(Denied):
        inspect_return(goods, {}, key="l", actor=actor_of(cast.bea))
