"""What live.js does with elements in a real page: the version rule, fields in use, focus, and what is announced."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import OpenPage

SOON_MS = 15_000
PLACE = """html => {
  const box = document.createElement("template");
  box.innerHTML = html;
  live.elements.place(box.content.firstElementChild);
}"""


def fragment(v: int, content: str) -> str:
    return f'<div id="stock-0" data-topic="stock:0" data-v="{v}">{content}</div>'


def answering(html: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=html, content_type="text/html")


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page with one live element of which the server knows nothing."""
    page = open_page("/")
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", fragment(5, "five"))
    return page


def test_only_a_newer_version_takes_the_place(page: Page) -> None:
    element = page.locator("#stock-0")
    for v, shown in ((4, "five"), (5, "five"), (6, "version 6"), (5, "version 6"), (10, "version 10")):
        page.evaluate(PLACE, fragment(v, f"version {v}"))
        expect(element).to_have_text(shown)


def test_what_is_being_typed_is_kept_and_the_newest_comes_after_it(page: Page) -> None:
    page.evaluate(PLACE, fragment(6, '<label>Count <input name="count" value="10"></label>'))
    field = page.locator("#stock-0 input")
    field.focus()
    page.evaluate(PLACE, fragment(7, "seven"))
    field.press("End")
    field.press_sequentially("2")
    page.evaluate(PLACE, fragment(9, "nine"))
    page.evaluate(PLACE, fragment(8, "eight"))
    field.blur()
    expect(field).to_have_value("102")  # not sent yet, so it stays although the focus is elsewhere
    field.fill("10")
    field.blur()
    expect(page.locator("#stock-0")).to_have_text("nine")


def test_a_link_that_has_the_focus_keeps_it(page: Page) -> None:
    page.evaluate(PLACE, fragment(6, '<p>six <a href="#a">first</a> <a href="#b">second</a></p>'))
    page.locator("#stock-0 a").last.focus()
    page.evaluate(PLACE, fragment(7, '<p>seven <a href="#a">first</a> <a href="#b">second</a></p>'))
    expect(page.locator("#stock-0")).to_contain_text("seven")
    expect(page.locator("#stock-0 a").last).to_be_focused()


def test_an_answer_that_is_older_than_a_push_does_not_undo_it(page: Page) -> None:
    page.route("**/older", answering(fragment(6, "answer 6")))
    page.route("**/newer", answering(fragment(8, "answer 8")))
    page.evaluate(PLACE, fragment(7, "push 7"))
    swap = "path => htmx.ajax('GET', path, { target: '#stock-0', swap: 'outerHTML' })"
    page.evaluate(swap, "/older")
    expect(page.locator("#stock-0")).to_have_text("push 7")
    page.evaluate(swap, "/newer")
    expect(page.locator("#stock-0")).to_have_text("answer 8")


def test_an_out_of_band_answer_that_is_older_does_not_undo_a_push(page: Page) -> None:
    older = fragment(6, "answer 6").replace("<div ", '<div hx-swap-oob="true" ')
    page.route("**/older", answering(f"<p>done</p>{older}"))
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<div id=elsewhere></div>')")
    page.evaluate(PLACE, fragment(7, "push 7"))
    page.evaluate("htmx.ajax('GET', '/older', { target: '#elsewhere', swap: 'innerHTML' })")
    expect(page.locator("#elsewhere")).to_have_text("done")
    expect(page.locator("#stock-0")).to_have_text("push 7")


def test_a_change_is_marked_and_announced_with_what_it_is_about(page: Page) -> None:
    page.evaluate("document.querySelector('#stock-0').parentElement.dataset.name = 'Blue mug'")
    page.evaluate(PLACE, fragment(6, "<b>Low stock</b> <span>18 available</span>"))
    expect(page.locator("#stock-0")).to_have_class("just-changed")
    expect(page.locator("[aria-live=polite].hidden")).to_have_text("Blue mug Low stock 18 available", timeout=SOON_MS)
    expect(page.locator("#stock-0")).not_to_have_class("just-changed", timeout=SOON_MS)


def test_a_page_from_the_back_forward_cache_catches_up(open_page: OpenPage) -> None:
    page = open_page("/catalogue/")
    expect(page.locator("[data-road]").first).to_have_attribute("data-road", "live", timeout=SOON_MS)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    with page.expect_websocket(timeout=SOON_MS):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator("[data-road]").first).to_have_attribute("data-road", "live", timeout=SOON_MS)
