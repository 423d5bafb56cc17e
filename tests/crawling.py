"""Walks every address of the site as somebody who has no business there, and tells what it should not have got."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from zipfile import ZipFile, is_zipfile

from django.apps import apps
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client

from backend.accounts.actor import Actor
from backend.core.fences import is_fenced
from tests.canaries import Estate
from tests.cast import Cast
from tests.routes import OF_THE_PLATFORM, Route, arguments

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""HEAD is GET without what it says."""
SAFE = ("GET", "OPTIONS")
CHANGES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|WITH)\b")
UNKNOWN = "PROPFIND"
"""No view takes it: who answers 405 says which verbs it takes."""
HTMX = {"HX-Request": "true", "Live-Refresh": "1"}


@dataclass(frozen=True)
class Stranger:
    """Somebody from outside: how they ask, and as whom they act."""

    client: Client
    actor: Actor
    own: Estate
    slug: str
    """Of the company that they act for."""
    is_thorough: bool = False
    """Tries all; others leave out what is decided before anybody looks at their role."""
    asks_further: bool = False
    """Asks again with whatever name the view looks for in a query or a form, naming the victim's things by it."""


@dataclass(frozen=True)
class Ask:
    """One request that may come to nothing."""

    verb: str
    path: str
    is_in_vain: bool
    """It names what is the victim's alone: no answer but no."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    form: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.verb} {self.address} {sorted(self.headers)}"

    @property
    def address(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def body(self) -> dict[str, Any]:
        if self.verb in SAFE:
            return {}
        return {"data": urlencode(self.form), "content_type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Tried:
    """What came of one request."""

    problems: list[str]
    looked_for: frozenset[str]
    """The names that the view looked for in its query and its form."""


def crawl(cast: Cast, victim: Estate, stranger: Stranger, routes: list[Route]) -> list[str]:
    """What the stranger got that is not theirs, a line each."""
    known = {route: arguments(cast, route) for route in routes}  # what these make for it is there from the beginning
    knowing = {is_operators: _client_of(cast.olga if is_operators else cast.nora) for is_operators in (True, False)}
    before, found = fingerprint(victim), []
    for route, theirs in known.items():
        taken = verbs(knowing[route.name in OF_THE_PLATFORM], route, theirs)
        waiting = list(asks(cast, victim, stranger, route, theirs, taken))
        while waiting:
            ask = waiting.pop()
            tried = attempt(ask, victim, stranger, before)
            found += [f"{ask} {problem}" for problem in tried.problems]
            waiting += further(ask, tried.looked_for, victim) if stranger.asks_further else ()
    return found


def _client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asks(
    cast: Cast, victim: Estate, stranger: Stranger, route: Route, known: Mapping[str, object], taken: tuple[str, ...]
) -> Iterator[Ask]:
    """Every verb that the view takes, on the victim's address, and on one's own with the victim's things."""
    theirs = ids_of(victim, known)
    mine = {**ids_of(stranger.own, theirs), "company": stranger.slug}
    is_at_home = route.name in OF_THE_PLATFORM and stranger.actor.company_id == cast.platform.pk
    attacks = {route.path(theirs): "company" in route.takes and not is_at_home} if stranger.is_thorough else {}
    if "company" in route.takes and stranger.slug and not is_at_home:
        attacks[route.path({**theirs, "company": stranger.slug})] = len(route.takes) > 1
        attacks.setdefault(route.path(mine), False)
    for path, is_in_vain in attacks.items():
        for verb in taken:
            yield Ask(verb, path, is_in_vain, form={} if verb in SAFE else named(victim))
        if stranger.is_thorough:
            yield Ask("GET", path, is_in_vain, HTMX)


def ids_of(estate: Estate, known: Mapping[str, object]) -> dict[str, object]:
    """The arguments of an address, each `<model>_id` being this company's row."""
    return {**known, **{f"{model._meta.model_name}_id": row.pk for model, row in estate.rows.items()}}


def named(victim: Estate) -> dict[str, object]:
    """A form in which every field that could name a thing names the victim's."""
    things = {str(model._meta.model_name): row.pk for model, row in victim.rows.items()}
    return {**things, **{f"{name}_id": pk for name, pk in things.items()}, "company": victim.company.pk, "key": "k"}


def further(ask: Ask, looked_for: frozenset[str], victim: Estate) -> Iterator[Ask]:
    """The same with what the view looked for and wasn't given: each name of a query by itself, those of a form at once.

    All that the victim has bears one number, so no name has to be known here: whatever it names, it is the victim's.
    """
    if ask.is_in_vain:
        return
    if ask.verb == "GET" and not ask.headers and not ask.query:
        for name in sorted(looked_for):
            yield from (replace(ask, query={name: value}) for value in names_of(victim))
    if ask.verb == "POST" and (new := looked_for - set(ask.form)):
        yield replace(ask, form={**ask.form, **dict.fromkeys(sorted(new), victim.pk)})


def names_of(victim: Estate) -> tuple[object, ...]:
    """How an address may name what is the victim's: its rows, the company, and the code on its goods."""
    return victim.pk, victim.company.pk, victim.code


_verbs: dict[str, tuple[str, ...]] = {}


def verbs(client: Client, route: Route, known: Mapping[str, object]) -> tuple[str, ...]:
    """Those that the view takes, as it says to somebody who may open it; all, where it doesn't say."""
    if route.pattern not in _verbs:
        with undone(client):
            answer = client.generic(UNKNOWN, route.path(known))
        said = answer.headers.get("Allow", "").split(", ") if answer.status_code == 405 else VERBS
        _verbs[route.pattern] = tuple(verb for verb in VERBS if verb in said)
    return _verbs[route.pattern]


def attempt(ask: Ask, victim: Estate, stranger: Stranger, before: Mapping[str, str]) -> Tried:
    with undone(stranger.client) as changed, noted() as looked_for:
        answer = stranger.client.generic(ask.verb, ask.address, **ask.body, headers=dict(ask.headers), follow=False)
        said = said_by(answer)
        problems = list(_problems(ask, victim, answer, said))
        if changed and fingerprint(victim) != before:
            problems.append("changes what is not theirs")
    return Tried(problems, frozenset(looked_for))


def _problems(ask: Ask, victim: Estate, answer: Any, said: str) -> Iterator[str]:
    """What a page repeats of its own address it was told, and didn't tell."""
    told = {str(value).lower() for value in ask.query.values()}
    if found := sorted(word for word in victim.words if word in said and word not in told):
        yield f"says {', '.join(found)}"
    if ask.is_in_vain and not is_no(answer):
        yield f"answers {answer.status_code}, and has to be 404 for what can't be seen, or 403"


def is_no(answer: Any) -> bool:
    to_login = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    return to_login or answer.status_code in (403, 404, 405) or "/accounts/login/" in answer.get("HX-Redirect", "")


def said_by(answer: Any) -> str:
    """All of it in small letters: the body, a stream to its end, what is packed in it, every header and cookie."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{unpacked(body).decode(errors='replace')} {answer.headers} {answer.cookies}".lower()


def unpacked(body: bytes) -> bytes:
    """A spreadsheet is an archive: what stands in its parts."""
    if not is_zipfile(BytesIO(body)):
        return body
    with ZipFile(BytesIO(body)) as archive:
        return b" ".join(archive.read(part) for part in archive.namelist())


@contextmanager
def noted() -> Iterator[set[str]]:
    """The names that are looked for in queries and forms meanwhile, there or not."""
    names: set[str] = set()

    def noting(method: Any) -> Any:
        def look(given: QueryDict, name: str, *rest: Any) -> Any:
            names.add(name)
            return method(given, name, *rest)

        return look

    methods = {name: noting(getattr(QueryDict, name)) for name in ("__getitem__", "__contains__", "getlist", "pop")}
    with patch.multiple(QueryDict, **methods):
        yield names


@contextmanager
def undone(client: Client | None = None) -> Iterator[list[str]]:
    """Whatever was changed is as before afterwards, the client's login included. Yields what changed rows."""
    cookies = client.cookies.output() if client else ""
    outer: Any = transaction.atomic()
    outer._from_testcase = True  # an action may open its own inside
    changed: list[str] = []

    def watch(execute: Any, query: Any, *rest: Any) -> Any:
        changed.extend([query] if CHANGES.match(str(query)) else [])
        return execute(query, *rest)

    with outer, connection.execute_wrapper(watch):
        yield changed
        transaction.set_rollback(True)
    if client and client.cookies.output() != cookies:
        client.cookies.load(cookies.replace("Set-Cookie: ", ""))


def fingerprint(victim: Estate) -> dict[str, str]:
    """What the victim's rows are, table by table. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_fingerprinting(victim.company.pk))
        return dict(cursor.fetchall())


@cache
def _fingerprinting(company_id: int) -> str:
    parts = []
    for model in filter(is_fenced, apps.get_models()):
        own = model._default_manager.of_company(company_id).values("pk").query  # type: ignore[attr-defined]
        table, key = model._meta.db_table, model._meta.pk.column
        parts.append(
            f"SELECT '{model._meta.label}', md5(string_agg(each::text, ' ' ORDER BY each::text))"  # noqa: S608  # ours
            f" FROM {table} AS each WHERE each.{key} IN ({own})"
        )
    return " UNION ALL ".join(parts)
