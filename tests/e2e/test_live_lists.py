"""A list whose rows come and go while somebody reads it, works in it or stands on one of its rows."""

from collections.abc import Iterable
from itertools import count

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.road import Road, add_to, wait_for_state

LIST = "listing:1"


def row(name: str) -> str:
    return (
        f'<li id="good-{name}" style="min-block-size: 90px"><h2><a href="#{name}">{name}</a></h2>'
        f'<form id="form-{name}"><input name="count" value=""></form>'
        f'<details id="more-{name}"><summary>more</summary>of {name}</details></li>'
    )


def region(names: Iterable[str], position: int) -> str:
    rows = list(names)
    shown = f"<ol>{''.join(row(name) for name in rows)}</ol>" if rows else "<p>Nothing matches</p>"
    return (
        f'<section id="listing" data-live data-grant="g{position}" data-url="/listing" data-topic="{LIST}"'
        f' data-v="{position}"><p class="how-many">{len(rows)} rows</p>{shown}</section>'
    )


class Listing:
    """The list's address. `show` changes what it answers, and tells the page."""

    def __init__(self, road: Road) -> None:
        self.road = road
        self.position = 7
        self.names: list[str] = ["ant", "bee", "cat", "dog"]

    def html(self) -> str:
        return region(self.names, self.position)

    def answer(self, route: Route) -> None:
        route.fulfill(body=self.html(), content_type="text/html")

    def show(self, *names: str) -> None:
        self.names, self.position = list(names), self.position + 1
        self.road.say(t="refresh", topics=[LIST], epoch="e1", within_s=0)


def names(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("#listing li", "rows => rows.map(row => row.id.slice(5))")
    return found


@pytest.fixture
def listing() -> Listing:
    return Listing(Road())


@pytest.fixture
def page(open_page: OpenPage, listing: Listing) -> Page:
    page = open_page("/", prepare=listing.road.meet)
    page.route("**/listing", listing.answer)
    add_to(page, listing.html())
    wait_for_state(page, "live")
    return page


def test_a_region_says_which_version_of_its_list_it_shows(page: Page, listing: Listing) -> None:
    subscriptions = [message for message in listing.road.told("sub") if LIST in message["have"]]
    assert subscriptions[-1]["have"][LIST] == 7


def test_rows_come_go_and_change_places(page: Page, listing: Listing) -> None:
    listing.show("eel", "dog", "ant", "cat")
    expect(page.locator(".how-many")).to_have_text("4 rows")
    expect(page.locator("#good-eel")).to_have_class("just-changed")
    assert names(page) == ["eel", "dog", "ant", "cat"]
    listing.road.wait_for("sub", len(listing.road.told("sub")))
    listing.show()
    expect(page.locator("#listing")).to_contain_text("Nothing matches")
    listing.show("cat")
    expect(page.locator("#good-cat")).to_be_visible()
    assert names(page) == ["cat"]


def test_the_region_subscribes_anew_with_what_it_shows_now(page: Page, listing: Listing) -> None:
    asked = len(listing.road.told("sub"))
    listing.show("ant")
    again = listing.road.wait_for("sub", asked + 1)
    assert (again["grant"], again["have"][LIST]) == ("g8", 8)


def test_an_answer_from_before_what_is_shown_changes_nothing(page: Page, listing: Listing) -> None:
    asked = len(listing.road.told("sub"))
    listing.position = 3
    listing.show("zebra")
    listing.road.wait_for("sub", asked + 1)
    assert names(page) == ["ant", "bee", "cat", "dog"]
    assert page.locator("#listing").get_attribute("data-v") == "7"


def test_what_is_refused_is_asked_for_once_and_then_shown_as_it_was(open_page: OpenPage) -> None:
    road, grants = Road(), count(1)

    def two_products() -> str:
        states = "".join(f'<p id="stock-{n}" data-topic="stock:{n}" data-v="1">of {n}</p>' for n in (1, 2))
        return f'<section id="pair" data-live data-grant="g{next(grants)}" data-url="/pair">{states}</section>'

    page = open_page("/", prepare=road.meet)
    page.route("**/pair", lambda route: route.fulfill(body=two_products(), content_type="text/html"))
    add_to(page, two_products())
    wait_for_state(page, "live")
    for grant, topic in (("g2", "stock:1"), ("g3", "stock:2")):  # two products are paused, one after the other
        road.say(t="refused", topics=[topic], why="revoked")
        expect(page.locator("#pair")).to_have_attribute("data-grant", grant)
        expect(page.locator("#pair")).not_to_have_attribute("data-stale", "")
    road.say(t="refused", topics=["stock:2"], why="revoked")
    expect(page.locator("#pair")).to_have_attribute("data-gone", "revoked")
    expect(page.locator("#pair")).to_have_attribute("data-stale", "")
    expect(page.locator("#pair")).to_have_attribute("data-grant", "g3")


def test_what_is_typed_stays_with_caret_and_focus_while_rows_move_around_it(page: Page, listing: Listing) -> None:
    field = page.locator("#form-cat input")
    field.press_sequentially("2468")
    field.evaluate("field => field.setSelectionRange(1, 3)")
    listing.show("dog", "eel", "cat", "fox")
    expect(page.locator("#good-fox")).to_be_visible()
    assert names(page) == ["dog", "eel", "cat", "fox"]
    expect(field).to_be_focused()
    expect(field).to_have_value("2468")
    assert field.evaluate("field => [field.selectionStart, field.selectionEnd]") == [1, 3]


def test_a_row_in_which_somebody_types_leaves_when_they_are_done(page: Page, listing: Listing) -> None:
    field = page.locator("#form-bee input")
    field.press_sequentially("5")
    listing.show("ant", "cat", "dog")
    expect(page.locator(".how-many")).to_have_text("3 rows")
    assert names(page) == ["ant", "bee", "cat", "dog"]
    expect(field).to_have_value("5")
    field.fill("")
    field.blur()
    expect(page.locator("#good-bee")).to_have_count(0)


def test_whoever_stood_on_a_row_that_left_stands_on_the_next_one(page: Page, listing: Listing) -> None:
    page.locator("#good-bee a").focus()
    listing.show("ant", "cat", "dog")
    expect(page.locator("#good-bee")).to_have_count(0)
    expect(page.locator("#good-cat a")).to_be_focused()


def test_what_is_open_stays_open(page: Page, listing: Listing) -> None:
    page.locator("#more-cat summary").click()
    listing.show("cat", "dog", "ant")
    expect(page.locator("#good-bee")).to_have_count(0)
    expect(page.locator("#more-cat")).to_have_attribute("open", "")


def test_the_row_that_somebody_reads_stays_where_it_is_on_the_screen(page: Page, listing: Listing) -> None:
    many = [f"row{n}" for n in range(60)]
    listing.show(*many)
    expect(page.locator("#good-row59")).to_be_attached()
    reading = page.locator("#good-row30")
    reading.evaluate("row => row.scrollIntoView({ block: 'center', behavior: 'instant' })")
    before = reading.evaluate("row => row.getBoundingClientRect().top")
    listing.show(*[f"new{n}" for n in range(9)], *many[5:])
    expect(page.locator("#good-new8")).to_be_attached()
    page.evaluate("new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert reading.evaluate("row => row.getBoundingClientRect().top") == pytest.approx(before, abs=1)
