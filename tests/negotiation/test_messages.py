"""Messages are durable before anybody sees them, said once, and in one order for everybody."""

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.negotiation.actions import mark_read, send_message
from backend.negotiation.inbox.queries import inbox
from backend.negotiation.models import Entry, ReadMark
from backend.negotiation.queries import stream
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.negotiation.haggling import offer, open_room, say


def test_a_message_sent_twice_is_said_once(cast: Cast) -> None:
    room = open_room(cast)
    first, second = (send_message(room, "Hello", key="k", actor=actor_of(cast.bea)) for _ in range(2))
    assert first == second
    with pytest.raises(Conflict):
        send_message(room, "Something else", key="k", actor=actor_of(cast.bea))
    assert Entry.objects.filter(word="message").count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  two\r\nlines\r", "two\nlines"),
        ("bell\x07 and \x00 null", "bell and  null"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\u2067right to left\u2069", "right to left"),
        ("شكرا, 👍🏽 and <b>", "شكرا, 👍🏽 and <b>"),
    ],
)
def test_what_no_keyboard_types_is_taken_out(cast: Cast, typed: str, kept: str) -> None:
    assert say(cast, open_room(cast), typed).text == kept


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write something"),
        (" \x00\n", "Write something"),
        ("x" * 100_000, "100000 characters are too many for one message: at most 4000"),
    ],
)
def test_nothing_and_too_much_are_refused(cast: Cast, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        say(cast, open_room(cast), text)


@pytest.mark.parametrize("who", ["otto", "olga", "rita"])
def test_who_is_not_in_the_room_or_may_only_read_says_nothing(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        say(cast, open_room(cast), "Hello", by=getattr(cast, who))


def test_what_is_read_is_not_unread_and_a_mark_never_goes_back(cast: Cast) -> None:
    room = open_room(cast)
    for n in range(3):
        say(cast, room, f"No. {n}")
    room.refresh_from_db()
    for seq in (3, 2, 99):
        mark_read(room, seq, actor=actor_of(cast.sally))
        assert ReadMark.objects.get().seq == max(3, min(seq, 4))
    with acting_for(cast.northfield.pk):
        unread = [inbox(cast.northfield.pk, user.pk)[0].unread for user in (cast.sally, cast.nora)]
    assert unread == [0, 4]


def test_ten_thousand_messages_open_as_fast_as_ten(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room = open_room(cast)
    Entry.objects.bulk_create(
        Entry(room=room, seq=seq, word="message", text=f"No. {seq}", side="buyer") for seq in range(2, 10_001)
    )
    with acting_for(cast.northfield.pk):
        with django_assert_num_queries(1):
            newest = stream(room.pk)
        assert [entry.seq for entry in newest] == list(range(9_951, 10_001))
        assert [entry.seq for entry in stream(room.pk, before=9_951)] == list(range(9_901, 9_951))
        assert [entry.seq for entry in stream(room.pk, before=3)] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_all_who_write_at_once_are_heard_in_one_order_without_a_gap(at_once: AtOnce) -> None:
    cast = make_cast()
    room = open_room(cast)
    people = [cast.bea, cast.sally, cast.carl, cast.nora]
    results = at_once([lambda n=n: say(cast, room, f"No. {n}", by=people[n % 4]) for n in range(40)])
    assert not [each for each in results if isinstance(each, Exception)]
    assert sorted(Entry.objects.values_list("seq", flat=True)) == list(range(1, 42))


@pytest.mark.django_db(transaction=True)
def test_of_two_counter_offers_at_once_one_wins_and_the_other_is_told(at_once: AtOnce) -> None:
    cast = make_cast()
    room = open_room(cast)
    offer(cast, room)
    sides = [cast.bea, cast.sally] * 5
    results = at_once([lambda by=by: offer(cast, room, "220", by=by, answers=1) for by in sides])
    assert len([each for each in results if isinstance(each, Conflict)]) == 9
    assert len([each for each in results if not isinstance(each, Exception)]) == 1
