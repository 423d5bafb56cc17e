"""What needs an answer stands first, with the time that is left for it."""

from typing import Any

from pytest_django import DjangoAssertNumQueries

from backend.core.row_security import acting_for
from backend.negotiation.actions import decline_offer, mark_read
from backend.negotiation.inbox.queries import RoomRow, Turn, Wanted, inbox
from backend.negotiation.models import Enquiry, Room
from backend.negotiation.states import Board
from tests.cast import Cast, actor_of
from tests.negotiation.floors.test_held_offers import floored_room, hold
from tests.negotiation.haggling import in_days, offer, open_room, say


def rows(cast: Cast, **wanted: Any) -> list[RoomRow]:
    """Sally's inbox."""
    with acting_for(cast.northfield.pk):
        return list(inbox(cast.northfield.pk, cast.sally.pk, Wanted(**wanted)))


def closing(room: Room, days: float) -> Room:
    Enquiry.objects.filter(pk=room.enquiry_id).update(closes_at=in_days(days))
    return Room.objects.with_parties().get(pk=room.pk)


def test_what_waits_stands_first_and_what_ends_soonest_before_all(cast: Cast) -> None:
    later, soon, theirs = closing(open_room(cast), 5), closing(open_room(cast), 1), open_room(cast)
    countered = open_room(cast)
    offer(cast, theirs)
    offer(cast, countered)
    offer(cast, countered, by=cast.bea, valid_until=in_days(3))
    assert [row.pk for row in rows(cast)] == [soon.pk, countered.pk, later.pk, theirs.pk]
    shown = {row.pk: row for row in rows(cast)}
    assert shown[soon.pk].due_at == soon.enquiry.closes_at
    assert shown[theirs.pk].due_at == Room.objects.get(pk=theirs.pk).valid_until
    assert [shown[pk].is_ours for pk in (soon.pk, theirs.pk)] == [True, False]


def test_what_can_not_be_answered_any_more_waits_for_nobody(cast: Cast) -> None:
    closing(open_room(cast), -1)
    (row,) = rows(cast)
    assert (row.is_over, row.is_ours) == (True, False)


def test_a_sealed_offer_waits_for_its_buyer_once_it_is_opened(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    for board, is_ours in ((Board.SEALED, False), (Board.OPEN, True)):
        Enquiry.objects.update(board=board)
        with acting_for(cast.cornershop.pk):
            assert [row.is_ours for row in inbox(cast.cornershop.pk, cast.bea.pk)] == [is_ours]


def test_a_list_is_narrowed_by_turn_by_what_is_unread_and_by_words(cast: Cast) -> None:
    ours, theirs, ended = open_room(cast), open_room(cast), open_room(cast)
    offer(cast, theirs)
    decline_offer(ended, answers=0, reason="Sold out", actor=actor_of(cast.sally))
    found = {turn: [row.pk for row in rows(cast, turn=turn)] for turn in Turn}
    assert found == {
        Turn.OPEN: [ours.pk, theirs.pk],
        Turn.OURS: [ours.pk],
        Turn.THEIRS: [theirs.pk],
        Turn.ENDED: [ended.pk],
    }
    ours.refresh_from_db()
    mark_read(ours, 1, actor=actor_of(cast.sally))
    assert [row.pk for row in rows(cast, unread=True)] == [theirs.pk]
    say(cast, ours, "Still there?")
    assert {row.pk for row in rows(cast, unread=True)} == {ours.pk, theirs.pk}
    for text, many in (("cornersh", 2), ("spring", 2), (ours.enquiry.number, 1), ("nothing", 0), ("%", 0)):
        assert len(rows(cast, text=text)) == many, text


def test_an_answer_that_waits_for_an_approval_is_marked_for_the_seller_alone(cast: Cast) -> None:
    hold(cast, floored_room(cast))
    assert [row.is_held for row in rows(cast)] == [True]
    with acting_for(cast.cornershop.pk):
        assert [row.is_held for row in inbox(cast.cornershop.pk, cast.bea.pk)] == [False]


def test_an_inbox_costs_one_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        open_room(cast)
    with acting_for(cast.northfield.pk), django_assert_num_queries(1):
        assert len(inbox(cast.northfield.pk, cast.sally.pk)) == 3
