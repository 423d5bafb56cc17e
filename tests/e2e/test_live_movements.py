"""A SKU's movements and the catalogue's rows, on the real road: in several browsers, in order, each once."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from backend.catalog.actions import pause_product
from backend.catalog.models import Sku
from backend.inventory.actions import adjust_stock
from tests.cast import Cast, actor_of, add_sku
from tests.e2e.conftest import OpenPage
from tests.e2e.road import wait_for_state

FreshSku = Callable[..., Sku]
SOON_MS = 20_000
GRID = "/c/northfield/inventory/"


def sell(cast: Cast, sku: Sku, by: int, reason: str = "") -> None:
    adjust_stock(sku, cast.shelf, by=by, reason=reason, key=uuid4().hex, actor=actor_of(cast.nora))


def reasons(page: Page, sku: Sku) -> list[str]:
    """Why stock moved, as the page shows it, from above."""
    rows = page.locator(f"#stock_moves-{sku.pk} tr td:nth-child(2) .quiet")
    return [text.strip() for text in rows.all_inner_texts()]


def afresh(page: Page) -> str:
    """The movements as another load of the page shows them."""
    text: str = page.evaluate(
        """async () => {
          const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
          return [...page.querySelectorAll(".movements tbody tr")].map(row => row.id).join();
        }"""
    )
    return text


def shown(page: Page) -> str:
    text: str = page.eval_on_selector_all(".movements tbody tr", "rows => rows.map(row => row.id).join()")
    return text


def test_movements_appear_in_two_browsers_in_order(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    pages = [open_page(f"{GRID}skus/{jug.pk}/", user=user) for user in (cast.nora, cast.rita)]
    for page in pages:
        wait_for_state(page, "live")
    for n in range(12):
        sell(cast, jug, -1, f"sale {n}")
    expected = [f"sale {n}" for n in reversed(range(12))] + [""]
    for page in pages:
        expect(page.locator(f"#move-{jug.pk}-13")).to_be_visible(timeout=SOON_MS)
        assert reasons(page, jug) == expected
        expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("288", timeout=SOON_MS)
        expect(page.locator("figure.history")).to_be_visible(timeout=SOON_MS)
        assert shown(page) == afresh(page)


def test_the_first_movement_takes_the_place_of_the_empty_state(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    product = fresh_sku().product
    bare = add_sku(product, f"bare-{product.pk}")
    page = open_page(f"{GRID}skus/{bare.pk}/", user=cast.nora)
    wait_for_state(page, "live")
    expect(page.get_by_text("Nothing has moved yet")).to_be_visible()
    expect(page.locator(".movements table")).to_be_hidden()
    sell(cast, bare, 7, "found behind the shelf")
    expect(page.locator(".movements").get_by_text("found behind the shelf")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_text("Nothing has moved yet")).to_be_hidden()
    expect(page.get_by_role("link", name="Older movements")).to_be_hidden()


def test_the_way_to_older_movements_opens_when_there_are_some(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    for _ in range(48):
        sell(cast, jug, -1)
    page = open_page(f"{GRID}skus/{jug.pk}/", user=cast.nora)
    wait_for_state(page, "live")
    expect(page.get_by_role("link", name="Older movements")).to_be_hidden()
    sell(cast, jug, -1)
    sell(cast, jug, -1, "the fifty-first")
    expect(page.locator(".movements").get_by_text("the fifty-first")).to_be_visible(timeout=SOON_MS)
    assert page.locator(".movements tbody tr").count() == 50
    page.get_by_role("link", name="Older movements").click()
    expect(page.locator(".movements tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Newer movements")).to_be_visible()


def test_ones_own_adjustment_is_one_row(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = open_page(f"{GRID}skus/{jug.pk}/", user=cast.nora)
    wait_for_state(page, "live")
    for n in range(3):
        page.get_by_label("By", exact=True).fill(f"-{n + 1}")
        page.get_by_label("Reason").fill(f"mine {n}")
        page.get_by_role("button", name="Adjust").click()
        sell(cast, jug, -10, f"theirs {n}")
        expect(page.locator(".movements").get_by_text(f"mine {n}")).to_be_visible(timeout=SOON_MS)
        expect(page.locator(".movements").get_by_text(f"theirs {n}")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(f"#move-{jug.pk}-7")).to_be_visible(timeout=SOON_MS)
    assert len(reasons(page, jug)) == 7
    assert shown(page) == afresh(page)


def test_what_is_typed_while_an_answer_is_under_way_goes_on_in_the_form_that_it_brings(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    page = open_page(f"{GRID}skus/{jug.pk}/", user=cast.nora)
    wait_for_state(page, "live")
    held: list[Route] = []
    page.route("**/adjustments/", lambda route: held.append(route))
    page.get_by_label("By", exact=True).fill("-1")
    page.get_by_label("Reason").fill("the first")
    page.get_by_role("button", name="Adjust").click()
    expect(page.get_by_role("button", name="Adjust")).to_be_disabled()
    page.get_by_label("Reason").fill("the seco")
    held.pop().continue_()
    expect(page.get_by_role("button", name="Adjust")).to_be_enabled(timeout=SOON_MS)
    expect(page.get_by_label("By", exact=True)).to_have_value("")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("nd")
    expect(page.get_by_label("Reason")).to_have_value("the second")
    expect(page.locator(".movements").get_by_text("the first")).to_be_visible(timeout=SOON_MS)


@pytest.mark.parametrize("how", ["paused", "sold out"])
def test_what_can_no_longer_be_ordered_leaves_an_open_filtered_catalogue(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku, how: str
) -> None:
    gone, stays = fresh_sku(name=f"Leaving {how} jug"), fresh_sku(name=f"Leaving {how} bowl")
    page = open_page(f"/catalogue/?q=Leaving+{how.replace(' ', '+')}&in_stock=1", user=cast.bea)
    wait_for_state(page, "live")
    expect(page.locator(".good")).to_have_count(2)
    if how == "paused":
        pause_product(gone.product, actor=actor_of(cast.nora))
    else:
        sell(cast, gone, -300)
    expect(page.locator(f"#good-{gone.pk}")).to_have_count(0, timeout=SOON_MS)
    expect(page.locator(f"#good-{stays.pk}")).to_be_visible()
    expect(page.locator(".results-count")).to_have_text("1 product")


def test_the_categories_count_what_is_published_now_and_a_choice_among_them_stays(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    page = open_page("/catalogue/", user=cast.bea)
    wait_for_state(page, "live")
    count = page.locator("label[for=category-crockery] small")
    page.locator("label[for=category-crockery]").click()
    page.wait_for_url("**/catalogue/?category=crockery")
    before = int(count.inner_text())
    pause_product(jug.product, actor=actor_of(cast.nora))
    expect(count).to_have_text(str(before - 1), timeout=SOON_MS)
    assert page.locator("#category-crockery").is_checked()
