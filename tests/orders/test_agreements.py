"""What two companies agree on is exactly what is ordered: once, whole, and of the offer that both have seen."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.core.errors import Conflict, Denied, NotAllowed, Refused
from backend.core.money import Money, UnitPrice
from backend.core.row_security import acting_for
from backend.inventory.models import Hold, StockLevel
from backend.inventory.reconcile import drift
from backend.negotiation.actions import decline_offer, withdraw_offer
from backend.negotiation.models import Entry, Revision, Room
from backend.negotiation.steps import database_now
from backend.negotiation.tasks import expire_offers
from backend.negotiation.terms import OfferedLine
from backend.orders.agreements.actions import accept_offer
from backend.orders.agreements.queries import agreement_of
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.credit.actions import CreditDraft, set_credit_policy
from backend.orders.models import Order, OrderGroup
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.negotiation.haggling import in_days, new_key, offer, open_room


def accept(cast: Cast, room: Room, by: User | None = None, number: int | None = None, **given: str) -> Order:
    head = Room.objects.get(pk=room.pk).head if number is None else number
    return accept_offer(room, head, key=new_key(), actor=actor_of(by or cast.bea), **given)


def test_the_order_says_what_the_offer_said(cast: Cast) -> None:
    room = open_room(cast)
    plates = OfferedLine(cast.plate.pk, 12, UnitPrice(Decimal("290.5")))
    mugs = OfferedLine(cast.mug.pk, 100, UnitPrice(Decimal("231.25")))
    revision = offer(cast, room, lines=[mugs, plates], net_days=60)
    order = accept(cast, room, po_number="PO-9")
    assert [(line.code, line.quantity, line.unit_price_minor) for line in order.lines.all()] == [
        (cast.mug.code, 100, Decimal("231.25")),
        (cast.plate.code, 12, Decimal("290.5")),
    ]
    order.refresh_from_db()
    assert order.net_minor == 23_125 + 3_486 + 1_500 == revision.net_minor + revision.freight_minor
    assert order.tax_minor == 4_625 + 697 + 300
    assert (order.freight_minor, order.freight_tax_minor, order.net_days) == (1_500, 300, 60)
    assert (order.commercial, order.po_number, order.ship_to["city"]) == ("accepted", "PO-9", "Leeds")
    assert [entry.step for entry in order.entries.all()] == ["placed", "accepted"]
    assert Room.objects.get().status == "ordered"
    assert Entry.objects.last().text == order.number  # type: ignore[union-attr]
    assert StockLevel.objects.get(item_id=cast.mug.pk).allocated == 100


def test_either_side_accepts_the_others_offer_and_never_its_own(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    with pytest.raises(Refused, match="your own"):
        accept(cast, room, by=cast.sally)
    offer(cast, room, "220", by=cast.bea)
    with pytest.raises(Refused, match="your own"):
        accept(cast, room)
    order = accept(cast, room, by=cast.sally)
    assert (order.buyer, order.group.placed_by) == (cast.cornershop, cast.bea)
    assert order.lines.get().unit_price_minor == 220


def test_accepted_again_it_is_the_same_order(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    assert len({accept(cast, room).pk for _ in range(2)}) == 1
    assert accept_offer(room, 1, key="k", actor=actor_of(cast.carl)) == accept_offer(
        room, 1, key="k", actor=actor_of(cast.carl)
    )
    assert Order.objects.count() == 1


def test_nobody_accepts_what_has_just_changed_or_has_ended(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    offer(cast, room, "260")
    with pytest.raises(Conflict, match="Offer 2 is on the table now"):
        accept(cast, room, number=1)
    decline_offer(room, answers=2, reason="Too dear", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="has ended: Declined"):
        accept(cast, room)
    assert not Order.objects.exists()


def test_an_offer_whose_time_is_over_is_accepted_by_nobody_swept_or_not(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, valid_until=database_now() + timedelta(milliseconds=200))
    while database_now() <= Revision.objects.get().valid_until:
        pass
    with pytest.raises(Refused, match="time of this offer is over"):
        accept(cast, room)
    assert not Order.objects.exists()


@pytest.mark.parametrize("who", ["otto", "olga", "rita", "wes"])
def test_who_binds_neither_company_accepts_nothing(cast: Cast, who: str) -> None:
    room = open_room(cast)
    offer(cast, room)
    with pytest.raises(NotAllowed):
        accept(cast, room, by=getattr(cast, who))


def test_what_was_held_for_the_offer_is_the_orders_even_if_all_else_is_gone(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, holds_stock=True)
    StockLevel.objects.filter(item_id=cast.mug.pk).update(safety=200)
    other = open_room(cast)
    offer(cast, other)
    with pytest.raises(Refused, match="Only 0 of 85123A are left"):
        accept(cast, other)
    order = accept(cast, room)
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.reserved, level.allocated) == (0, 100)
    assert Hold.objects.get().subject == order.subject


def test_freight_is_owed_as_long_as_anything_is_and_not_for_nothing(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    order = accept(cast, room)
    line = order.lines.get()
    sally = actor_of(cast.sally)
    cancel_lines(order, {line.pk: 40}, reason="Broken", key="a", actor=sally)
    order.refresh_from_db()
    assert order.payable == Money(60 * 240 + 2_880 + 1_800)
    cancel_lines(order, {line.pk: 60}, reason="Broken", key="b", actor=sally)
    order.refresh_from_db()
    assert (order.payable, order.commercial) == (Money(0), "cancelled")


def test_both_sides_can_check_what_was_agreed(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, note="As discussed on the telephone")
    for company, user in (("cornershop", cast.bea), ("northfield", cast.sally), ("eastwick", cast.otto)):
        client = Client()
        client.force_login(user)
        where = f"/c/{company}/negotiations/{room.pk}/agreement.json"
        assert client.get(where).status_code == 404
    order = accept(cast, room)
    texts = set()
    for company, user in (("cornershop", cast.bea), ("northfield", cast.sally)):
        client = Client()
        client.force_login(user)
        response = client.get(f"/c/{company}/negotiations/{room.pk}/agreement.json")
        assert hashlib.sha256(response.content).hexdigest() == response["Digest-SHA-256"]
        texts.add(response.content)
    assert len(texts) == 1
    assert json.loads(texts.pop())["lines"][0] | {} == {
        "sku": cast.mug.code, "quantity": 100, "unit_price_minor": "240", "tiers": []
    }  # fmt: skip
    with acting_for(cast.cornershop.pk):
        assert agreement_of(order).digest == Revision.objects.get().digest
    client.force_login(cast.otto)
    assert client.get(f"/c/eastwick/negotiations/{room.pk}/agreement.json").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_accept_counter_decline_and_withdraw_at_once_one_wins(at_once: AtOnce) -> None:
    cast = make_cast()
    for _ in range(3):
        room = open_room(cast)
        offer(cast, room, holds_stock=True)
        jobs = [
            lambda room=room: accept(cast, room, number=1),
            lambda room=room: offer(cast, room, "250", answers=1),
            lambda room=room: decline_offer(room, answers=1, reason="No", actor=actor_of(cast.bea)),
            lambda room=room: withdraw_offer(room, answers=1, actor=actor_of(cast.sally)),
            lambda room=room: accept(cast, room, by=cast.carl, number=1),
        ]
        results = at_once(jobs)
        lost = [each for each in results if isinstance(each, Exception)]
        assert all(isinstance(each, Denied) for each in lost), lost
        won = len(results) - len(lost)
        is_ordered = Room.objects.get(pk=room.pk).status == "ordered"
        assert won == (2 if is_ordered else 1), "both who accept have the one order"
        assert OrderGroup.objects.filter(orders__agreement__room=room).count() == is_ordered
    assert not drift()


MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["offer", "hold", "counter", "accept", "seller accepts", "stale", "decline", "withdraw", "expire"]
        ),
        st.integers(1, 400),
    ),
    max_size=12,
)


@settings(max_examples=15)
@given(MOVES)
def test_no_sequence_yields_two_agreements_another_order_or_stock_held_for_nobody(
    cast: Cast, moves: list[tuple[str, int]]
) -> None:
    room = open_room(cast)
    for move, quantity in moves:
        head = Room.objects.get(pk=room.pk).head
        acts: dict[str, Callable[[], object]] = {
            "offer": lambda: offer(cast, room, quantity=quantity),  # noqa: B023
            "hold": lambda: offer(cast, room, quantity=quantity, holds_stock=True),  # noqa: B023
            "counter": lambda: offer(cast, room, "200", quantity=quantity, by=cast.bea),  # noqa: B023
            "accept": lambda: accept(cast, room),
            "seller accepts": lambda: accept(cast, room, by=cast.sally),
            "stale": lambda: accept(cast, room, number=head - 1),  # noqa: B023
            "decline": lambda: decline_offer(room, answers=head, reason="No", actor=actor_of(cast.bea)),  # noqa: B023
            "withdraw": lambda: withdraw_offer(room, answers=head, actor=actor_of(cast.sally)),  # noqa: B023
            "expire": lambda: Room.objects.filter(pk=room.pk).update(valid_until=in_days(-1)) and expire_offers(0),
        }
        try:
            acts[move]()
        except Denied:
            continue
    now = Room.objects.get(pk=room.pk)
    orders = Order.objects.filter(agreement__room=room)
    assert orders.count() == (now.status == "ordered")
    for order in orders:
        agreed = Revision.objects.get(room=room, number=now.head)
        assert order.agreement == agreed
        assert [(line.sku_id, line.quantity, line.unit_price_minor) for line in order.lines.all()] == [
            (line.sku_id, line.quantity, line.unit_price_minor) for line in agreed.lines.all()
        ]
    held = sum(hold.quantity for hold in Hold.objects.filter(subject=now.hold_subject))
    on_table = Revision.objects.filter(room=room, number=now.head, holds_stock=True).first()
    assert held == (on_table.lines.get().quantity if on_table and now.is_open else 0)
    assert not drift()


def test_nothing_to_pay_later_is_paid_in_advance_and_credit_counts_the_freight(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, net_days=0)
    order = accept(cast, room)
    assert (order.method, order.net_days) == ("prepaid", 0)
    set_credit_policy(cast.northfield, CreditDraft(limit_minor=30_000), on_account=True, actor=actor_of(cast.nora))
    other = open_room(cast)
    offer(cast, other)
    with pytest.raises(Refused, match=r"300\.00 GBP are left, and this needs 306"):
        accept(cast, other)
