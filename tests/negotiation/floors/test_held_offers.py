"""An offer below the floor waits for somebody who may approve it, and its buyer learns nothing of it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.core.errors import Conflict, Denied, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.events.models import Event
from backend.negotiation.actions import decline_offer, make_offer
from backend.negotiation.floors.actions import (
    approve_held_offer,
    hold_offer,
    return_held_offer,
    withdraw_held_offer,
)
from backend.negotiation.floors.checking import BelowFloor
from backend.negotiation.floors.queries import HeldPage, held_note, held_page
from backend.negotiation.models import Entry, HeldOffer, Revision, Room
from backend.orders.agreements.actions import accept_offer, approve_held_acceptance, hold_acceptance
from backend.orders.models import Order
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.negotiation.floors.test_floors import keep, pence
from tests.negotiation.haggling import in_days, new_key, offer, open_room, terms


def hold(
    cast: Cast, room: Room, pence: str = "150", *, by: User | None = None, key: str = "", **given: Any
) -> HeldOffer:
    """Sally of Northfield would offer the mug below its floor."""
    answers = Room.objects.get(pk=room.pk).head
    said = terms(cast.mug, pence, **given)
    return hold_offer(room, said, answers=answers, key=key or new_key(), actor=actor_of(by or cast.sally))


def hold_yes(cast: Cast, room: Room, key: str = "", number: int = 1) -> HeldOffer:
    return hold_acceptance(room, number, key=key or new_key(), actor=actor_of(cast.sally))


def floored_room(cast: Cast) -> Room:
    keep(cast, "200")
    return open_room(cast)


def page_of(cast: Cast) -> HeldPage:
    with acting_for(cast.northfield.pk):
        return held_page(cast.northfield.pk)


def test_an_offer_below_the_floor_is_made_by_those_alone_who_may_go_below(cast: Cast) -> None:
    room = floored_room(cast)
    with pytest.raises(BelowFloor, match="Below the lowest price of your company: 85123A") as refused:
        offer(cast, room, "199")
    assert "2.00" not in str(refused.value)
    offer(cast, room, "200")
    offer(cast, room, "150", by=cast.max)
    assert [line.lines.get().unit_price_minor for line in Revision.objects.all()] == [200, 150]


def test_what_waits_moves_nothing_that_the_buyer_sees(cast: Cast) -> None:
    room = floored_room(cast)
    before = Room.objects.filter(pk=room.pk).values().get()
    held = hold(cast, room)
    return_held_offer(held, word="Too cheap", actor=actor_of(cast.max))
    assert Room.objects.filter(pk=room.pk).values().get() == before
    assert Entry.objects.count() == 1
    told = Event.objects.filter(kind__contains="held")
    assert {(event.subject, event.data["room"]) for event in told} == {(held.subject, room.pk)}


def test_once_approved_it_is_on_the_table_in_its_authors_name(cast: Cast) -> None:
    room = floored_room(cast)
    held = hold(cast, room, holds_stock=True, note="For you alone")
    for _ in range(2):
        assert approve_held_offer(held, actor=actor_of(cast.max)).state == "approved"
    made = Revision.objects.get()
    assert (made.author, made.note, made.holds_stock) == (cast.sally, "For you alone", True)
    assert made.lines.get().unit_price_minor == 150
    assert Entry.objects.get(word="offered").author == cast.sally
    assert HeldOffer.objects.get().decided_by == cast.max


def test_sent_twice_it_waits_once_and_another_takes_its_place(cast: Cast) -> None:
    room = floored_room(cast)
    until = in_days(3)
    first, again = (hold(cast, room, valid_until=until, key="k") for _ in range(2))
    assert first == again
    second = hold(cast, room, "160")
    assert list(HeldOffer.objects.order_by("pk").values_list("pk", "state")) == [
        (first.pk, "withdrawn"),
        (second.pk, "waiting"),
    ]


def test_returned_with_a_word_it_does_not_go_out(cast: Cast) -> None:
    room = floored_room(cast)
    held = hold(cast, room)
    with pytest.raises(Refused, match="Write something"):
        return_held_offer(held, word=" ", actor=actor_of(cast.max))
    for _ in range(2):
        return_held_offer(held, word="Not below 1.80", actor=actor_of(cast.max))
    with pytest.raises(Conflict, match="Too late: “Returned”"):
        approve_held_offer(held, actor=actor_of(cast.max))
    with acting_for(cast.northfield.pk):
        note = held_note(Room.objects.get())
    assert note
    assert (note.state, note.word, note.codes) == ("returned", "Not below 1.80", ["85123A"])
    offer(cast, room, "200")
    with acting_for(cast.northfield.pk):
        assert held_note(Room.objects.get()) is None, "what came back was about another table"


def test_taken_back_it_can_not_be_approved(cast: Cast) -> None:
    held = hold(cast, floored_room(cast))
    for _ in range(2):
        withdraw_held_offer(held, actor=actor_of(cast.sally))
    with pytest.raises(Conflict, match="Taken back"):
        approve_held_offer(held, actor=actor_of(cast.max))
    assert not Revision.objects.exists()


def test_an_approval_answers_what_its_author_saw(cast: Cast) -> None:
    room = floored_room(cast)
    offer(cast, room, "220")
    held = hold(cast, room)
    offer(cast, room, "190", by=cast.bea)
    assert [each.is_overtaken for each in page_of(cast).waiting] == [True]
    with pytest.raises(Conflict, match="Offer 2 is on the table now; you answered 1"):
        approve_held_offer(held, actor=actor_of(cast.max))
    assert HeldOffer.objects.get().state == "waiting"
    other = floored_room(cast)
    gone = hold(cast, other)
    decline_offer(other, answers=0, reason="We found others", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="has ended: Declined"):
        approve_held_offer(gone, actor=actor_of(cast.max))


def test_an_offer_whose_time_ran_out_while_it_waited_is_not_made(cast: Cast) -> None:
    held = hold(cast, floored_room(cast))
    HeldOffer.objects.update(terms=held.terms | {"valid_until": in_days(-1).isoformat()})
    with pytest.raises(Refused, match="from now on"):
        approve_held_offer(held, actor=actor_of(cast.max))
    assert not Revision.objects.exists()


def test_a_yes_below_the_floor_waits_and_is_then_the_order(cast: Cast) -> None:
    room = floored_room(cast)
    offer(cast, room, "150", by=cast.bea)
    with pytest.raises(BelowFloor):
        accept_offer(room, 1, key=new_key(), actor=actor_of(cast.sally))
    held, again = (hold_yes(cast, room, key="k") for _ in range(2))
    assert held == again
    for _ in range(2):
        assert approve_held_acceptance(held, actor=actor_of(cast.max)).state == "approved"
    order = Order.objects.get()
    assert (order.lines.get().unit_price_minor, order.group.placed_by) == (Decimal(150), cast.bea)
    assert Entry.objects.get(word="ordered").author == cast.sally


def test_a_yes_to_what_the_buyer_has_taken_back_orders_nothing(cast: Cast) -> None:
    room = floored_room(cast)
    offer(cast, room, "150", by=cast.bea)
    held = hold_yes(cast, room)
    offer(cast, room, "140", by=cast.bea)
    with pytest.raises(Conflict, match="Offer 2 is on the table now"):
        approve_held_acceptance(held, actor=actor_of(cast.max))
    with pytest.raises(Denied):
        hold_yes(cast, room)
    assert not Order.objects.exists()


def test_who_may_go_below_accepts_at_once(cast: Cast) -> None:
    room = floored_room(cast)
    offer(cast, room, "150", by=cast.bea)
    assert accept_offer(room, 1, key=new_key(), actor=actor_of(cast.max)).commercial == "accepted"


def test_a_buyer_accepts_what_was_offered_whatever_the_floor_has_become(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room, "150")
    keep(cast, "200")
    assert accept_offer(room, 1, key=new_key(), actor=actor_of(cast.bea)).commercial == "accepted"


@pytest.mark.parametrize("who", ["sally", "wes", "rita", "bea", "carl", "otto", "olga"])
def test_who_may_not_go_below_decides_nothing(cast: Cast, who: str) -> None:
    held, actor = hold(cast, floored_room(cast)), actor_of(getattr(cast, who))
    decisions: list[Callable[[], object]] = [
        lambda: approve_held_offer(held, actor=actor),
        lambda: approve_held_acceptance(held, actor=actor),
        lambda: return_held_offer(held, word="No", actor=actor),
    ]
    for decision in decisions:
        with pytest.raises(NotAllowed):
            decision()
    assert HeldOffer.objects.get().state == "waiting"


@pytest.mark.parametrize("who", ["bea", "otto", "wes"])
def test_who_does_not_sell_in_the_room_holds_nothing_and_takes_nothing_back(cast: Cast, who: str) -> None:
    room, actor = floored_room(cast), actor_of(getattr(cast, who))
    held = hold(cast, room)
    attempts: list[Callable[[], object]] = [
        lambda: make_offer(room, terms(cast.mug), answers=0, key=new_key(), actor=actor),
        lambda: hold_offer(room, terms(cast.mug), answers=0, key=new_key(), actor=actor),
        lambda: hold_acceptance(room, 0, key=new_key(), actor=actor),
        lambda: withdraw_held_offer(held, actor=actor),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()


def test_the_list_of_what_waits_costs_the_same_however_much_waits(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    keep(cast, "200")
    for _ in range(2):
        hold(cast, open_room(cast))
        room = open_room(cast)
        offer(cast, room, "150", by=cast.bea)
        hold_yes(cast, room)
        with django_assert_max_num_queries(6):
            shown = page_of(cast)
    assert [each.is_acceptance for each in shown.waiting] == [False, True] * 2
    assert {(line.is_below, line.least) for each in shown.waiting for line in each.lines} == {(True, pence(200))}


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_return_at_once_one_counts(at_once: AtOnce) -> None:
    cast = make_cast()
    held = hold(cast, floored_room(cast))
    results = at_once(
        [
            lambda: approve_held_offer(held, actor=actor_of(cast.max)),
            lambda: return_held_offer(held, word="No", actor=actor_of(cast.nora)),
        ]
    )
    assert len([each for each in results if isinstance(each, Conflict)]) == 1
    state = HeldOffer.objects.get().state
    assert (state, Revision.objects.count()) in {("approved", 1), ("returned", 0)}
