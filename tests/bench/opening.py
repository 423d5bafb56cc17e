"""What live.js says first on a socket: hello with a ticket, then one subscription with a grant."""

import json
from collections.abc import Mapping

from django.conf import settings

from realtime.access import Grant, sign_grant, sign_ticket

LANG = "en"
Scopes = Mapping[str, tuple[str, ...]]


def opening(person: int, topics: Scopes, have: Mapping[str, int], epoch: str) -> list[str]:
    """For a person whose page shows these topics at these versions; each topic with the scopes that it hangs on.

    The scopes' numbers are those of a database in which nobody was ever revoked.
    """
    numbers = dict.fromkeys((scope for scopes in topics.values() for scope in scopes), 0)
    grant = sign_grant(person, Grant(topics, numbers))
    return [hello(sign_ticket(person), epoch), subscription(grant, have, epoch)][: 2 if topics else 1]


def hello(ticket: str, epoch: str) -> str:
    return json.dumps({"t": "hello", "ticket": ticket, "lang": LANG, "build": settings.BUILD, "epoch": epoch})


def subscription(grant: str, have: Mapping[str, int], epoch: str) -> str:
    return json.dumps({"t": "sub", "grant": grant, "have": dict(have), "epoch": epoch})
