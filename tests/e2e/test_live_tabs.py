"""Two tabs of one browser: nobody reads on in the other tab what is somebody else's by now."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backend.accounts.models import User
from tests.cast import Cast
from tests.e2e.conftest import OpenPage, session_of
from tests.e2e.road import wait_for_state

GRID = "/c/northfield/inventory/"
SOMEBODY_ELSES = "This page was somebody else’s"


@pytest.fixture
def tab(cast: Cast, open_page: OpenPage) -> Page:
    """The stock grid of somebody who has typed a count and not sent it."""
    page = open_page(GRID, user=cast.wes)
    wait_for_state(page, "live")
    page.locator("input[name=quantity]").first.fill("77")
    return page


@pytest.fixture
def other_tab(tab: Page) -> Page:
    return tab.context.new_page()


def log_in(context: BrowserContext, user: User, base: str) -> None:
    context.add_cookies([session_of(user, base)])


def base_of(page: Page) -> str:
    return page.url.partition("/c/")[0]


def log_out(page: Page) -> None:
    page.goto("/catalogue/")
    page.locator("details.menu[data-menu] summary").last.click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/")


def test_a_logout_in_one_tab_blanks_the_others(cast: Cast, tab: Page, other_tab: Page) -> None:
    log_out(other_tab)
    expect(tab.get_by_role("heading", name=SOMEBODY_ELSES)).to_be_visible()
    left = tab.locator("body").inner_html()  # not the head: a ticket's random letters may hold any two figures
    for secret in ("Northfield", "77", "wes@"):
        assert secret not in left
    assert "Northfield" not in tab.title()
    assert tab.locator("input[name=quantity]").count() == 0


def test_what_was_typed_comes_back_with_its_person(cast: Cast, tab: Page, other_tab: Page) -> None:
    base = base_of(tab)
    log_out(other_tab)
    expect(tab.get_by_role("heading", name=SOMEBODY_ELSES)).to_be_visible()
    log_in(tab.context, cast.wes, base)
    other_tab.goto("/catalogue/")
    expect(tab.locator("input[name=quantity]").first).to_have_value("77")
    expect(tab.get_by_role("heading", name=SOMEBODY_ELSES)).to_have_count(0)
    wait_for_state(tab, "live")


def test_nobody_else_is_shown_what_was_typed(cast: Cast, tab: Page, other_tab: Page) -> None:
    base = base_of(tab)
    log_in(tab.context, cast.sally, base)
    other_tab.goto("/catalogue/")
    expect(tab.get_by_role("heading", name=SOMEBODY_ELSES)).to_be_visible()
    log_in(tab.context, cast.wes, base)
    other_tab.goto("/catalogue/")
    expect(other_tab.get_by_role("heading", name="Catalogue")).to_be_visible()
    expect(tab.get_by_role("heading", name=SOMEBODY_ELSES)).to_be_visible()
    assert tab.locator("input[name=quantity]").count() == 0
    tab.get_by_role("link", name="Continue").click()
    expect(tab.locator("input[name=quantity]").first).to_have_value("")


def test_a_page_out_of_the_back_forward_cache_is_not_the_last_persons(cast: Cast, tab: Page, other_tab: Page) -> None:
    tab.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    log_out(other_tab)
    assert "Northfield" in tab.content()  # a frozen page hears nothing
    tab.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(tab.get_by_role("heading", name=SOMEBODY_ELSES)).to_be_visible()
    assert "Northfield" not in tab.content()


def test_a_login_takes_nothing_from_a_page_that_was_nobodys(cast: Cast, open_page: OpenPage) -> None:
    stranger = open_page("/catalogue/?q=mug")
    base = stranger.url.partition("/catalogue")[0]
    log_in(stranger.context, cast.bea, base)
    other = stranger.context.new_page()
    other.goto("/catalogue/")
    expect(other.locator("details.menu[data-menu]").last).to_be_visible()
    expect(stranger.get_by_role("heading", name="Catalogue")).to_be_visible()
