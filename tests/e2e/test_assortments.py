"""A seller says who buys his goods; whoever looks at them meanwhile sees it change."""

from playwright.sync_api import Page, expect

from tests.cast import Cast
from tests.e2e.conftest import OpenPage
from tests.e2e.test_stock_desk import SOON_MS, FreshSku, wait_until_live


def say(desk: Page, kind: str, companies: str) -> None:
    """What the assortment on the screen says from now on, and to whom; then its page again."""
    here = desk.url.removesuffix("goods/")
    desk.get_by_label(kind).check()
    desk.get_by_label("Companies").fill(companies)
    desk.locator("form", has=desk.get_by_label("Companies")).get_by_role("button", name="Save").click()
    desk.wait_for_url("**/prices/assortments/")
    desk.goto(here)


def test_what_is_shown_or_reserved_is_seen_and_not_bought_by_others(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    shop = open_page(f"/c/cornershop/catalogue/{jug.product_id}-{jug.product.slug}/", user=cast.bea)
    wait_until_live(shop)
    offer = shop.locator("#offers")
    buy = offer.get_by_role("button", name="Put into the cart")
    expect(buy).to_be_visible()

    desk = open_page("/c/northfield/prices/assortments/", user=cast.sally)
    desk.get_by_label("Name", exact=True).fill(f"Dealers of {jug.code}")
    desk.get_by_label("Only they can buy this").check()
    desk.get_by_role("button", name="Save").click()
    goods = desk.locator("#goods")
    goods.get_by_label("Rows of a spreadsheet").fill(f"{jug.code}\nNONE")
    goods.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("alert").first).to_contain_text("Row 2 NONE")
    expect(offer).to_contain_text("to chosen customers only", timeout=SOON_MS)
    expect(offer.get_by_role("link", name="Ask for an offer")).to_be_visible()
    expect(buy).to_have_count(0)

    say(desk, "Only they can buy this", "Cornershop")
    expect(buy).to_be_visible(timeout=SOON_MS)
    say(desk, "They see this, but can’t buy it", "Cornershop")
    expect(offer).to_contain_text(f"does not sell {jug.code} to your company", timeout=SOON_MS)
    expect(buy).to_have_count(0)
    desk.get_by_role("button", name="Remove this assortment").click()
    expect(buy).to_be_visible(timeout=SOON_MS)
