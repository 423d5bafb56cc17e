"""What a seller takes at the least, what his goods cost him, and what waits inside his company: no page, no frame, no
answer of his buyer's says it, and nothing of his buyer's moves when it does."""

from collections.abc import Iterator, Mapping

from django.test import Client

from backend.accounts.models import User
from backend.core.row_security import acting_for
from backend.events import log
from backend.negotiation.floors.actions import approve_held_offer, return_held_offer
from backend.negotiation.models import Floor, HeldOffer, Room
from backend.orders.agreements.actions import approve_held_acceptance
from realtime.asking import grant_for
from realtime.lanes import coalesce
from realtime.pushes import due_for
from realtime.render import render_push
from realtime.road import Stored
from tests.cast import Cast, actor_of
from tests.crawling import said_by
from tests.frontend.test_floor_pages import below
from tests.frontend.test_negotiation_pages import logged_in, page, typed_offer
from tests.negotiation.floors.test_floors import cost, keep
from tests.negotiation.floors.test_held_offers import hold, hold_yes
from tests.negotiation.haggling import offer, open_room
from tests.routes import Route, arguments, every_route

SECRETS = ("231.07", "2.3107", "187.53", "1.8753", "18.85", "zqtoocheap", "waits for approval", "lowest price", "held")
"""The floor, the cost and the margin, as they are kept and as they are written; the approver's word; and that there is
such a thing. `held` is a word of the goods', too: it is looked for in frames alone."""
BUYERS = ("bea", "carl")


def floored(cast: Cast) -> Room:
    cost(cast, "187.53")
    keep(cast, "231.07", margin="18.85")
    return open_room(cast)


def reading(cast: Cast, route: Route, room: Room) -> Mapping[str, object]:
    mine = {"company": "cornershop", "room_id": room.pk, "enquiry_id": room.enquiry_id}
    return {**arguments(cast, route), **mine}


def pages(cast: Cast, client: Client, room: Room) -> Iterator[tuple[str, str]]:
    """Every address that there is below the buyer's company, and the public ones."""
    for route in every_route():
        is_ones_own = route.name.startswith(("account_", "mfa_", "usersessions_"))
        if not is_ones_own and "block_id" not in route.takes:  # who blocks a buyer gets no offer of theirs
            path = route.path(reading(cast, route, room))
            yield path, said_by(client.get(path))


def watched(user: User, topics: set[str]) -> set[str]:
    return set(grant_for(actor_of(user), topics).topics)


def news(since: int) -> set[str]:
    """The topics that are told of anything since a position."""
    log.number_events(10_000)
    return {due.topic for event in log.since(since, 10_000) for due in due_for(event)}


def now() -> int:
    log.number_events(10_000)
    return log.last_position()


def test_nothing_of_the_buyers_moves_while_an_offer_waits_and_is_returned(cast: Cast) -> None:
    room = floored(cast)
    start, before = now(), Room.objects.filter(pk=room.pk).values().get()
    held = hold(cast, room)
    hold(cast, room, "160")
    return_held_offer(HeldOffer.objects.latest("pk"), word="zqtoocheap", actor=actor_of(cast.max))
    told = news(start)
    assert {f"held_offers:{cast.northfield.pk}", f"room_held:{room.pk}"} <= told
    for who in BUYERS:
        assert watched(getattr(cast, who), told) == set(), "not even that something happened"
    assert Room.objects.filter(pk=room.pk).values().get() == before
    assert held.room_id == room.pk


def test_no_page_no_frame_and_no_answer_of_the_buyers_says_it(cast: Cast) -> None:
    room, bea = floored(cast), logged_in(cast.bea)
    start = now()
    offer(cast, room, "240")
    return_held_offer(hold(cast, room), word="zqtoocheap", actor=actor_of(cast.max))
    approve_held_offer(hold(cast, room, "150"), actor=actor_of(cast.max))
    offer(cast, room, "140", by=cast.bea)
    waiting = hold(cast, room, "145")
    said = {
        "an offer": bea.post(f"{page('cornershop', room)}offers/", typed_offer(cast, 1)),
        "a yes": bea.post(f"{page('cornershop', room)}acceptance/", {"number": "2", "key": "y"}),
        "what is the sellers": bea.post(f"/c/cornershop/negotiations/approvals/{waiting.pk}/approval/"),
        "taking it back": bea.post(f"{page('cornershop', room)}held/withdrawal/"),
        "below it": bea.post(f"{page('cornershop', room)}offers/", below(cast, 3)),
    }
    answers = {name: said_by(answer) for name, answer in said.items()}
    for name, text in [*answers.items(), *pages(cast, bea, room)]:
        assert [secret for secret in SECRETS[:-1] if secret in text] == [], name
    offer(cast, room, "139", by=cast.bea)
    yes = hold_yes(cast, room, number=Room.objects.get(pk=room.pk).head)
    approve_held_acceptance(yes, actor=actor_of(cast.max))
    frames = list(heard(cast.bea, start))
    assert len(frames) > 5
    for frame in frames:
        assert [secret for secret in SECRETS if secret in frame.lower()] == [], frame


def heard(user: User, since: int) -> Iterator[str]:
    """Every frame that this person's socket could get, whatever they subscribe to."""
    log.number_events(10_000)
    due = coalesce(log.since(since, 10_000))
    stored = Stored(wanted=frozenset({"en", "ar"}))
    for topic in watched(user, set(due)):
        yield repr(render_push(due[topic], stored))


def test_the_database_itself_shows_the_buyer_no_row_of_it(cast: Cast) -> None:
    hold(cast, floored(cast))
    with acting_for(cast.cornershop.pk):
        assert not Floor.objects.exists()
        assert not HeldOffer.objects.exists()
    with acting_for(cast.northfield.pk):
        assert Floor.objects.exists()
        assert HeldOffer.objects.exists()
