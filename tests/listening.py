"""Asks for every topic as somebody who has no business there, and tells what opened or was said that is not theirs."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.template.loader import render_to_string

from backend.accounts.actor import Actor
from backend.analytics.floor.policies import can_watch_floor
from backend.core.row_security import forgetting
from realtime.asking import grant_for
from realtime.json_frames import json_frame
from realtime.pushes import PUSHES, Append, Replace
from realtime.topics import TOPICS
from tests.canaries import Estate

OPEN = {
    "stock": "what a seller discloses of a published product is everybody's",
    "catalogue": "there is one catalogue, for everybody",
    "product": "that a published page has changed is everybody's: the signal says no more",
    "notices": "that the list of open enquiries has changed is every verified seller's: the signal says no more",
}
"""Topics that open to strangers, too, and why; their frames are read none the less."""


FLOOR = frozenset({"floor", "floor_figures", "floor_list", "watch", "alarms", "reports", "disputes"})
TO_OPERATORS = FLOOR | {"order", "order_lines", "order_returns", "order_log"}
"""Topics that open to the market's operators, whoever trades."""


def crawl_topics(victim: Estate, actor: Actor) -> list[str]:
    """What the actor may watch that is not theirs, or hears there."""
    opened = opened_to(victim, actor)
    said = [f"{topic} says {word}" for topic in opened for word in heard(*_parted(topic), victim)]
    return [*wrongly(opened, victim, actor), *said]


def opened_to(victim: Estate, actor: Actor) -> list[str]:
    """What the actor may watch, but for what operators watch whoever trades."""
    with forgetting():
        opened = grant_for(actor, every_topic(victim)).topics
    return [topic for topic in opened if not (_parted(topic)[0] in TO_OPERATORS and can_watch_floor(actor))]


def wrongly(opened: Sequence[str], victim: Estate, actor: Actor) -> list[str]:
    """Those that are not theirs, a line each."""
    parted = {topic: _parted(topic) for topic in opened}
    own = {pk for pk in {pk for _thing, pk in parted.values()} if is_own(actor, victim, pk)}
    return [f"{topic} opens to them" for topic, (thing, pk) in parted.items() if thing not in OPEN and pk not in own]


def _parted(topic: str) -> tuple[str, int]:
    thing, _, pk = topic.partition(":")
    return thing, int(pk)


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
