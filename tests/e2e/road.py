"""A road of the test's own: it speaks the protocol of docs/live.md to a real page, when the test says so."""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from playwright.sync_api import Page, WebSocketRoute, expect

SOON_MS = 15_000


class Road:
    """`open_page("/", prepare=road.meet)`: every socket of the page ends here."""

    def __init__(self, build: str = settings.BUILD) -> None:
        self.build = build
        self.tick_age_s = 0.1
        self.sockets: list[WebSocketRoute] = []
        self.heard: list[dict[str, Any]] = []
        self._page: Page | None = None

    def meet(self, page: Page) -> None:
        self._page = page
        page.route_web_socket("**/live", self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))

    def _hear(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        self.heard.append(message)
        if message["t"] == "hello":
            ticket = message["ticket"]
            say(socket, t="welcome", epoch="e1", tick_age=self.tick_age_s, ticket=ticket, build=self.build)
        if message["t"] == "hb":
            say(socket, t="hb", tick_age=self.tick_age_s)

    def say(self, **message: object) -> None:
        """A control message."""
        say(self.sockets[-1], **message)

    def bring(self, *frames: str) -> None:
        """One message of frames."""
        self.sockets[-1].send("".join(frames))

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What the page has said of this kind."""
        return [message for message in self.heard if message["t"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The count-th message of this kind. Raises a time-out if the page does not say it."""
        assert self._page is not None
        for _ in range(SOON_MS // 50):
            if len(self.told(kind)) >= count:
                break
            self._page.wait_for_timeout(50)
        return self.told(kind)[count - 1]


def say(socket: WebSocketRoute, **message: object) -> None:
    socket.send(json.dumps(message))


def replace(topic: str, v: int, content: str, *, trace: str = "") -> str:
    """A frame of a state, whose element is a <div>."""
    inner = f'<div id="{topic.replace(":", "-")}" data-topic="{topic}" data-v="{v}">{content}</div>'
    return _frame("replace", topic, v, inner, trace)


def append(topic: str, seq: int, *, trace: str = "") -> str:
    """A frame of a log's entry, which is a row."""
    return _frame("append", topic, seq, row(topic, seq), trace)


def row(topic: str, seq: int) -> str:
    return f'<tr id="entry-{topic.partition(":")[2]}-{seq}"><td>entry {seq} <a href="#{seq}">open</a></td></tr>'


def log(topic: str, seqs: Iterable[int], *, start: bool = True, most: int = 50) -> str:
    """A region with a log that shows these entries."""
    shown = sorted(seqs, reverse=start)
    rows = "".join(row(topic, seq) for seq in shown)
    return (
        f'<section id="log-region" data-live data-grant="g1" data-url="/log" data-name="Blue mug"><table>'
        f'<tbody id="{topic.replace(":", "-")}" data-topic="{topic}" data-v="{max(shown, default=0)}"'
        f' data-log="{"start" if start else "end"}" data-log-max="{most}">{rows}</tbody></table></section>'
    )


def add_to(page: Page, html: str) -> None:
    """Puts a region on the page as htmx would, so that the scripts take it up."""
    page.evaluate(
        """html => {
          const main = document.querySelector("main");
          main.insertAdjacentHTML("beforeend", html);
          htmx.process(main.lastElementChild);
          main.lastElementChild.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
        }""",
        html,
    )


def wait_for_state(page: Page, state: str, timeout_ms: int = SOON_MS) -> None:
    """Until the road's sign says so."""
    expect(page.locator("[data-road]").first).to_have_attribute("data-road", state, timeout=timeout_ms)


def _frame(push: str, topic: str, v: int, inner: str, trace: str) -> str:
    traced = f' data-trace="{trace}"' if trace else ""
    return f'<template data-topic="{topic}" data-v="{v}" data-push="{push}"{traced}>{inner}</template>'
