"""Rooms to talk in, each with so many people: half of them on either side.

`python -m tests.bench.servers.room PEOPLE…`. Its only line: for each room where its messages are sent and by whom, and
what its people's pages carry.
"""

import os
import sys
from itertools import chain

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()

from django.conf import settings  # noqa: E402 - needs the settings
from django.urls import reverse  # noqa: E402

from backend.accounts.models import Company, User  # noqa: E402
from backend.accounts.roles import Role  # noqa: E402
from backend.negotiation.models import Room  # noqa: E402
from realtime.asking import grant_for  # noqa: E402
from tests.bench.lines import Words, answer  # noqa: E402
from tests.bench.servers.sessions import session_of  # noqa: E402
from tests.cast import Cast, actor_of, employ, make_cast, make_person  # noqa: E402
from tests.negotiation.haggling import open_room  # noqa: E402

CSRF = "b" * 32


def seats(cast: Cast, room: Room, people: int) -> Words:
    """A room's senders, the sides taking turns, and for each side what `crowd` is told to gather."""
    sides = [
        (company, _hired(company, role, people // 2, room.pk))
        for company, role in ((cast.northfield, Role.SALES), (cast.cornershop, Role.BUYER))
    ]
    senders = [[_sender(user, company, room) for user in users] for company, users in sides]
    return {
        "topic": f"room_log:{room.pk}",
        "senders": list(chain.from_iterable(zip(*senders, strict=True))),
        "pages": [_page(users, company, room) for company, users in sides],
    }


def _hired(company: Company, role: Role, many: int, room: int) -> list[User]:
    users = [make_person(f"{company.slug}{number}@room{room}.example", f"Person {number}") for number in range(many)]
    for user in users:
        employ(user, company, role)
    return users


def _sender(user: User, company: Company, room: Room) -> Words:
    cookies = f"{settings.SESSION_COOKIE_NAME}={session_of(user)}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    return {"path": reverse("create_message", args=[company.slug, room.pk]), "cookies": cookies, "csrf": CSRF}


def _page(users: list[User], company: Company, room: Room) -> Words:
    room.refresh_from_db()
    have = {"room": room.version, "room_log": room.last_seq, "room_desk": 0}
    grant = grant_for(actor_of(users[0], company), [f"{thing}:{room.pk}" for thing in have])
    return {
        "sockets": len(users),
        "person": users[0].pk,
        "topics": {topic: list(scopes) for topic, scopes in grant.topics.items()},
        "have": {f"{thing}:{room.pk}": version for thing, version in have.items()},
    }


def main(peoples: list[int]) -> None:
    cast = make_cast()
    answer(rooms=[seats(cast, open_room(cast), people) for people in peoples])


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
