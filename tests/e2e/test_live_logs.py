"""A log on a page: entries in order, each once, none missing, and nobody loses their place."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.road import Road, add_to, append, log, replace, wait_for_state

TOPIC = "stock_moves:0"
ROWS = "#stock_moves-0 tr"


def seqs(page: Page) -> list[int]:
    """The entries as the page shows them, from above."""
    found: list[int] = page.eval_on_selector_all(ROWS, "rows => rows.map(row => Number(row.id.split('-')[2]))")
    return found


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
def page(open_page: OpenPage, road: Road) -> Page:
    """A page that shows entries 1 to 3 of a log, the newest first, and four at most."""
    page = open_page("/", prepare=road.meet)
    add_to(page, log(TOPIC, [1, 2, 3], most=4))
    wait_for_state(page, "live")
    return page


def test_the_next_entries_come_in_order_and_the_oldest_go(page: Page, road: Road) -> None:
    road.bring(append(TOPIC, 4), append(TOPIC, 5))
    expect(page.locator(ROWS).first).to_contain_text("entry 5")
    assert seqs(page) == [5, 4, 3, 2]
    expect(page.locator("#stock_moves-0")).to_have_attribute("data-v", "5")
    expect(page.locator("#entry-0-5")).to_have_class("just-changed")
    expect(page.locator("#entry-0-5")).not_to_have_class("just-changed")


def test_an_entry_is_shown_once_however_often_it_comes(page: Page, road: Road) -> None:
    road.bring(append(TOPIC, 4))
    road.bring(append(TOPIC, 3), append(TOPIC, 4), append(TOPIC, 5))
    expect(page.locator(ROWS).first).to_contain_text("entry 5")
    assert seqs(page) == [5, 4, 3, 2]


def test_where_an_entry_is_missing_the_page_asks_with_what_it_has(page: Page, road: Road) -> None:
    asked = len(road.told("sub"))
    road.bring(append(TOPIC, 6))
    again = road.wait_for("sub", asked + 1)
    assert (again["grant"], again["have"]) == ("g1", {TOPIC: 3})
    assert seqs(page) == [3, 2, 1]
    road.bring(append(TOPIC, 7))  # the answer is on its way: nothing is asked twice
    road.bring(append(TOPIC, 4), append(TOPIC, 5), append(TOPIC, 6), append(TOPIC, 7))
    expect(page.locator(ROWS).first).to_contain_text("entry 7")
    assert seqs(page) == [7, 6, 5, 4]
    assert len(road.told("sub")) == asked + 1


def test_a_log_that_grows_at_its_end_does_so(open_page: OpenPage, road: Road) -> None:
    page = open_page("/", prepare=road.meet)
    add_to(page, log(TOPIC, [], start=False, most=2))
    wait_for_state(page, "live")
    road.bring(append(TOPIC, 1), append(TOPIC, 2), append(TOPIC, 3))
    expect(page.locator(ROWS).last).to_contain_text("entry 3")
    assert seqs(page) == [2, 3]


def test_what_is_new_is_announced_once_every_few_seconds(page: Page, road: Road) -> None:
    page.evaluate(
        """() => {
          globalThis.spoken = [];
          const announcer = document.querySelector("[aria-live=polite].hidden");
          new MutationObserver(() => spoken.push(announcer.textContent)).observe(announcer, { childList: true });
        }"""
    )
    for seq in range(4, 40):
        road.bring(append(TOPIC, seq))
    announcer = page.locator("[aria-live=polite].hidden")
    expect(announcer).to_have_text("Blue mug entry 39 open", timeout=15_000)
    assert len(page.evaluate("spoken")) <= 3


def test_the_frames_of_one_message_are_shown_in_one_task(page: Page, road: Road) -> None:
    add_to(page, '<div id="stock_level-0" data-topic="stock_level:0" data-v="1">one</div>')
    page.evaluate(
        """() => {
          globalThis.torn = false;
          new MutationObserver(() => {
            const level = document.getElementById("stock_level-0").textContent;
            const entry = document.querySelector("#stock_moves-0 tr").id;
            if ((level === "two") !== (entry === "entry-0-4")) globalThis.torn = true;
          }).observe(document.querySelector("main"), { subtree: true, childList: true });
        }"""
    )
    road.bring(replace("stock_level:0", 2, "two"), append(TOPIC, 4))
    expect(page.locator("#stock_level-0")).to_have_text("two")
    expect(page.locator("#entry-0-4")).to_be_visible()
    assert page.evaluate("torn") is False


def test_what_was_shown_of_a_traced_change_is_acknowledged_once_a_message(page: Page, road: Road) -> None:
    road.bring(replace("stock_level:0", 2, "two", trace="9.17"), append(TOPIC, 4, trace="9.17"))
    road.bring(append(TOPIC, 5))
    road.bring(append(TOPIC, 6, trace="10.18"))
    road.wait_for("ack", 2)
    assert [message["trace"] for message in road.told("ack")] == ["9.17", "10.18"]


def test_a_reader_further_down_is_not_moved_by_what_comes_in_above(open_page: OpenPage, road: Road) -> None:
    page = open_page("/", prepare=road.meet)
    add_to(page, log(TOPIC, range(1, 200), most=300))
    wait_for_state(page, "live")
    page.locator("#entry-0-100").evaluate("row => row.scrollIntoView({ block: 'center', behavior: 'instant' })")
    before = page.locator("#entry-0-100").evaluate("row => row.getBoundingClientRect().top")
    road.bring(*(append(TOPIC, seq) for seq in range(200, 230)))
    expect(page.locator("#entry-0-229")).to_be_attached()
    page.evaluate("new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    after = page.locator("#entry-0-100").evaluate("row => row.getBoundingClientRect().top")
    assert after == pytest.approx(before, abs=1)


def test_an_answer_to_a_form_obeys_the_order_of_a_log(page: Page, road: Road) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body=log(TOPIC, answered, most=4), content_type="text/html")

    page.route("**/log", answer)
    swap = "htmx.ajax('GET', '/log', { target: '#log-region', swap: 'outerHTML' })"
    answered = [1, 2, 3, 4]
    page.evaluate(swap)
    expect(page.locator("#entry-0-4")).to_be_visible()
    road.bring(append(TOPIC, 4), append(TOPIC, 5))
    expect(page.locator("#entry-0-5")).to_be_visible()
    page.evaluate(swap)  # it was on its way when 5 came
    assert seqs(page) == [5, 4, 3, 2]
    road.bring(append(TOPIC, 6))
    expect(page.locator("#entry-0-6")).to_be_visible()
    assert seqs(page) == [6, 5, 4, 3]
