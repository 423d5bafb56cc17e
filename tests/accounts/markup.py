"""What can be said of a page without a browser: its headings, its labels, and that the security policy lets it work."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol

CONTROLS = {"input", "select", "textarea"}
UNLABELLED = {"hidden", "submit", "button"}


class HasContent(Protocol):
    """A response, the test client's own kind included."""

    @property
    def content(self) -> Any: ...


@dataclass
class Page(HTMLParser):
    """A parsed page."""

    headings: int = 0
    inline: list[str] = field(default_factory=list)
    controls: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.headings += tag == "h1"
        self.inline += [f"{tag} {name}" for name in found if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in found and found.get("type") != "application/json"):
            self.inline.append(tag)
        if tag in CONTROLS and found.get("type") not in UNLABELLED and "aria-label" not in found:
            self.controls.add(found.get("id", f"{tag} {found.get('name')} without id"))
        if tag == "label":
            self.labels.add(found.get("for", ""))
        if tag == "a":
            self.links.append(found.get("href", ""))
        if "id" in found:
            self.ids.append(found["id"])


def read(response: HasContent) -> Page:
    page = Page()
    page.feed(response.content.decode())
    return page


def assert_sound(response: HasContent) -> Page:
    """One h1, nothing inline that the policy blocks, a label for each control, no id twice."""
    page = read(response)
    assert page.headings == 1
    assert page.inline == []
    assert page.controls - page.labels == set()
    assert len(page.ids) == len(set(page.ids)), sorted(page.ids)
    return page
