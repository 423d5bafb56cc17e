"""The jewel: an old page plus what was pushed to it equals the page rendered afresh, for that viewer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.test import Client
from django.test.html import Element, parse_html
from django.utils import translation

from backend.events import log
from realtime.access import read_grant, read_ticket
from realtime.courier import coalesce
from realtime.render import render_push
from realtime.road import Stored

# What two renderings of the same truth differ in.
VOLATILE = re.compile(
    r'\s(?:data-grant|nonce)="[^"]*"'
    r'|<meta name="live-ticket"[^>]*>'
    r'|<input type="hidden" name="(?:csrfmiddlewaretoken|key)"[^>]*>'
)
GRANT = re.compile(r'data-grant="([^"]+)"')
TICKET = re.compile(r'<meta name="live-ticket" content="([^"]+)"')


@contextmanager
def assert_live(client: Client, url: str) -> Iterator[None]:
    """Whatever is committed inside reaches the page that this client had open before, and makes it what it now is.

    The page's own grants decide which pushes it gets, its elements' versions which of them it shows.
    """
    log.number_events(10_000)
    start, before = log.last_position(), _page(client, url)
    yield
    log.number_events(10_000)
    shown = _parsed(before)
    for html in _pushed(before, start):
        for element in _elements(parse_html(html)):
            _place(shown, element)
    assert str(shown) == str(_parsed(_page(client, url)))


def _page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, f"{url} answered {response.status_code}"
    return response.content.decode()


def _pushed(page: str, start: int) -> Iterator[str]:
    """The fragments of the frames that this page would receive, in the order of their delivery."""
    (ticket,) = TICKET.findall(page)
    grants = [read_grant(token, read_ticket(ticket)) for token in GRANT.findall(page)]
    granted = {topic for grant in grants for topic in grant.topics}
    lang = translation.get_language() or "en"
    for topic, due in coalesce(log.since(start, 10_000)).items():
        push = render_push(due, Stored(wanted=frozenset({lang}))) if topic in granted else None
        if push is not None:
            yield push.frames[lang].decode()


def _parsed(page: str) -> Element:
    return parse_html(VOLATILE.sub("", page))


def _elements(tree: Element) -> Iterator[Element]:
    """Every element below, a frame's own template not included."""
    for child in tree.children:
        if isinstance(child, Element):
            if child.name != "template":
                yield child
            yield from _elements(child)


def _place(page: Element, incoming: Element) -> None:
    """What live.js does with a frame: the version rule, then the element with the same id is replaced."""
    new = dict(incoming.attributes)
    for parent in [page, *_elements(page)] if "data-topic" in new else ():
        for index, child in enumerate(parent.children):
            present = dict(child.attributes) if isinstance(child, Element) else {}
            if present.get("id") == new["id"] and int(present["data-v"] or 0) < int(new["data-v"] or 0):
                parent.children[index] = incoming
