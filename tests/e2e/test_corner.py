"""What belongs to no form is said in the corner of the page, and stays there until the person goes on."""

from playwright.sync_api import Page, expect

from tests.cast import Cast
from tests.e2e.conftest import OpenPage
from tests.e2e.test_stock_desk import SOON_MS, wait_until_live

ADD = """([label, address, trigger]) => {
  const button = Object.assign(document.createElement("button"), { textContent: label, id: label });
  const asked = { "hx-get": address, "hx-trigger": trigger, "hx-swap": "none" };
  for (const [name, value] of Object.entries(asked)) button.setAttribute(name, value);
  document.querySelector("main").append(button);
  htmx.process(button);
}"""


def add(page: Page, label: str, address: str, trigger: str = "click") -> None:
    page.evaluate(ADD, [label, address, trigger])


def test_a_refusal_is_seen_until_something_else_is_done_by_hand(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/c/northfield/orders/", user=cast.sally)
    wait_until_live(page)
    corner, orders = page.locator("#trouble"), "/c/northfield/orders/"
    add(page, "Missing", f"{orders}99999999/")
    add(page, "There", orders)
    page.get_by_role("button", name="Missing").click()
    expect(corner).to_contain_text("This isn't there", timeout=SOON_MS)
    with page.expect_response(lambda answer: answer.url.endswith("?by=itself")):
        add(page, "Itself", f"{orders}?by=itself", "load")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(corner).not_to_be_empty()
    page.get_by_role("button", name="There").click()
    expect(corner).to_be_empty(timeout=SOON_MS)


def test_an_answer_that_was_on_its_way_takes_no_trouble_away(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/c/northfield/orders/", user=cast.sally)
    wait_until_live(page)
    orders = "/c/northfield/orders/"
    add(page, "There", orders)
    page.evaluate(
        """() => document.addEventListener("htmx:beforeSend", () => {
          htmx.trigger(document.body, "htmx:afterRequest", { successful: false, target: document.body, xhr: {},
            requestConfig: {} });
          htmx.trigger(document.body, "htmx:sendError", {});
        }, { once: true })"""
    )
    with page.expect_response(lambda answer: answer.url.endswith(orders)):
        page.get_by_role("button", name="There").click()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(page.locator("#trouble")).not_to_be_empty()
    page.get_by_role("button", name="There").click()
    expect(page.locator("#trouble")).to_be_empty(timeout=SOON_MS)
