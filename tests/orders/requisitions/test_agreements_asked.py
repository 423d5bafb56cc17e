"""A buyer's yes, or offer, that has to be approved waits for that, at the offered prices; the seller learns nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from backend.accounts.models import User
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.events import log
from backend.events.listeners import listen_once, listeners
from backend.events.models import Event
from backend.inventory.models import Hold, StockLevel
from backend.inventory.reconcile import drift
from backend.negotiation.actions import decline_offer, withdraw_offer
from backend.negotiation.models import Entry, Revision, Room
from backend.orders.agreements.actions import accept_offer, make_counter_offer
from backend.orders.agreements.asking.actions import ask_to_accept, ask_to_offer
from backend.orders.models import CartLine, Order, Requisition
from backend.orders.requisitions.actions import take_up_again, withdraw_requisition
from backend.orders.requisitions.queries import requisition_screen
from backend.orders.tasks import expire_requisitions
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.negotiation.haggling import in_days, new_key, offer, open_room, terms
from tests.orders.requisitions.asking import approve, hire, reject, rule

ROOM = "backend.orders"


def approver(cast: Cast) -> User:
    """Ann approves whatever Cornershop buys."""
    ann = hire(cast, "ann")
    rule(cast, ann)
    return ann


def say_yes(cast: Cast, room: Room, number: int = 1, key: str = "") -> Requisition:
    return ask_to_accept(room, number, po_number="PO-9", key=key or new_key(), actor=actor_of(cast.bea))


def would_offer(cast: Cast, room: Room, pence: str = "220", **given: Any) -> Requisition:
    answers = Room.objects.get(pk=room.pk).head
    return ask_to_offer(room, terms(cast.mug, pence, **given), answers=answers, key=new_key(), actor=actor_of(cast.bea))


def react() -> None:
    """What the worker does with what has happened."""
    log.number_events(10_000)
    while listen_once(ROOM, listeners()[ROOM], 10_000):
        pass


def reserved(cast: Cast) -> int:
    return StockLevel.objects.get(item_id=cast.mug.pk).reserved


def test_a_yes_waits_with_its_goods_and_becomes_the_order_that_was_offered(cast: Cast) -> None:
    ann, room = approver(cast), open_room(cast)
    offer(cast, room, "231.25")
    with pytest.raises(Refused, match="needs an approval first"):
        accept_offer(room, 1, key=new_key(), actor=actor_of(cast.bea))
    asked, again = (say_yes(cast, room, key="k") for _ in range(2))
    assert asked == again
    assert (reserved(cast), Room.objects.get().status) == (100, "awaiting_buyer")
    approve(asked, ann)
    order = Order.objects.get()
    assert (order.lines.get().unit_price_minor, order.freight_minor) == (Decimal("231.25"), 1_500)
    assert (order.commercial, order.po_number, order.agreement) == ("accepted", "PO-9", Revision.objects.get())
    assert order.group.placed_by == cast.bea
    assert (Requisition.objects.get().state, Room.objects.get().status) == ("approved", "ordered")
    assert Entry.objects.get(word="ordered").author == cast.bea
    assert {hold.subject for hold in Hold.objects.all()} == {order.subject}
    assert (reserved(cast), drift()) == (0, [])


def test_a_price_that_fell_in_the_shop_changes_nothing_that_was_agreed(cast: Cast) -> None:
    ann, room = approver(cast), open_room(cast)
    offer(cast, room, "300")
    approve(say_yes(cast, room), ann)
    assert Order.objects.get().lines.get().unit_price_minor == 300


def test_what_the_seller_holds_for_the_offer_is_held_once(cast: Cast) -> None:
    ann, room = approver(cast), open_room(cast)
    offer(cast, room, holds_stock=True)
    asked = say_yes(cast, room)
    assert reserved(cast) == 100
    approve(asked, ann)
    assert (reserved(cast), StockLevel.objects.get(item_id=cast.mug.pk).allocated) == (0, 100)


def test_rejected_or_withdrawn_the_offer_still_stands_and_the_goods_are_free(cast: Cast) -> None:
    ann, room = approver(cast), open_room(cast)
    offer(cast, room)
    reject(say_yes(cast, room), ann)
    withdrawn = say_yes(cast, room)
    withdraw_requisition(withdrawn, actor=actor_of(cast.bea))
    assert (reserved(cast), Room.objects.get().status) == (0, "awaiting_buyer")
    assert not CartLine.objects.exists(), "it stands in its room, not in the cart"
    with pytest.raises(Refused, match="answer it in its room"):
        take_up_again(withdrawn, key=new_key(), actor=actor_of(cast.bea))
    approve(say_yes(cast, room), ann)
    assert Order.objects.count() == 1


def test_one_thing_waits_in_a_room_at_a_time(cast: Cast) -> None:
    approver(cast)
    room = open_room(cast)
    offer(cast, room)
    say_yes(cast, room)
    with pytest.raises(Conflict, match="waits for an approval inside your company already"):
        say_yes(cast, room)
    with pytest.raises(Conflict, match="already"):
        would_offer(cast, room)


def test_an_offer_of_the_buyers_is_made_once_it_is_approved(cast: Cast) -> None:
    ann, room = approver(cast), open_room(cast)
    offer(cast, room)
    said = terms(cast.mug, "220")
    with pytest.raises(Refused, match="needs an approval first"):
        make_counter_offer(room, said, answers=1, key=new_key(), actor=actor_of(cast.bea))
    asked = would_offer(cast, room, note="Our best")
    assert (reserved(cast), Revision.objects.count()) == (0, 1)
    approve(asked, ann)
    made = Revision.objects.get(number=2)
    assert (made.author, made.side, made.note) == (cast.bea, "buyer", "Our best")
    assert (Requisition.objects.get().state, Room.objects.get().status) == ("offered", "awaiting_seller")
    order = accept_offer(room, 2, key=new_key(), actor=actor_of(cast.sally))
    assert order.lines.get().unit_price_minor == 220


@pytest.mark.parametrize(
    "move",
    [
        lambda cast, room: offer(cast, room, "235"),
        lambda cast, room: withdraw_offer(room, answers=1, actor=actor_of(cast.sally)),
        lambda cast, room: decline_offer(room, answers=1, reason="Sold out", actor=actor_of(cast.sally)),
    ],
    ids=["another offer", "withdrawn", "declined"],
)
def test_what_the_seller_overtakes_is_approved_by_nobody_and_holds_nothing(
    cast: Cast, move: Callable[[Cast, Room], object]
) -> None:
    ann, room = approver(cast), open_room(cast)
    offer(cast, room)
    asked = say_yes(cast, room)
    move(cast, Room.objects.with_parties().get())
    with pytest.raises((Conflict, Refused)):
        approve(asked, ann)
    assert not Order.objects.exists()
    for _ in range(2):
        react()
        assert (Requisition.objects.get().state, reserved(cast)) == ("overtaken", 0)


def test_what_was_overtaken_and_not_yet_swept_keeps_nobody_from_asking_again(cast: Cast) -> None:
    approver(cast)
    room = open_room(cast)
    offer(cast, room)
    say_yes(cast, room)
    offer(cast, room, "235")
    say_yes(cast, room, number=2)
    assert list(Requisition.objects.order_by("pk").values_list("state", flat=True)) == ["overtaken", "pending"]
    assert reserved(cast) == 100


def test_it_waits_no_longer_than_the_offer_is_valid(cast: Cast) -> None:
    approver(cast)
    room, until = open_room(cast), in_days(2)
    offer(cast, room, valid_until=until)
    asked = say_yes(cast, room)
    asked.refresh_from_db()
    assert asked.expires_at == until
    Requisition.objects.update(expires_at=in_days(-1))
    assert expire_requisitions(0) == 1
    assert reserved(cast) == 0


def test_the_request_shows_what_would_be_ordered_with_its_freight(cast: Cast) -> None:
    ann, room = approver(cast), open_room(cast)
    offer(cast, room, "240")
    asked = say_yes(cast, room)
    with acting_for(cast.cornershop.pk):
        shown = requisition_screen(actor_of(ann), asked)
    (part,) = shown.parts
    assert (part.freight.amount_minor, part.net.amount_minor, part.tax.amount_minor) == (1_500, 25_500, 5_100)
    assert [total.amount_minor for total in shown.row.totals] == [30_600]
    assert (shown.room_id, shown.is_offer, shown.can_take_up_again) == (room.pk, False, False)


@pytest.mark.parametrize("who", ["sally", "otto", "olga", "rita"])
def test_nobody_but_the_buyers_people_asks(cast: Cast, who: str) -> None:
    approver(cast)
    room = open_room(cast)
    offer(cast, room)
    actor = actor_of(getattr(cast, who))
    with pytest.raises(NotAllowed):
        ask_to_accept(room, 1, key=new_key(), actor=actor)
    with pytest.raises(NotAllowed):
        ask_to_offer(room, terms(cast.mug), answers=1, key=new_key(), actor=actor)


def test_what_nobody_has_to_approve_is_not_asked_for(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    with pytest.raises(Conflict, match="Nobody has to approve this"):
        say_yes(cast, room)
    assert not Requisition.objects.exists()


def test_the_seller_learns_nothing_of_what_waits(cast: Cast) -> None:
    approver(cast)
    room = open_room(cast)
    offer(cast, room)
    before = Room.objects.values().get()
    say_yes(cast, room)
    assert Room.objects.values().get() == before
    told = Event.objects.filter(kind__startswith="orders.requisition")
    assert [event.data for event in told] == [{"buyer": cast.cornershop.pk}]
    with acting_for(cast.northfield.pk):
        assert not Requisition.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_new_offer_at_once_one_counts(at_once: AtOnce) -> None:
    cast = make_cast()
    ann, room = approver(cast), open_room(cast)
    offer(cast, room)
    asked = say_yes(cast, room)
    at_once([lambda: approve(asked, ann), lambda: offer(cast, room, "235", answers=1)])
    orders, head = Order.objects.count(), Room.objects.get().head
    assert (orders, head) in {(1, 1), (0, 2)}
    react()
    assert reserved(cast) == 0
