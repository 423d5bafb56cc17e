"""One side proposes a change of an order, the other answers; money and goods are what both have read."""

from datetime import date

import pytest

from backend.catalog.models import TierPrice
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.inventory.models import Hold, StockLevel
from backend.inventory.reconcile import drift
from backend.logistics.actions import dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.amendments.actions import (
    accept_amendment,
    decline_amendment,
    propose_change,
    request_cancellation,
    withdraw_amendment,
)
from backend.orders.amendments.drafting import Wanted
from backend.orders.amendments.models import Amendment
from backend.orders.amendments.queries import open_change
from backend.orders.amounts import worth
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order
from tests.cast import Cast, actor_of, make_sku
from tests.orders.ordering import agreed, ordered


@pytest.fixture
def order(cast: Cast) -> Order:
    """40 mugs and 12 plates for Cornershop, accepted."""
    return accept_order(ordered(cast, {cast.mug: 40, cast.plate: 12}), actor=actor_of(cast.sally))


def propose(
    cast: Cast, order: Order, wanted: Wanted, *, who: str = "bea", seen: int | None = None, key: str = "p"
) -> Amendment:
    order.refresh_from_db()
    seen_seq = order.last_seq if seen is None else seen
    actor = actor_of(getattr(cast, who))
    return propose_change(order, wanted, reason="Stocktaking", seen_seq=seen_seq, key=key, actor=actor)


def quantities(order: Order, **by_code: int) -> Wanted:
    """mug=30, plate=0: so many of each in all."""
    pks = dict(order.lines.values_list("name", "pk"))
    names = {"mug": "Blue enamel mug", "plate": "White dinner plate"}
    return Wanted(quantities={pks[names[name]]: quantity for name, quantity in by_code.items()})


def assert_sums(order: Order) -> None:
    lines = list(order.lines.all())
    assert order.payable_net.amount_minor == sum(worth(line, line.kept).net.amount_minor for line in lines)
    assert order.payable_tax.amount_minor == sum(worth(line, line.kept).tax.amount_minor for line in lines)
    assert order.net_minor == sum(line.net_minor for line in lines)
    assert sum(Hold.objects.values_list("quantity", flat=True)) == sum(line.open_quantity for line in lines)
    assert drift() == []


def test_more_of_one_and_less_of_another_are_agreed_to_and_become_true(cast: Cast, order: Order) -> None:
    amendment = propose(cast, order, quantities(order, mug=50, plate=0))
    order.refresh_from_db()
    assert (order.commercial, order.payable_net.amount_minor) == ("amending", 13_740)
    accept_amendment(amendment, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert order.commercial == "accepted"
    assert (order.payable_net.amount_minor, order.payable_tax.amount_minor) == (12_750, 2_550)
    assert sorted(order.lines.values_list("quantity", "cancelled")) == [(12, 12), (50, 0)]
    assert_sums(order)


def test_both_sides_read_the_money_before_and_after_by_line_and_in_all(cast: Cast, order: Order) -> None:
    propose(cast, order, quantities(order, mug=50))
    proposal = open_change(order.pk).proposal
    assert proposal
    assert [
        (line.before, line.after, line.old_net.amount_minor, line.new_net.amount_minor) for line in proposal.lines
    ] == [(40, 50, 10_200, 12_750)]
    assert (proposal.old_total.amount_minor, proposal.new_total.amount_minor) == (16_488, 19_548)


@pytest.mark.parametrize("who", ["bea", "sally"])
def test_a_line_is_added_at_todays_price_of_this_buyer_whoever_proposes_it(cast: Cast, order: Order, who: str) -> None:
    make_sku("Jug", "J1", cast.crockery, cast.shelf, on_hand=10)
    TierPrice.objects.filter(sku__code="J1", min_quantity=1).update(unit_price_minor=1_000)
    amendment = propose(cast, order, Wanted(added={"J1": 3}), who=who)
    accept_amendment(amendment, actor=actor_of(cast.sally if who == "bea" else cast.bea))
    order.refresh_from_db()
    line = order.lines.get(code="J1")
    assert (line.quantity, line.net_minor, line.position) == (3, 3_000, 3)
    assert StockLevel.objects.get(item_id=line.sku_id).allocated == 3
    assert_sums(order)


def test_a_date_and_an_address_are_changed_without_touching_a_line(cast: Cast, order: Order) -> None:
    with pytest.raises(Refused, match="2020-05-01 has passed"):
        propose(cast, order, Wanted(requested_on=date(2020, 5, 1)))
    wanted = Wanted(requested_on=date(2030, 5, 1), ship_to={"city": "Hull", "street": "2 Low Street"})
    accept_amendment(propose(cast, order, wanted), actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.requested_on, order.ship_to["city"], order.ship_to.get("country", "")) == (
        date(2030, 5, 1),
        "Hull",
        "",
    )
    assert order.payable.amount_minor == 16_488


def test_whom_to_ask_and_what_to_know_stay_with_an_address_that_is_changed_unless_others_are_said(
    cast: Cast, order: Order
) -> None:
    Order.objects.filter(pk=order.pk).update(ship_to={"city": "York", "contact": "Bea, 01904 1", "note": "Ring twice"})
    order.refresh_from_db()
    accept_amendment(propose(cast, order, Wanted(ship_to={"city": "Hull"})), actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.ship_to["contact"], order.ship_to["note"]) == ("Bea, 01904 1", "Ring twice")
    said = Wanted(ship_to={"city": "Hull", "contact": "Max", "note": ""})
    accept_amendment(propose(cast, order, said, key="other"), actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert order.ship_to == {"city": "Hull", "contact": "Max", "country": ""}


def test_nothing_is_promised_before_both_agree_and_too_little_is_said_then(cast: Cast, order: Order) -> None:
    amendment = propose(cast, order, quantities(order, mug=301))
    assert StockLevel.objects.get(item_id=cast.mug.pk).allocated == 40
    with pytest.raises(Refused, match="Only 260 of 85123A are left, not 261"):
        accept_amendment(amendment, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.commercial, open_change(order.pk).proposal is None) == ("amending", False)


def test_what_is_declined_or_withdrawn_leaves_the_order_as_it_was(cast: Cast, order: Order) -> None:
    decline_amendment(propose(cast, order, quantities(order, mug=50)), reason="No", actor=actor_of(cast.sally))
    amendment = propose(cast, order, quantities(order, mug=20), key="again")
    withdraw_amendment(amendment, actor=actor_of(cast.bea))
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor, order.lines.get(code="85123A").quantity) == (
        "accepted",
        16_488,
        40,
    )


def test_one_change_is_open_whatever_its_kind(cast: Cast, order: Order) -> None:
    propose(cast, order, quantities(order, mug=50))
    with pytest.raises(Refused, match="one at a time"):
        propose(cast, order, quantities(order, mug=45), who="sally", key="other")
    with pytest.raises(Refused, match="one at a time"):
        request_cancellation(order, {}, reason="x", key="c", actor=actor_of(cast.bea))


def test_a_change_made_on_an_older_order_is_a_conflict_with_the_difference(cast: Cast, order: Order) -> None:
    seen = order.last_seq
    line = order.lines.get(code="85123A").pk
    cancel_lines(order, {line: 5}, reason="Chipped", key="c", actor=actor_of(cast.sally))
    with pytest.raises(Conflict, match="Taken off the order") as conflict:
        propose(cast, order, quantities(order, mug=50), seen=seen)
    assert conflict.value.detail == {"steps": ["lines_cancelled"]}


def test_what_is_sent_stays_on_the_order(cast: Cast, order: Order) -> None:
    line = order.lines.get(code="85123A").pk
    dispatch_goods(order, cast.shelf, {line: 30}, Consignment(), key="s", actor=actor_of(cast.wes))
    with pytest.raises(Refused, match="30 of 85123A are sent already"):
        propose(cast, order, quantities(order, mug=29))
    amendment = propose(cast, order, quantities(order, mug=30, plate=0), key="again")
    with pytest.raises(Refused, match="Change proposed"):
        dispatch_goods(order, cast.shelf, {line: 10}, Consignment(), key="t", actor=actor_of(cast.wes))
    accept_amendment(amendment, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.commercial, order.fulfilment) == ("in_progress", "dispatched")
    assert_sums(order)


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        (Wanted(), "Nothing would change"),
        (Wanted(added={"NONE": 1}), "Northfield has no NONE for sale"),
        (Wanted(added={"85123A": 1}), "on the order already"),
        (Wanted(added={"J2": 5}), "J2: 5 can't be ordered"),
    ],
)
def test_what_cannot_be_is_said(cast: Cast, order: Order, wanted: Wanted, complaint: str) -> None:
    make_sku("Bowl", "J2", cast.crockery, cast.shelf, on_hand=10, case_pack=6)
    with pytest.raises(Refused, match=complaint):
        propose(cast, order, wanted)


def test_an_order_is_not_emptied_by_a_change(cast: Cast, order: Order) -> None:
    with pytest.raises(Refused, match="cancel it instead"):
        propose(cast, order, quantities(order, mug=0, plate=0))


@pytest.mark.parametrize("who", ["wes", "rita", "otto"])
def test_only_those_who_speak_for_a_side_propose(cast: Cast, order: Order, who: str) -> None:
    with pytest.raises(NotAllowed):
        propose(cast, order, quantities(order, mug=1), who=who)


def test_freight_stays_part_of_what_is_payable_and_goes_with_the_last_unit(cast: Cast) -> None:
    order = agreed(cast, {cast.mug: 40, cast.plate: 12})
    assert (order.net_minor, order.tax_minor) == (14_500, 2_900)
    accept_amendment(propose(cast, order, quantities(order, mug=50, plate=0)), actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.payable_net.amount_minor, order.payable_tax.amount_minor) == (14_000, 2_800)
    lines = {order.lines.get(code=cast.mug.code).pk: 50}
    cancel_lines(order, lines, reason="Kiln broke", key="c", actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert (order.commercial, order.payable.amount_minor) == ("cancelled", 0)


def test_who_asks_to_cancel_everything_reads_that_the_freight_goes_too(cast: Cast) -> None:
    order = agreed(cast, {cast.mug: 40})
    amendment = request_cancellation(order, {}, reason="Closed", key="c", actor=actor_of(cast.bea))
    assert (amendment.new_net_minor, amendment.new_tax_minor) == (0, 0)
    accept_amendment(amendment, actor=actor_of(cast.sally))
    order.refresh_from_db()
    assert order.payable.amount_minor == 0


def test_the_same_proposal_sent_twice_is_one(cast: Cast, order: Order) -> None:
    assert propose(cast, order, quantities(order, mug=50)) == propose(cast, order, quantities(order, mug=50), seen=2)
