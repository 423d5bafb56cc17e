"""Offers are contracts: a chain of revisions that nobody changes, and whose newest alone can be answered."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.transaction import atomic

from backend.accounts.models import Company, User
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.money import Money, UnitPrice
from backend.core.row_security import acting_for
from backend.inventory.models import Hold, StockLevel
from backend.negotiation.actions import decline_offer, expire_offer, make_offer, withdraw_offer
from backend.negotiation.inbox.queries import RoomRow, inbox
from backend.negotiation.models import Entry, Revision, RevisionLine, Room
from backend.negotiation.queries import OfferView, offer_on_table
from backend.negotiation.states import Side
from backend.negotiation.tasks import expire_offers
from backend.negotiation.terms import OfferedLine, Tier
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import in_days, offer, open_room, terms


def now(room: Room) -> Room:
    return Room.objects.with_parties().get(pk=room.pk)


def on_table(cast: Cast, room: Room) -> OfferView | None:
    with acting_for(cast.cornershop.pk):
        return offer_on_table(now(room), Side.BUYER)


def inbox_of(company: Company, user: User) -> Sequence[RoomRow]:
    with acting_for(company.pk):
        return inbox(company.pk, user.pk)


def test_offers_go_back_and_forth_by_turns(cast: Cast) -> None:
    room = open_room(cast)
    turns = [now(room).status]
    for pence, by in (("240", cast.sally), ("220", cast.bea), ("230", cast.sally)):
        offer(cast, room, pence, by=by)
        turns.append(now(room).status)
    assert turns == ["awaiting_seller", "awaiting_buyer", "awaiting_seller", "awaiting_buyer"]
    assert [(one.number, one.answers, one.side) for one in Revision.objects.all()] == [
        (1, 0, "seller"),
        (2, 1, "buyer"),
        (3, 2, "seller"),
    ]
    assert [entry.seq for entry in Entry.objects.all()] == [1, 2, 3, 4]


def test_an_offer_says_line_by_line_what_differs_from_the_one_before(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, "240")
    plates = OfferedLine(cast.plate.pk, 12, UnitPrice(Decimal(290)))
    mugs = OfferedLine(cast.mug.pk, 120, UnitPrice(Decimal(230)))
    offer(cast, room, by=cast.bea, lines=[mugs, plates], freight=Money(0))
    shown = on_table(cast, room)
    assert shown
    assert [(line.code, line.is_new, line.is_changed, line.old_quantity, line.quantity) for line in shown.lines] == [
        (cast.mug.code, False, True, 100, 120),
        (cast.plate.code, True, False, None, 12),
    ]
    assert (shown.old_freight, shown.freight) == (Money(1_500), Money(0))
    assert shown.total == Money(120 * 230 + 12 * 290)
    offer(cast, room, lines=[plates])
    dropped = on_table(cast, room)
    assert dropped
    assert dropped.dropped == [cast.mug.code]


def test_nobody_answers_what_has_just_changed(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, "240")
    offer(cast, room, "235")
    for late in (
        lambda: offer(cast, room, "200", by=cast.bea, answers=1),
        lambda: decline_offer(room, answers=1, reason="Too dear", actor=actor_of(cast.bea)),
        lambda: withdraw_offer(room, answers=1, actor=actor_of(cast.sally)),
    ):
        with pytest.raises(Conflict, match="Offer 2 is on the table now; you answered 1") as conflict:
            late()
        assert conflict.value.detail == {"head": 2}
    assert now(room).head == 2


def test_an_offer_sent_twice_is_made_once(cast: Cast) -> None:
    room, said = open_room(cast), terms(cast.mug)
    first, second = (make_offer(room, said, answers=0, key="k", actor=actor_of(cast.sally)) for _ in range(2))
    assert first == second
    assert now(room).head == 1


def test_what_was_offered_is_never_changed(cast: Cast) -> None:
    offer(cast, open_room(cast))
    for model, change in ((Revision, {"freight_minor": 1}), (RevisionLine, {"quantity": 1}), (Entry, {"text": "x"})):
        with pytest.raises(DatabaseError), atomic():
            model.objects.update(**change)


@pytest.mark.parametrize("who", ["rita", "wes", "otto", "olga"])
def test_only_who_negotiates_for_one_of_the_two_makes_an_offer(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        offer(cast, open_room(cast), by=getattr(cast, who))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"valid_until": in_days(-1)}, "valid_until"),
        ({"valid_until": in_days(91)}, "valid_until"),
        ({"freight": Money(-1)}, "freight"),
        ({"freight": Money(0, "EUR")}, "freight"),
        ({"net_days": 121}, "net_days"),
        ({"lead_time_days": -1}, "lead_time_days"),
        ({"note": "x" * 1_001}, "note"),
        ({"lines": []}, None),
    ],
)
def test_what_no_offer_may_say_is_refused_with_its_limit(cast: Cast, given: dict[str, Any], field: str | None) -> None:
    room = open_room(cast)
    with pytest.raises(Refused) as refused:
        offer(cast, room, **given)
    assert refused.value.field == field
    assert now(room).head == 0


@pytest.mark.parametrize(
    ("quantity", "price", "tiers"),
    [
        (100, UnitPrice(Decimal(0)), []),
        (100, UnitPrice(Decimal(240), "EUR"), []),
        (0, UnitPrice(Decimal(240)), []),
        (10**12, UnitPrice(Decimal(240)), []),
        (100, UnitPrice(Decimal(240)), [Tier(50, UnitPrice(Decimal(230)))]),
        (100, UnitPrice(Decimal(240)), [Tier(500, UnitPrice(Decimal(250)))]),
    ],
)
def test_a_line_that_no_offer_may_have_is_refused(
    cast: Cast, quantity: int, price: UnitPrice, tiers: list[Tier]
) -> None:
    room = open_room(cast)
    with pytest.raises(Refused):
        offer(cast, room, lines=[OfferedLine(cast.mug.pk, quantity, price, tiers)])
    assert now(room).head == 0


def test_a_seller_offers_what_is_his_alone(cast: Cast) -> None:
    with pytest.raises(Refused, match="no longer sells something"):
        offer(cast, open_room(cast), lines=[OfferedLine(cast.kettle.pk, 1, UnitPrice(Decimal(100)))])


def test_stock_is_held_for_an_offer_until_another_takes_its_place_or_it_ends(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, holds_stock=True)
    assert StockLevel.objects.get(item_id=cast.mug.pk).reserved == 100
    offer(cast, room, holds_stock=True, quantity=50)
    assert StockLevel.objects.get(item_id=cast.mug.pk).reserved == 50
    decline_offer(room, answers=2, reason="We found others", actor=actor_of(cast.bea))
    assert StockLevel.objects.get(item_id=cast.mug.pk).reserved == 0
    assert not Hold.objects.exists()


def test_stock_that_there_is_not_is_held_for_nobody(cast: Cast) -> None:
    room = open_room(cast)
    with pytest.raises(Refused, match="Only 300 of line 1 can be held, not 301"):
        offer(cast, room, holds_stock=True, quantity=301)
    with pytest.raises(Refused, match="Only the seller holds stock"):
        offer(cast, room, holds_stock=True, by=cast.bea)
    assert now(room).head == 0


def test_a_side_withdraws_its_own_offer_and_no_other(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    with pytest.raises(Refused, match="Only the side that made an offer"):
        withdraw_offer(now(room), answers=1, actor=actor_of(cast.bea))
    for _ in range(2):
        withdraw_offer(now(room), answers=1, actor=actor_of(cast.sally))
    assert now(room).status == "withdrawn"
    with pytest.raises(Refused, match="has ended: Withdrawn"):
        offer(cast, room, by=cast.bea)


def test_an_offer_expires_by_the_databases_clock_and_never_twice(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    assert expire_offers(0) == 0
    Room.objects.filter(pk=room.pk).update(valid_until=in_days(-0.1))
    assert expire_offers(0) == 1
    assert expire_offer(now(room), actor=actor_of(cast.sally)).status == "expired"
    assert [entry.word for entry in Entry.objects.all()] == ["asked", "offered", "expired"]


def test_what_waits_for_a_company_stands_first_in_its_inbox(cast: Cast) -> None:
    quiet, ours = open_room(cast), open_room(cast)
    offer(cast, quiet)
    rows = inbox_of(cast.northfield, cast.sally)
    assert [(row.pk, row.is_ours, row.unread) for row in rows] == [(ours.pk, True, 1), (quiet.pk, False, 2)]
    assert [row.pk for row in inbox_of(cast.cornershop, cast.bea)] == [quiet.pk, ours.pk]


def test_terms_say_how_much_in_all(cast: Cast) -> None:
    said = terms(cast.mug, "1.25", 1_000, valid_until=in_days(1) + timedelta(hours=1))
    assert said.net == Money(1_250)
