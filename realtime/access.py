"""Who may hear what: tickets (who is it), grants (which topics), and the access epochs that end both.

Ticket and grant are signed, so a handshake and a subscription need no database. A grant names access scopes and
their numbers; whoever takes access away raises a number in the same transaction, and every grant with the old number
is void from then on.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db import connection
from django.http.request import split_domain_port, validate_host

from backend.accounts.access import epoch_numbers
from backend.core import clock

TICKET_TTL_S = 600
GRANT_TTL_S = 12 * 3600
NOBODY = 0
"""The person of a ticket or grant that was made for the anonymous."""
LOAD_DEADLINE_S = 2.0

_TICKET = "realtime.ticket"
_GRANT = "realtime.grant"


class BadTicket(Exception):
    """The ticket is forged or too old; GET /live/ticket gives a new one."""


class BadGrant(Exception):
    """The grant opens nothing; `why` is forged, expired or not_yours."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who it is, and how old the ticket is by this server's clock: less than nothing where another's is ahead."""

    person: int
    age_s: float


@dataclass(frozen=True, slots=True)
class Grant:
    """Topics that a policy opened for a person, the scopes each hangs on, and the scopes' numbers at that time."""

    topics: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, int]
    name: str = ""
    """How the person is shown to others of a topic; empty where no topic of the grant tells who is there."""


CLOSED = "closed"
"""A scope whose number nobody ever raises, and which a grant names as -1: what hangs on it can't be subscribed to."""


def with_closed(grant: Grant, topics: Collection[str]) -> Grant:
    """The same with topics that a page shows and no policy opened: whoever subscribes is told that they are revoked.

    Access may end while a page is being made: without them, such a page would never learn that it has to ask again.
    """
    if not topics:
        return grant
    return replace(
        grant, topics={**grant.topics, **dict.fromkeys(topics, (CLOSED,))}, numbers={**grant.numbers, CLOSED: -1}
    )


class _Dated(signing.TimestampSigner):
    """Dates by this process's clock: one server's may be minutes ahead of another's, so nothing expires so soon."""

    def timestamp(self) -> str:
        return signing.b62_encode(int(clock.now().timestamp()))

    def unsign(self, value: str, max_age: Any = None) -> str:
        content, made_at = signing.Signer.unsign(self, value).rsplit(self.sep, 1)
        self.age_s = clock.now().timestamp() - signing.b62_decode(made_at)
        if max_age is not None and self.age_s > max_age:
            raise signing.SignatureExpired("too old")
        return content


def sign_ticket(person: int) -> str:
    """Says who it is for TICKET_TTL_S seconds: a user's id, or NOBODY."""
    return _Dated(salt=_TICKET).sign_object(person)


def read_ticket(ticket: str) -> Ticket:
    """Raises BadTicket."""
    signer = _Dated(salt=_TICKET)
    try:
        return Ticket(int(signer.unsign_object(ticket, max_age=TICKET_TTL_S)), signer.age_s)
    except signing.BadSignature:
        raise BadTicket from None


def sign_grant(person: int, grant: Grant) -> str:
    scopes = list(grant.numbers)
    at = {scope: index for index, scope in enumerate(scopes)}
    topics = {topic: [at[scope] for scope in hangs_on] for topic, hangs_on in grant.topics.items()}
    content = {"p": person, "s": scopes, "n": list(grant.numbers.values()), "t": topics}
    named = {"a": grant.name} if grant.name else {}
    return _Dated(salt=_GRANT).sign_object(content | named, compress=True)


def read_grant(token: str, person: int) -> Grant:
    """Raises BadGrant, also where the grant was made for somebody else."""
    try:
        content: dict[str, Any] = _Dated(salt=_GRANT).unsign_object(token, max_age=GRANT_TTL_S)
    except signing.SignatureExpired:
        raise BadGrant("expired") from None
    except signing.BadSignature:
        raise BadGrant("forged") from None
    if content["p"] != person:
        raise BadGrant("not_yours")
    scopes = content["s"]
    topics = {topic: tuple(scopes[index] for index in hangs_on) for topic, hangs_on in content["t"].items()}
    return Grant(topics, dict(zip(scopes, content["n"], strict=True)), content.get("a", ""))


def is_same_origin(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a handshake comes from one of our own pages. Browsers always send Origin; others have to, too."""
    found = dict(headers)
    host = found.get(b"host", b"").decode("latin-1").lower()
    origin = urlsplit(found.get(b"origin", b"").decode("latin-1").lower())
    return bool(host) and origin.netloc == host and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


class Numbers:
    """The scopes' numbers as one process knows them: loaded in batches beside the event loop, and checked again."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._asked: set[str] = set()
        self._loading = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="access")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def of(self, scopes: Collection[str]) -> Mapping[str, int]:
        """The numbers of these scopes. Raises TimeoutError where the database does not answer in LOAD_DEADLINE_S."""
        if any(scope not in self._known for scope in scopes):
            async with asyncio.timeout(LOAD_DEADLINE_S):
                await self._load(scopes)
        return self._known

    async def _load(self, scopes: Collection[str]) -> None:
        """Whoever comes first loads; those who come meanwhile wait, and the next one loads for all of them."""
        while missing := {scope for scope in scopes if scope not in self._known}:
            self._asked |= missing
            async with self._loading:
                asked, self._asked = self._asked - self._known.keys(), set()
                self._learn(await self._read(asked))

    async def changed(self, in_use: Collection[str]) -> set[str]:
        """Reads again what is in use, forgets the rest, and returns the scopes whose numbers were raised.

        `in_use` is looked at before and after the query, so it has to be live: what was taken up meanwhile stays known.
        """
        before = set(self._known)
        raised = self._learn(await self._read(list(in_use)))
        for scope in before - set(in_use):
            del self._known[scope]
        return raised

    def heard(self, numbers: Mapping[str, int]) -> set[str]:
        """Takes numbers that were told, and returns the scopes for which they are news.

        Those nobody asked for are kept, too: a query that is under way may have read them before they were raised.
        """
        unknown = numbers.keys() - self._known.keys()
        return self._learn(numbers) | unknown

    def known(self, scope: str) -> int | None:
        """The scope's number as far as this process knows; it asks nobody."""
        return self._known.get(scope)

    def _learn(self, numbers: Mapping[str, int]) -> set[str]:
        """Numbers only rise; a lower one was read before the higher one was heard of."""
        raised = {scope for scope, n in numbers.items() if self._known.get(scope, n) < n}
        self._known |= {scope: n for scope, n in numbers.items() if self._known.get(scope, n) <= n}
        return raised

    async def _read(self, scopes: Collection[str]) -> dict[str, int]:
        if not scopes:
            return {}
        return await asyncio.get_running_loop().run_in_executor(self._thread, _read_in_thread, scopes)


def _read_in_thread(scopes: Collection[str]) -> dict[str, int]:
    try:
        return epoch_numbers(scopes)
    finally:
        connection.close()
