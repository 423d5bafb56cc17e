"""The jewel: an old page plus what was pushed to it equals the page rendered afresh, for that viewer."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.test import Client
from django.test.html import Element, parse_html
from django.utils import translation

from backend.events import log
from realtime.access import CLOSED, read_grant, read_ticket
from realtime.lanes import coalesce
from realtime.pushes import PUSHES, Refresh
from realtime.render import render_push
from realtime.road import Entries, Push, Stored

# What two renderings of the same truth differ in.
VOLATILE = re.compile(
    r'\s(?:data-grant|nonce)="[^"]*"'
    r'|<meta name="live-ticket"[^>]*>'
    r'|<input type="hidden" name="(?:csrfmiddlewaretoken|key)"[^>]*>'
)
GRANT = re.compile(r'data-grant="([^"]+)"')
TICKET = re.compile(r'<meta name="live-ticket" content="([^"]+)"')
LISTS = {push.thing for pushes in PUSHES.values() for push in pushes if isinstance(push, Refresh)}


@contextmanager
def assert_live(client: Client, url: str) -> Iterator[None]:
    """Whatever is committed inside reaches the page that this client had open before, and makes it what it now is.

    The page's own grants decide which pushes it gets, its elements' versions which of them it shows. A region that is
    told to ask is given what its page says now, as it would be.
    """
    log.number_events(10_000)
    start, before = log.last_position(), _page(client, url)
    yield
    log.number_events(10_000)
    shown, fresh = _parsed(before), _parsed(_page(client, url))
    for news in _pushed(before, start):
        _show(shown, news, fresh)
    assert _text(shown) == _text(fresh)


def _page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, f"{url} answered {response.status_code}"
    return response.content.decode()


def _pushed(page: str, start: int) -> Iterator[Push | Entries]:
    """What this page would receive, in the order of its delivery."""
    (ticket,) = TICKET.findall(page)
    grants = [read_grant(token, read_ticket(ticket).person) for token in GRANT.findall(page)]
    granted = {topic for grant in grants for topic, scopes in grant.topics.items() if CLOSED not in scopes}
    stored = Stored(wanted=frozenset({_language()}))
    for topic, due in coalesce(log.since(start, 10_000)).items():
        news = render_push(due, stored) if topic in granted else None
        if news is not None:
            yield news


def _language() -> str:
    return translation.get_language() or "en"


def _parsed(page: str) -> Element:
    return parse_html(VOLATILE.sub("", page))


def _elements(tree: Element) -> Iterator[Element]:
    """Every element below, a frame's own template not included."""
    for child in tree.children:
        if isinstance(child, Element):
            if child.name != "template":
                yield child
            yield from _elements(child)


def _show(page: Element, news: Push | Entries, fresh: Element) -> None:
    """What live.js does with what it hears of one topic."""
    if isinstance(news, Entries):
        entries = [_row(frame) for frame in news.frames[_language()]]
        for place in _showing(page, news.topic):
            _append(place, news.first, entries)
    elif not news.frames:
        _ask(page, news, fresh)
    else:
        for element in _elements(parse_html(news.frames[_language()].decode())):
            _place(page, element)


def _place(page: Element, incoming: Element) -> None:
    """The version rule, then the element with the same id is replaced."""
    new = dict(incoming.attributes)
    for parent in [page, *_elements(page)] if "data-topic" in new else ():
        for index, child in enumerate(parent.children):
            present = dict(child.attributes) if isinstance(child, Element) else {}
            if present.get("id") == new["id"] and int(present["data-v"] or 0) < int(new["data-v"] or 0):
                parent.children[index] = incoming


def _row(frame: bytes) -> Element:
    """The element in a log's frame; Django's parser drops no row that stands outside a table."""
    (template,) = [child for child in [parse_html(frame.decode())] if isinstance(child, Element)]
    (row,) = [child for child in template.children if isinstance(child, Element)]
    return row


def _append(place: Element, first: int, entries: Sequence[Element]) -> None:
    """Known ones are dropped, the next one is inserted; a gap would be asked for, and must not be here."""
    for seq, entry in enumerate(entries, first):
        attributes = dict(place.attributes)
        have = int(attributes["data-v"] or 0)
        if seq > have:
            assert seq == have + 1, f"{attributes['data-topic']} has a gap between {have} and {seq}"
            is_newest_first = attributes["data-log"] == "start"
            place.children.insert(0 if is_newest_first else len(place.children), entry)
            most = int(attributes["data-log-max"] or 0)
            place.children = place.children[:most] if is_newest_first else place.children[-most:]
            _set(place, "data-v", str(seq))


def _ask(page: Element, news: Push, fresh: Element) -> None:
    """Every region that shows an older version of the topic takes what the page says now."""
    for region in [element for element in _elements(page) if "data-live" in dict(element.attributes)]:
        if any(_version(element) < news.version for element in _showing(region, news.topic)):
            (now,) = [one for one in _elements(fresh) if _id(one) == _id(region)]
            region.attributes, region.children = now.attributes, now.children


def _showing(tree: Element, topic: str) -> list[Element]:
    return [one for one in [tree, *_elements(tree)] if dict(one.attributes).get("data-topic") == topic]


def _version(element: Element) -> int:
    return int(dict(element.attributes)["data-v"] or 0)


def _id(element: Element) -> str | None:
    return dict(element.attributes).get("id")


def _set(element: Element, name: str, value: str) -> None:
    element.attributes = [(key, value if key == name else old) for key, old in element.attributes]


def _text(page: Element) -> str:
    """A page as it can be compared. A list's version says when it was asked for, not what it shows."""
    for element in _elements(page):
        if (dict(element.attributes).get("data-topic") or "").partition(":")[0] in LISTS:
            _set(element, "data-v", "")
    return str(page)
