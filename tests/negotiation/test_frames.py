"""Nobody hears what is not theirs: all that pages and sockets of each party carry, over a whole negotiation, is read.

A new secret is a line of SECRETS and whatever in `negotiate` speaks it. Who may know it has to hear it, else the test
would be blind; nobody else may.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.test import Client

from backend.accounts.models import Company, User
from backend.accounts.roles import Role
from backend.events import log
from backend.negotiation.actions import decline_offer, make_offer
from backend.negotiation.models import Enquiry, Room
from backend.negotiation.states import Board
from backend.orders.agreements.actions import accept_offer
from realtime.access import read_grant, read_ticket
from realtime.asking import grant_for
from realtime.lanes import coalesce
from realtime.render import render_push
from realtime.road import JSON, Stored
from tests.cast import Cast, actor_of, make_person
from tests.live import GRANT, TICKET
from tests.negotiation.haggling import enquire, new_key, offer, say, terms

BUYER, NORTHFIELD, EASTWICK, RIVAL = "the buyer", "Northfield", "Eastwick", "a rival of the buyer"
SECRETS: Mapping[str, frozenset[str]] = {
    # a word or a price: who may know it
    "Periwinkle": frozenset({BUYER, NORTHFIELD}),
    "Marigold": frozenset({BUYER, EASTWICK}),
    "Larkspur": frozenset({RIVAL, NORTHFIELD}),
    "£2.37": frozenset({BUYER, NORTHFIELD}),
    "£2.19": frozenset({BUYER, NORTHFIELD}),
    "£21.83": frozenset({BUYER, EASTWICK}),
    "£3.57": frozenset({RIVAL, NORTHFIELD}),
    "£286.00": frozenset({NORTHFIELD}),  # sealed, and its time is not over
}


@dataclass
class Party:
    """Somebody with pages open: what those say, and what is pushed to them."""

    client: Client
    pages: list[str]
    read: list[str] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)

    def look(self) -> None:
        for page in self.pages:
            response = self.client.get(page)
            assert response.status_code == 200, page
            html = response.content.decode()
            self.read.append(html)
            (ticket,) = TICKET.findall(html)
            for token in GRANT.findall(html):
                self.topics |= set(read_grant(token, read_ticket(ticket).person).topics)

    def hear(self, start: int) -> None:
        """What its sockets carry since then, as HTML and, for a partner's system, as JSON."""
        stored = Stored(wanted=frozenset({"en", JSON}))
        for topic, due in coalesce(log.since(start, 10_000)).items():
            news = render_push(due, stored) if topic in self.topics else None
            for frames in news.frames.values() if news else ():
                self.read += [each.decode() for each in ([frames] if isinstance(frames, bytes) else frames)]


@contextmanager
def overheard(parties: Mapping[str, Party]) -> Iterator[None]:
    """Everybody looks before and after, and hears what happens in between."""
    for party in parties.values():
        party.look()
    log.number_events(10_000)
    start = log.last_position()
    yield
    log.number_events(10_000)
    for party in parties.values():
        party.hear(start)
        party.look()


@dataclass(frozen=True)
class Scene:
    """One enquiry to two sellers, a rival's to one of them, and one whose offers are sealed."""

    ruth: User
    ours: Room
    theirs: Room
    rivals: Room
    sealed: Room


def make_scene(cast: Cast) -> Scene:
    ruth = make_person("ruth@riverside.example", "Ruth")
    riverside = Company.objects.create(name="Riverside", slug="riverside", kind="retailer", status="approved")
    riverside.memberships.create(user=ruth, role=Role.OWNER)
    ours, theirs = rooms_of(enquire(cast, cast.mug, cast.kettle))
    return Scene(
        ruth=ruth,
        ours=ours,
        theirs=theirs,
        rivals=rooms_of(enquire(cast, by=ruth))[0],
        sealed=rooms_of(enquire(cast, board=Board.SEALED))[0],
    )


def rooms_of(enquiry: Enquiry) -> list[Room]:
    return list(Room.objects.filter(enquiry=enquiry).with_parties().order_by("pk"))


def parties_of(cast: Cast, scene: Scene) -> Mapping[str, Party]:
    """Everybody with all the pages that they could have open."""
    rooms = {
        ("cornershop", cast.bea, BUYER): (scene.ours, scene.theirs, scene.sealed),
        ("northfield", cast.sally, NORTHFIELD): (scene.ours, scene.rivals, scene.sealed),
        ("eastwick", cast.otto, EASTWICK): (scene.theirs,),
        ("riverside", scene.ruth, RIVAL): (scene.rivals,),
    }
    parties = {}
    for (slug, user, name), own in rooms.items():
        client, start = Client(), f"/c/{slug}/negotiations/"
        client.force_login(user)
        pages = [f"{start}{room.pk}/{page}" for room in own for page in ("", "whole/")]
        boards = {f"{start}enquiries/{room.enquiry_id}/" for room in own if name in (BUYER, RIVAL)}
        parties[name] = Party(client, [start, f"{start}?all=1", *pages, *sorted(boards)])
    return parties


def negotiate(cast: Cast, scene: Scene) -> None:
    """Everything that may be said, in every room."""
    say(cast, scene.ours, "Periwinkle blue, if you can")
    say(cast, scene.theirs, "Marigold yellow, if you can")
    say(cast, scene.rivals, "Larkspur, please", by=scene.ruth)
    offer(cast, scene.ours, "237", note="Periwinkle it is")
    otto = actor_of(cast.otto)
    make_offer(scene.theirs, terms(cast.kettle, "2183"), answers=0, key=new_key(), actor=otto)
    offer(cast, scene.rivals, "357", holds_stock=True)
    offer(cast, scene.sealed, "271")
    offer(cast, scene.ours, "219", by=cast.bea)
    decline_offer(scene.theirs, answers=1, reason="Marigold was too dear", actor=actor_of(cast.bea))
    accept_offer(scene.ours, 2, key=new_key(), actor=actor_of(cast.sally))


def test_what_each_party_reads_and_hears_has_nothing_that_is_not_theirs(cast: Cast) -> None:
    scene = make_scene(cast)
    parties = parties_of(cast, scene)
    with overheard(parties):
        negotiate(cast, scene)
    for name, party in parties.items():
        said = "\n".join(party.read)
        for secret, known_to in SECRETS.items():
            assert (secret in said) == (name in known_to), f"{name} and {secret}"
        assert party.topics, name


def test_a_grant_for_anothers_room_is_refused_whatever_the_page_asks_for(cast: Cast) -> None:
    scene = make_scene(cast)
    every = [f"{thing}:{room.pk}" for room in (scene.ours, scene.rivals) for thing in ("room", "room_log", "room_desk")]
    for user in (cast.otto, cast.olga):
        assert not grant_for(actor_of(user), every).topics
    assert {topic.partition(":")[2] for topic in grant_for(actor_of(cast.bea), every).topics} == {str(scene.ours.pk)}
