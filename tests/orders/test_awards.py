"""A buyer awards an enquiry in parts: each seller an order at exactly his prices, all or none, and never more than was
asked for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.catalog.models import Sku
from backend.core.errors import Conflict, Denied, NotAllowed, Refused
from backend.core.money import Money, UnitPrice
from backend.core.row_security import acting_for
from backend.inventory.actions import adjust_stock
from backend.inventory.models import Hold, StockLevel
from backend.inventory.reconcile import drift
from backend.negotiation.actions import withdraw_offer
from backend.negotiation.enquiries.actions import Asked
from backend.negotiation.models import Award, Enquiry, EnquiryLine, Entry, Revision, Room
from backend.negotiation.terms import OfferedLine
from backend.orders.agreements.queries import agreement_of
from backend.orders.awards.actions import Choice, award_enquiry
from backend.orders.models import Order
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.live import assert_live
from tests.negotiation.haggling import new_key, offer
from tests.negotiation.test_bids import bid, rivals
from tests.orders.test_agreements import accept


def room_of(cast: Cast, enquiry: Enquiry, seller: str) -> Room:
    return Room.objects.with_parties().get(enquiry=enquiry, seller=getattr(cast, seller))


def with_kettles(cast: Cast) -> None:
    """Eastwick has 307 by now."""
    adjust_stock(cast.kettle, cast.barn, by=300, reason="found", key="300", actor=actor_of(cast.otto))


def contest(cast: Cast, **given: Any) -> Enquiry:
    """Northfield offers mugs and plates, Eastwick mugs; both in part, too, if nothing else is said."""
    enquiry = rivals(cast)
    with_kettles(cast)
    bid(cast, enquiry, cast.sally, "240", plates="290", **{"may_split": True} | given)
    bid(cast, enquiry, cast.otto, "230", **{"may_split": True} | given)
    return enquiry


def choose(cast: Cast, enquiry: Enquiry, seller: str, quantities: Mapping[int, int] | None = None) -> Choice:
    """`quantities` by the lines' positions."""
    lines = dict(EnquiryLine.objects.filter(enquiry=enquiry).values_list("position", "pk"))
    room = room_of(cast, enquiry, seller)
    return Choice(room.pk, room.head, {lines[position]: n for position, n in (quantities or {}).items()})


def award(cast: Cast, enquiry: Enquiry, *choices: Choice, by: User | None = None, **given: Any) -> list[Order]:
    usual: dict[str, Any] = {"key": new_key(), "actor": actor_of(by or cast.bea)}
    return list(award_enquiry(enquiry, choices, **usual | given))


def test_each_seller_gets_an_order_of_his_part_at_exactly_his_prices(cast: Cast) -> None:
    enquiry = contest(cast)
    choices = choose(cast, enquiry, "northfield", {1: 40, 2: 24}), choose(cast, enquiry, "eastwick", {1: 60})
    east, north = sorted(award(cast, enquiry, *choices, po_number="PO-7"), key=lambda order: order.seller.name)
    assert [(line.code, line.quantity, line.unit_price_minor) for line in north.lines.all()] == [
        (cast.mug.code, 40, Decimal(240)), (cast.plate.code, 24, Decimal(290))
    ]  # fmt: skip
    assert [(line.code, line.quantity, line.unit_price_minor) for line in east.lines.all()] == [
        (cast.kettle.code, 60, Decimal(230))
    ]
    for order in (north, east):
        order.refresh_from_db()
        assert (order.commercial, order.po_number, order.freight_minor) == ("accepted", "PO-7", 1_500)
    assert north.net_minor == 40 * 240 + 24 * 290 + 1_500
    assert Enquiry.objects.get().status == "awarded"
    assert set(Room.objects.values_list("status", flat=True)) == {"ordered"}
    assert sorted(Award.objects.values_list("quantity", flat=True)) == [24, 40, 60]
    assert not drift()


def test_the_part_is_an_offer_of_its_own_that_both_sides_can_check(cast: Cast) -> None:
    enquiry = contest(cast)
    (order,) = award(cast, enquiry, choose(cast, enquiry, "eastwick", {1: 60}))
    with acting_for(cast.eastwick.pk):
        agreement = agreement_of(order)
    assert hashlib.sha256(agreement.text.encode()).hexdigest() == agreement.digest
    said = json.loads(agreement.text)
    assert [(line["quantity"], line["unit_price_minor"]) for line in said["lines"]] == [(60, "230")]
    assert (said["revision"], said["freight_minor"], said["may_split"]) == (2, 1_500, True)
    words = [entry.word for entry in Entry.objects.filter(room__seller=cast.eastwick)]
    assert words == ["asked", "offered", "part", "ordered"]


def test_the_whole_of_an_offer_is_accepted_as_it_was_made(cast: Cast) -> None:
    enquiry = contest(cast, may_split=False)
    (order,) = award(cast, enquiry, choose(cast, enquiry, "northfield"))
    assert order.agreement == Revision.objects.get(room__seller=cast.northfield)
    losers = Room.objects.get(seller=cast.eastwick)
    assert losers.status == "declined"
    assert Entry.objects.filter(room=losers).last().word == "not_chosen"  # type: ignore[union-attr]


def test_what_is_offered_only_as_a_whole_is_not_split(cast: Cast) -> None:
    enquiry = contest(cast, may_split=False)
    with pytest.raises(Refused, match="Northfield offers this only as a whole"):
        award(cast, enquiry, choose(cast, enquiry, "northfield", {1: 100}))
    assert award(cast, enquiry, choose(cast, enquiry, "northfield", {1: 100, 2: 24}))


def test_who_changes_an_offer_meanwhile_is_a_conflict_and_nothing_is_half_done(cast: Cast) -> None:
    enquiry = contest(cast)
    choices = choose(cast, enquiry, "northfield", {2: 24}), choose(cast, enquiry, "eastwick", {1: 100})
    bid(cast, enquiry, cast.otto, "260", may_split=True)
    with pytest.raises(Conflict, match="Another offer is on the table than the one that you saw: Eastwick") as conflict:
        award(cast, enquiry, *choices)
    assert conflict.value.detail == {"rooms": [room_of(cast, enquiry, "eastwick").pk]}
    assert not Order.objects.exists()
    assert not Award.objects.exists()
    assert Enquiry.objects.get().status == "open"


def test_no_more_is_ordered_of_several_than_was_asked_for(cast: Cast) -> None:
    enquiry = contest(cast)
    with pytest.raises(Refused, match="120 of “Blue enamel mug” would be ordered in all, and 100 were asked for"):
        award(cast, enquiry, choose(cast, enquiry, "northfield", {1: 60}), choose(cast, enquiry, "eastwick", {1: 60}))
    assert not Order.objects.exists()
    award(cast, enquiry, choose(cast, enquiry, "eastwick", {1: 60}), keep_others=True)
    with pytest.raises(Refused, match="160 of"):
        accept(cast, room_of(cast, enquiry, "northfield"))
    offer(cast, room_of(cast, enquiry, "northfield"), by=cast.bea)
    with pytest.raises(Refused, match="doesn’t need as much") as told:
        accept(cast, room_of(cast, enquiry, "northfield"), by=cast.sally)
    assert not any(digit in told.value.message for digit in "0123456789"), "how much others got is not his to know"
    bid(cast, enquiry, cast.sally, "240", may_split=True)
    award(cast, enquiry, choose(cast, enquiry, "northfield", {1: 40}))
    assert sorted(Award.objects.values_list("quantity", flat=True)) == [40, 60]


@pytest.mark.parametrize(
    ("seller", "quantities", "said"),
    [("eastwick", {2: 24}, "doesn’t offer all"), ("eastwick", {1: 101}, "offers 100 of a line, not 101")],
)
def test_what_was_not_offered_is_not_taken(cast: Cast, seller: str, quantities: dict[int, int], said: str) -> None:
    enquiry = contest(cast)
    with pytest.raises(Refused, match=said):
        award(cast, enquiry, choose(cast, enquiry, seller, quantities))
    with pytest.raises(Refused, match="how much"):
        award(cast, enquiry)


def test_if_one_seller_has_too_little_nobody_gets_an_order(cast: Cast) -> None:
    enquiry = contest(cast)
    StockLevel.objects.filter(item_id=cast.kettle.pk).update(safety=300)
    with pytest.raises(Refused, match="Fewer than 60 of 85123A are left"):
        award(cast, enquiry, choose(cast, enquiry, "northfield", {2: 24}), choose(cast, enquiry, "eastwick", {1: 60}))
    assert not Order.objects.exists()
    assert set(Room.objects.values_list("status", flat=True)) == {"awaiting_buyer"}


@pytest.mark.parametrize("who", ["sally", "otto", "olga"])
def test_who_does_not_order_for_the_buyer_awards_nothing(cast: Cast, who: str) -> None:
    enquiry = contest(cast)
    with pytest.raises(NotAllowed):
        award(cast, enquiry, choose(cast, enquiry, "eastwick"), by=getattr(cast, who))


def test_awarded_twice_it_is_ordered_once(cast: Cast) -> None:
    enquiry = contest(cast)
    choice = choose(cast, enquiry, "eastwick", {1: 60})
    assert len({award(cast, enquiry, choice, key="same")[0].pk for _ in range(2)}) == 1
    assert Order.objects.count() == 1


def test_what_was_held_for_the_losers_is_free_again(cast: Cast) -> None:
    enquiry = rivals(cast)
    with_kettles(cast)
    bid(cast, enquiry, cast.sally, "240", holds_stock=True)
    bid(cast, enquiry, cast.otto, "230", holds_stock=True, may_split=True)
    (order,) = award(cast, enquiry, choose(cast, enquiry, "eastwick", {1: 60}))
    assert {(hold.subject, hold.quantity) for hold in Hold.objects.all()} == {(order.subject, 60)}
    assert not drift()


def test_a_buyer_awards_on_the_board_and_is_shown_what_has_changed(cast: Cast) -> None:
    enquiry, bea = contest(cast), Client()
    bea.force_login(cast.bea)
    page = f"/c/cornershop/negotiations/enquiries/{enquiry.pk}/"
    form = bea.get(page).context["award"]
    begun = {name: field.initial for name, field in form.fields.items() if name.startswith(("take", "seen"))}
    assert sorted(str(n) for name, n in begun.items() if name.startswith("take") and n) == ["100", "24"]
    typed = {name: str(value or "") for name, value in begun.items()} | {"key": "one"}
    bid(cast, enquiry, cast.otto, "260", may_split=True)
    late = bea.post(f"{page}awards/", typed)
    shown = late.content.decode()
    assert late.status_code == 409
    assert "£2.30" in shown
    assert "£2.60" in shown
    room = room_of(cast, enquiry, "eastwick")
    assert f'name="seen-{room.pk}" value="2"' in shown
    done = bea.post(f"{page}awards/", typed | {f"seen-{room.pk}": "2", "key": "two"})
    assert (done.status_code, done["Location"]) == (303, page)
    assert {order.total for order in Order.objects.all()} == {
        Money(round((100 * 260 + 1_500) * 1.2)), Money(round((24 * 290 + 1_500) * 1.2))
    }  # fmt: skip
    assert "Order" in bea.get(page).content.decode()


def test_an_award_reaches_everybodys_page(cast: Cast) -> None:
    enquiry = contest(cast)
    clients = {}
    for user in (cast.bea, cast.sally, cast.otto):
        clients[user] = Client()
        clients[user].force_login(user)
    rooms = {slug: room_of(cast, enquiry, slug).pk for slug in ("northfield", "eastwick")}
    with (
        assert_live(clients[cast.bea], f"/c/cornershop/negotiations/enquiries/{enquiry.pk}/"),
        assert_live(clients[cast.sally], f"/c/northfield/negotiations/{rooms['northfield']}/"),
        assert_live(clients[cast.otto], f"/c/eastwick/negotiations/{rooms['eastwick']}/"),
    ):
        award(cast, enquiry, choose(cast, enquiry, "eastwick", {1: 60}))


@pytest.mark.django_db(transaction=True)
def test_of_awards_acceptances_and_new_offers_at_once_what_is_ordered_adds_up(at_once: AtOnce) -> None:
    cast = make_cast()
    enquiry = contest(cast)
    east, north = (choose(cast, enquiry, "eastwick", {1: 60}), choose(cast, enquiry, "northfield", {1: 40}))
    jobs = [
        lambda: award(cast, enquiry, east, north),
        lambda: award(cast, enquiry, north, keep_others=True),
        lambda: accept(cast, room_of(cast, enquiry, "eastwick"), number=1),
        lambda: bid(cast, enquiry, cast.otto, "210", may_split=True),
        lambda: offer(cast, room_of(cast, enquiry, "northfield"), "200", by=cast.bea, answers=1),
    ]
    results = at_once(jobs)
    assert all(isinstance(each, Denied) for each in results if isinstance(each, Exception)), results
    mugs = EnquiryLine.objects.get(enquiry=enquiry, position=1)
    assert sum(Award.objects.filter(line=mugs).values_list("quantity", flat=True)) <= 100
    for order in Order.objects.all():
        assert order.agreement
        assert [(line.sku_id, line.quantity, line.unit_price_minor) for line in order.lines.all()] == [
            (line.sku_id, line.quantity, line.unit_price_minor) for line in order.agreement.lines.all()
        ]
    assert not drift()


# --- Whatever happens in whichever order -----------------------------------------------------------------------------
MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["bid", "bid", "hold", "whole", "counter", "accept", "award", "award both", "stale", "withdraw"]
        ),
        st.sampled_from(["northfield", "eastwick"]),
        st.integers(1, 130),
    ),
    max_size=14,
)


@settings(max_examples=15)
@given(MOVES)
def test_no_sequence_orders_more_than_was_asked_another_price_or_holds_stock_for_nobody(
    cast: Cast, moves: list[tuple[str, str, int]]
) -> None:
    enquiry = rivals(cast, lines=[Asked(cast.mug.pk, 100), Asked(cast.kettle.pk, 100)])
    adjust_stock(cast.kettle, cast.barn, by=300, reason="found", key=new_key(), actor=actor_of(cast.otto))
    people = {"northfield": (cast.sally, cast.mug), "eastwick": (cast.otto, cast.kettle)}
    for move, seller, n in moves:
        by, sku = people[seller]
        try:
            make_move(cast, enquiry, move, seller, by, sku, n)
        except Denied:
            continue
    check(enquiry)


def make_move(cast: Cast, enquiry: Enquiry, move: str, seller: str, by: User, sku: Sku, n: int) -> object:
    room = room_of(cast, enquiry, seller)
    part = choose(cast, enquiry, seller, {1: n})
    if move in ("bid", "hold", "whole"):
        return bid(cast, enquiry, by, str(200 + n), quantity=n, may_split=move != "whole", holds_stock=move == "hold")
    if move == "counter":
        return offer(cast, room, by=cast.bea, lines=[OfferedLine(sku.pk, n, UnitPrice(Decimal(150)))])
    if move == "accept":
        return accept(cast, room, by=by if n % 2 else cast.bea)
    if move == "withdraw":
        return withdraw_offer(room, answers=room.head, actor=actor_of(by))
    if move == "stale":
        return award(cast, enquiry, replace(part, number=room.head - 1))
    others = [choose(cast, enquiry, "northfield", {1: 100 - n}), choose(cast, enquiry, "eastwick", {1: n})]
    return award(cast, enquiry, *(others if move == "award both" else [part]), keep_others=bool(n % 2))


def check(enquiry: Enquiry) -> None:
    (line,) = EnquiryLine.objects.filter(enquiry=enquiry)
    shares = list(Award.objects.filter(line=line).values_list("quantity", flat=True))
    assert len(shares) < 2 or sum(shares) <= line.quantity
    for room in Room.objects.filter(enquiry=enquiry):
        orders = list(Order.objects.filter(agreement__room=room))
        assert len(orders) == (room.status == "ordered")
        head = Revision.objects.filter(room=room, number=room.head).first()
        for order in orders:
            assert order.agreement == head
            assert lines_of(order) == lines_of(order.agreement)
            assert is_within(order.agreement)
        held = sum(hold.quantity for hold in Hold.objects.filter(subject=room.hold_subject))
        promised = head.lines.get().quantity if head and head.holds_stock and room.is_open else 0
        assert held == promised
    assert bool(shares) == (Enquiry.objects.get(pk=enquiry.pk).status == "awarded")
    assert not drift()


def lines_of(of: Order | Revision | None) -> list[tuple[int, int, Decimal]]:
    return [(line.sku_id, line.quantity, line.unit_price_minor) for line in of.lines.all()] if of else []


def is_within(agreed: Revision | None) -> bool:
    """What the buyer took for himself as a part is no more than the offer that it answers, and no dearer or cheaper."""
    if not agreed or not Entry.objects.filter(room=agreed.room_id, word="part", revision=agreed.number).exists():
        return True
    offered = {
        sku: (n, price) for sku, n, price in lines_of(Revision.objects.get(room=agreed.room_id, number=agreed.answers))
    }
    return all(n <= offered[sku][0] and price == offered[sku][1] for sku, n, price in lines_of(agreed))
