"""What a partner's token opens, and how a partner asks for it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection

from backend.accounts.access import epoch_numbers
from backend.accounts.actions import note_use_of_token
from backend.accounts.models import ApiToken
from backend.accounts.queries import PresentedToken, TokenState, presented_token
from backend.accounts.scopes import ApiScope, scope_of
from backend.core.row_security import acting_for
from realtime.access import Grant
from realtime.asking import grant_for
from realtime.inbound import GREATEST_VERSION
from realtime.topics import TOPICS

MAX_TOPICS = 1000
"""A socket of a partner watches at most this many topics."""

_TOPIC = re.compile(r"([a-z_]{1,40}):([1-9]\d{0,17})", re.ASCII)
T = TypeVar("T")


class NotUnderstood(Exception):
    """A message that is answered with an error; the text says what would make sense."""

    def __init__(self, message: str, code: str = "bad_request") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """What a partner wants to watch, what it has of that, and in which epoch it got it."""

    topics: list[str]
    have: Mapping[str, int]
    epoch: str


def then_close(act: Callable[..., T], *arguments: object) -> T:
    try:
        return act(*arguments)
    finally:
        connection.close()


def secret_of(environ: Mapping[str, Any], auth: object) -> str:
    """From the handshake's auth, else from the header Authorization; empty where neither has one."""
    given = auth.get("token") if isinstance(auth, dict) else None
    if isinstance(given, str):
        return given
    scheme, _, credentials = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def use_token(secret: str) -> PresentedToken | None:
    presented = presented_token(secret)
    if presented is not None and presented.state == TokenState.LIVE:
        note_use_of_token(presented.token)
    return presented


def read_request(arguments: tuple[object, ...]) -> Request:
    """What a client sent with `subscribe` or `unsubscribe`. Raises NotUnderstood."""
    content = arguments[0] if arguments else None
    if not isinstance(content, dict):
        raise NotUnderstood('an object is missing: {"topics": ["stock:42"]}')
    topics, have, epoch = content.get("topics"), content.get("have", {}), content.get("epoch", "")
    if not isinstance(topics, list) or not all(isinstance(name, str) for name in topics):
        raise NotUnderstood("topics is a list of texts")
    if not isinstance(have, dict) or not all(type(v) is int and 0 <= v <= GREATEST_VERSION for v in have.values()):
        raise NotUnderstood("have gives topics a whole number, 0 or more")
    if not isinstance(epoch, str):
        raise NotUnderstood("epoch is a text")
    return Request(list(dict.fromkeys(topics)), have, epoch)


def refused_at_sight(token: ApiToken, watched: Collection[str], names: Collection[str]) -> dict[str, str]:
    """What needs no look into the database: why these topics are not watched beside those that are."""
    if len({*watched, *names}) > MAX_TOPICS:
        return dict.fromkeys(names, "limit")
    return {name: why for name in names if (why := _why_not(token, name))}


def _why_not(token: ApiToken, name: str) -> str:
    found = _TOPIC.fullmatch(name)
    if found is None or found[1] not in TOPICS or scope_of(found[1]) not in ApiScope.values:
        return "unknown"
    return "" if scope_of(found[1]) in token.scopes else "scope"


def open_topics(token: ApiToken, names: list[str]) -> Grant:
    """What the token opens as it stands now; each topic hangs on the token, too. No numbers: it opens nothing more.

    The token's number is read before the decision, as `grant_for` reads the others.
    """
    number = epoch_numbers([token.access_scope])
    with acting_for(token.company_id):
        present = ApiToken.objects.this(token).live().first()
    if present is None:
        return Grant({}, {})
    grant = grant_for(present.as_actor(), names)
    topics = {name: tuple({*scopes, token.access_scope}) for name, scopes in grant.topics.items()}
    return Grant(topics, {**grant.numbers, **number})
