"""Every control message from server to page. JSON objects, so they begin with `{` where frames begin with `<`."""

import json
from collections.abc import Collection, Mapping

from django.conf import settings


def _message(**content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def welcome(epoch: str, tick_age_s: float, ticket: str = "") -> bytes:
    """The answer to hello. A ticket is a newer one, for the next connection; the build is the server's."""
    renewed = {"ticket": ticket} if ticket else {}
    return _message(t="welcome", epoch=epoch, tick_age=round(tick_age_s, 1), **renewed, build=settings.BUILD)


def subscribed(topics: Collection[str]) -> bytes:
    """From now on no change of these topics is missed unseen; what was newer than the page is on its way."""
    return _message(t="subscribed", topics=list(topics))


def refresh(topic: str, epoch: str, within_s: float) -> bytes:
    """The page asks for the regions that show this topic, at a random moment within so many seconds."""
    return _message(t="refresh", topics=[topic], epoch=epoch, within_s=round(within_s, 1))


def refused(topics: Collection[str], why: str) -> bytes:
    """These topics are not, or no longer, watched: forged, expired, not_yours, revoked, limit or retry."""
    return _message(t="refused", topics=list(topics), why=why)


def heartbeat(tick_age_s: float, ticket: str = "") -> bytes:
    """The answer to hb, and what every page is told when the road is delayed and when it is live again."""
    renewed = {"ticket": ticket} if ticket else {}
    return _message(t="hb", tick_age=round(tick_age_s, 1), **renewed)


def here(topic: str, people: Mapping[int, str] | None, n: int) -> bytes:
    """Who is at this topic now, oneself included; without `people` there are too many to be named."""
    named = {} if people is None else {"people": _people(people)}
    return _message(t="here", topic=topic, n=n, **named)


def typing(topic: str, people: Mapping[int, str]) -> bytes:
    """Who types there now, oneself included; an empty list: nobody."""
    return _message(t="typing", topic=topic, people=_people(people))


def seen(topic: str, versions: Mapping[int, int]) -> bytes:
    """Up to which version each person has seen the topic."""
    return _message(t="seen", topic=topic, seen={str(person): v for person, v in sorted(versions.items())})


def _people(named: Mapping[int, str]) -> list[dict[str, object]]:
    return [{"id": person, "name": name} for person, name in sorted(named.items())]


def error(code: str) -> bytes:
    """Something was not understood; the socket stays open."""
    return _message(t="error", code=code)
