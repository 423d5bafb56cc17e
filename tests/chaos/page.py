"""A page as a visitor holds it: elements and text, and the rules by which frames change them (docs/live.md)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.test.html import Element, parse_html

# A form is no live state: what is typed there is the person's own. A picture of the past is drawn when a page is made.
NOT_LIVE = frozenset({"form", "figure", "nav"})
UNSAID = frozenset({"data-grant", "data-epoch", "data-url", "data-v", "nonce"})
"""Attributes in which two renderings of the same truth may differ: a version that brought nothing to be seen is not
pushed, so that nobody learns that something happened."""
TICKET = re.compile(r'<meta name="live-ticket"[^>]*>')


class Said(NamedTuple):
    """An entry of a room's stream. What stands in it is told of a message only."""

    seq: int
    word: str
    text: str


class Broken(Exception):
    """The page was told something that its rules do not allow."""


def attribute(element: Element, name: str) -> str:
    return str(dict(element.attributes).get(name) or "")


def has(element: Element, name: str) -> bool:
    return name in dict(element.attributes)


def is_log(element: Element) -> bool:
    """A form may name the log that it adds to; it has no topic itself."""
    return has(element, "data-log") and has(element, "data-topic")


def set_attribute(element: Element, name: str, value: str) -> None:
    element.attributes = sorted({**dict(element.attributes), name: value}.items())


def version(element: Element) -> int:
    return int(attribute(element, "data-v") or 0)


def below(element: Element) -> Iterator[Element]:
    for child in element.children:
        if isinstance(child, Element):
            yield child
            yield from below(child)


def every(root: Element) -> Iterator[Element]:
    yield root
    yield from below(root)


def regions(root: Element) -> list[Element]:
    return [element for element in every(root) if has(element, "data-live")]


def shown(region: Element) -> list[Element]:
    """The live elements of a region; it may be one itself."""
    return [element for element in every(region) if has(element, "data-topic")]


def versions(region: Element) -> dict[str, int]:
    """Where a topic is shown twice, the older showing decides what is missing."""
    found: dict[str, int] = {}
    for element in shown(region):
        topic = attribute(element, "data-topic")
        found[topic] = min(found.get(topic, version(element)), version(element))
    return found


def with_id(root: Element, name: str) -> Element | None:
    return next((element for element in every(root) if name and attribute(element, "id") == name), None)


def frames(message: str) -> list[Element]:
    """The templates of one message."""
    return [element for element in every(parse_html(f"<div>{message}</div>")) if element.name == "template"]


def replace(root: Element, incoming: Element) -> bool:
    """Takes the place of the element with its id if it is newer; whether it did."""
    for parent in every(root):
        for index, child in enumerate(parent.children):
            if isinstance(child, Element) and child is not incoming and _is_older(child, incoming):
                parent.children[index] = incoming
                return True
    return False


def _is_older(present: Element, incoming: Element) -> bool:
    return attribute(present, "id") == attribute(incoming, "id") != "" and version(present) < version(incoming)


def append(root: Element, topic: str, seq: int, entries: list[Element]) -> bool:
    """Puts an entry into every log of the topic; whether one of them has a gap before it."""
    has_gap = False
    for log in [each for each in every(root) if is_log(each) and attribute(each, "data-topic") == topic]:
        present = version(log)
        if seq == present + 1:
            _insert(log, seq, entries)
        elif seq > present:
            has_gap = True
    return has_gap


def _insert(log: Element, seq: int, entries: list[Element]) -> None:
    newest_first = attribute(log, "data-log") == "start"
    present = [child for child in log.children if isinstance(child, Element)]
    if len(entries) != 1 or any(attribute(entries[0], "id") == attribute(child, "id") for child in present):
        raise Broken(f"{attribute(log, 'data-topic')}: entry {seq} came twice, or not alone")
    log.children = [*entries, *present] if newest_first else [*present, *entries]
    set_attribute(log, "data-v", str(seq))
    most = int(attribute(log, "data-log-max") or 0)
    if most and len(log.children) > most:
        log.children = log.children[:most] if newest_first else log.children[-most:]


def put(root: Element, present: Element, fresh: Element) -> None:
    """Whatever the versions say."""
    for parent in every(root):
        parent.children = [fresh if child is present else child for child in parent.children]


def keep_newer(present: Element, fresh: Element) -> None:
    """What a push has brought since a response was made stays, whatever the response says."""
    for element in shown(present):
        if element is not present:
            replace(fresh, element)


def text(region: Element) -> str:
    """What a person reads there, one line per element."""
    return "\n".join(_lines(region))


def _lines(element: Element) -> Iterator[str]:
    said = " ".join(f'{name}="{value}"' for name, value in element.attributes if name not in UNSAID)
    yield f"<{element.name} {said}>".replace(" >", ">")
    for child in element.children:
        if isinstance(child, str):
            yield child
        elif child.name not in NOT_LIVE and not _is_own(child):
            yield from _lines(child)


def _is_own(element: Element) -> bool:
    """A hidden field is made anew for each page."""
    return attribute(element, "type") == "hidden" and attribute(element, "name") in ("csrfmiddlewaretoken", "key")


def stream(root: Element) -> list[Said]:
    """What a room's page shows of what was said and offered in it, from its top to its end."""
    shown = [each for each in every(root) if attribute(each, "id").startswith("said-")]
    return [_entry(each) for each in shown]


def _entry(entry: Element) -> Said:
    word = next(name[5:] for name in attribute(entry, "class").split() if name.startswith("said-"))
    texts = [each for each in below(entry) if "said-text" in attribute(each, "class").split()]
    said = "".join(str(child) for each in texts for child in each.children) if word == "message" else ""
    return Said(int(attribute(entry, "data-seq")), word, said)


def meta(root: Element) -> Element:
    """Who the page was made for."""
    found = next((e for e in every(root) if e.name == "meta" and attribute(e, "name") == "live-ticket"), None)
    if found is None:
        raise Broken("the page carries no ticket")
    return found


def language(root: Element) -> str:
    return next((attribute(element, "lang") for element in every(root) if element.name == "html"), "en")


def read(html: str) -> Element:
    return parse_html(html.strip())
