"""Walks every address of the site as somebody who has no business there, and tells what it should not have got."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models, transaction
from django.template.loader import render_to_string
from django.test import Client

from backend.accounts.actor import Actor
from backend.analytics.floor.policies import can_watch_floor
from backend.core.fences import is_fenced
from backend.core.row_security import forgetting
from realtime.json_frames import json_frame
from realtime.pushes import PUSHES, Append, Replace
from realtime.topics import TOPICS, grant_for
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


@dataclass(frozen=True)
class Ask:
    """One request that may come to nothing."""

    verb: str
    path: str
    is_in_vain: bool
    """It names what is the victim's alone: no answer but no."""
    headers: Mapping[str, str]
    data: Mapping[str, object]


def crawl(cast: Cast, victim: Estate, stranger: Stranger, routes: list[Route]) -> list[str]:
    """What the stranger got that is not theirs, a line each."""
    known = {route: arguments(cast, route) for route in routes}  # what these make for it is there from the beginning
    before = fingerprint(victim)
    return [
        f"{ask.verb} {ask.path} {problem}"
        for route, theirs in known.items()
        for ask in asks(cast, victim, stranger, route, theirs)
        for problem in problems(ask, victim, stranger, before)
    ]


def asks(cast: Cast, victim: Estate, stranger: Stranger, route: Route, known: Mapping[str, object]) -> Iterator[Ask]:
    """Every verb that the view takes, on the victim's address, and on one's own with the victim's things."""
    theirs = ids_of(victim, known)
    mine = {**ids_of(stranger.own, theirs), "company": stranger.slug}
    is_at_home = route.name in OF_THE_PLATFORM and stranger.actor.company_id == cast.platform.pk
    attacks = {route.path(theirs): "company" in route.takes and not is_at_home} if stranger.is_thorough else {}
    if "company" in route.takes and stranger.slug and not is_at_home:
        attacks[route.path({**theirs, "company": stranger.slug})] = len(route.takes) > 1
        attacks.setdefault(route.path(mine), False)
    for path, is_in_vain in attacks.items():
        for verb in verbs(cast, route, known):
            yield Ask(verb, path, is_in_vain, {}, {} if verb in SAFE else named(victim))
        if stranger.is_thorough:
            yield Ask("GET", path, is_in_vain, HTMX, {})


def ids_of(estate: Estate, known: Mapping[str, object]) -> dict[str, object]:
    """The arguments of an address, each `<model>_id` being this company's row."""
    return {**known, **{f"{model._meta.model_name}_id": row.pk for model, row in estate.rows.items()}}


def named(victim: Estate) -> dict[str, object]:
    """A form in which every field that could name a thing names the victim's."""
    things = {str(model._meta.model_name): row.pk for model, row in victim.rows.items()}
    return {**things, **{f"{name}_id": pk for name, pk in things.items()}, "company": victim.company.pk, "key": "k"}


_verbs: dict[str, tuple[str, ...]] = {}


def verbs(cast: Cast, route: Route, known: Mapping[str, object]) -> tuple[str, ...]:
    """Those that the view takes, as it says to somebody who may open it; all, where it doesn't say."""
    if route.pattern not in _verbs:
        client = Client()
        client.force_login(cast.olga if route.name in OF_THE_PLATFORM else cast.nora)
        with undone():
            answer = client.generic(UNKNOWN, route.path(known))
        said = answer.headers.get("Allow", "").split(", ") if answer.status_code == 405 else VERBS
        _verbs[route.pattern] = tuple(verb for verb in VERBS if verb in said)
    return _verbs[route.pattern]


def problems(ask: Ask, victim: Estate, stranger: Stranger, before: Mapping[str, str]) -> Iterator[str]:
    with undone(stranger.client) as changed:
        answer = stranger.client.generic(ask.verb, ask.path, **_body(ask), headers=dict(ask.headers), follow=False)
        said = said_by(answer)
        if found := sorted(word for word in victim.words if word in said):
            yield f"says {', '.join(found)}"
        if ask.is_in_vain and not is_no(answer):
            yield f"answers {answer.status_code}, and has to be 404 for what can't be seen, or 403"
        if changed and fingerprint(victim) != before:
            yield "changes what is not theirs"


def _body(ask: Ask) -> dict[str, Any]:
    if ask.verb in SAFE:
        return {}
    pairs = "&".join(f"{name}={value}" for name, value in ask.data.items())
    return {"data": pairs, "content_type": "application/x-www-form-urlencoded"}


def is_no(answer: Any) -> bool:
    to_login = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    return to_login or answer.status_code in (403, 404, 405) or "/accounts/login/" in answer.get("HX-Redirect", "")


def said_by(answer: Any) -> str:
    """All of it in small letters: the body, a stream to its end, every header and cookie."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{body.decode(errors='replace')} {answer.headers} {answer.cookies}".lower()


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
    """What the victim's rows are, table by table."""
    return {
        model._meta.label: repr(sorted(map(repr, rows.of_company(victim.company.pk).values_list())))
        for model in filter(is_fenced, apps.get_models())
        for rows in [model._default_manager]
        if hasattr(rows, "of_company")
    }


# --- Topics ----------------------------------------------------------------------------------------------------------
OPEN = {
    "stock": "what a seller discloses of a published product is everybody's",
    "catalogue": "there is one catalogue, for everybody",
    "product": "that a published page has changed is everybody's: the signal says no more",
    "notices": "that the list of open enquiries has changed is every verified seller's: the signal says no more",
}
"""Topics that open to strangers, too, and why; their frames are read none the less."""


FLOOR = frozenset({"floor", "floor_figures", "floor_list", "reports"})
TO_OPERATORS = FLOOR | {"order", "order_lines", "order_returns", "order_log"}
"""Topics that open to the market's operators, whoever trades."""


def crawl_topics(victim: Estate, actor: Actor) -> list[str]:
    """What the actor may watch that is not theirs, or hears there."""
    found = []
    with forgetting():
        opened = grant_for(actor, every_topic(victim)).topics
    for topic in opened:
        thing, pk = topic.partition(":")[0], int(topic.partition(":")[2])
        if thing in TO_OPERATORS and can_watch_floor(actor):
            continue
        if thing not in OPEN and not is_own(actor, victim, pk):
            found.append(f"{topic} opens to them")
        found += [f"{topic} says {word}" for word in heard(thing, pk, victim)]
    return found


def every_topic(victim: Estate) -> list[str]:
    """Every kind of topic about every one of the subjects: those that do not exist are nobody's."""
    return [f"{thing}:{pk}" for thing in TOPICS for pk in {*subjects(victim), 1}]


def subjects(victim: Estate) -> set[int]:
    """Whatever a topic could be about: any thing of the victim's, or the victim."""
    pks = {row.pk for row in victim.rows.values() if isinstance(row.pk, int)}
    on_sale = (row.pk for rows in (victim.company.skus, victim.company.products) for row in rows.all())
    return {victim.company.pk, *pks, *on_sale}


def is_own(actor: Actor, victim: Estate, pk: int) -> bool:
    """Numbers are not names: another table's row of the same number may well be theirs."""
    if pk == actor.company_id:
        return True
    rows: list[models.Manager[Any]] = [model._default_manager for model in victim.rows]
    return any(manager.of_company(actor.company_id).filter(pk=pk).exists() for manager in rows)  # type: ignore[attr-defined]


def heard(thing: str, pk: int, victim: Estate) -> set[str]:
    """The victim's words in what is pushed on a topic."""
    said = "".join(frames(thing, pk)).lower()
    return {word for word in victim.words if word in said}


def _shown(push: Replace | Append, pk: int) -> Sequence[object]:
    """A state, or a log's entries; nothing, where there is no such thing."""
    try:
        return push.query(pk, 1, 100) if isinstance(push, Append) else [push.query(pk)]
    except ObjectDoesNotExist:
        return ()


def frames(thing: str, pk: int) -> Iterator[str]:
    pushes = {push for each in PUSHES.values() for push in each if isinstance(push, Replace | Append)}
    for push in (push for push in pushes if push.thing == thing):
        for one in _shown(push, pk):
            yield render_to_string(push.fragment, {push.name: one})
            yield json_frame(f"{thing}:{pk}", 1, "replace", one).decode()
