"""A shop that knows what it wants: keys alone, rows pasted out of a spreadsheet, on a desk and on a telephone."""

import pytest
from playwright.sync_api import Page, expect

from backend.orders.models import CartLine
from backend.orders.part_numbers.actions import keep_part_numbers
from backend.orders.part_numbers.reading import pairs_of
from tests.cast import Cast, actor_of
from tests.e2e.conftest import OpenPage
from tests.e2e.test_stock_desk import SOON_MS, FreshSku, sell, wait_until_live

PAD = "/c/cornershop/quick-order/"
DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
PASTE = """([id, text]) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.getElementById(id).dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def typed(page: Page) -> list[str]:
    return [
        value for value in page.locator(".quick-line input").evaluate_all("all => all.map((one) => one.value)") if value
    ]


@pytest.mark.parametrize("look", [DESK, PHONE], ids=["desk", "phone"])
def test_an_order_is_typed_pasted_corrected_and_put_into_the_cart_by_keys_alone(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku, look: dict[str, object]
) -> None:
    jug, bowl = fresh_sku(), fresh_sku(name="Bowl")
    page = open_page(PAD, user=cast.carl, **look)
    wait_until_live(page)
    page.locator("#code-1").focus()
    page.keyboard.type(jug.code)
    page.keyboard.press("Enter")
    expect(page.locator("#quantity-1")).to_be_focused()
    page.keyboard.type("24")
    page.keyboard.press("Enter")
    expect(page.locator("#code-2")).to_be_focused()
    expect(page.locator("#check-1")).to_contain_text("Stoneware jug", timeout=SOON_MS)
    expect(page.locator("#pad-ready")).to_have_text("1 of 1 line can be ordered.", timeout=SOON_MS)

    sell(cast, jug, by=-290)
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("10", timeout=SOON_MS)

    page.evaluate(PASTE, ["code-2", f"SKU\tQty\r\n{bowl.code}\t30\r\nNO-SUCH\t4\r\n{bowl.code}\t6\r\n"])
    expect(page.locator("#quantity-2")).to_have_value("36", timeout=SOON_MS)
    expect(page.locator("#check-3")).to_contain_text("no SKU and no GTIN")
    expect(page.locator("[aria-invalid]")).to_have_id("code-3")
    page.locator("#quantity-2").fill("many")
    expect(page.locator("#quantity-2")).to_have_attribute("aria-invalid", "true", timeout=SOON_MS)
    page.locator("#quantity-2").fill("36")
    expect(page.locator("#quantity-2[aria-invalid]")).to_have_count(0, timeout=SOON_MS)
    page.reload()
    assert typed(page) == [jug.code, "24", bowl.code, "36", "NO-SUCH", "4"]
    page.locator("#code-1").focus()
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#code-11")).to_be_visible(timeout=SOON_MS)

    page.get_by_role("button", name="Add the 2 that can be ordered").press("Enter")
    expect(page.get_by_text("2 lines are in your cart now.")).to_be_visible(timeout=SOON_MS)
    assert typed(page) == ["NO-SUCH", "4"]
    assert set(CartLine.objects.filter(sku__in=[jug, bowl]).values_list("sku", "quantity")) == {
        (jug.pk, 24),
        (bowl.pk, 36),
    }
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Empty the pad").press("Enter")
    expect(page.get_by_text("Nothing stands on the pad yet.")).to_be_visible(timeout=SOON_MS)


def test_what_could_not_be_sent_is_there_again_after_a_reload(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    page = open_page(PAD, user=cast.bea)
    wait_until_live(page)
    page.route("**/quick-order/lines/", lambda route: route.abort())
    page.locator("#code-1").fill(jug.code)
    page.locator("#quantity-1").fill("12")
    expect(page.locator("#trouble")).not_to_be_empty(timeout=SOON_MS)
    page.unroute_all()
    page.reload()
    expect(page.locator("#check-1")).to_contain_text("Stoneware jug", timeout=SOON_MS)
    assert typed(page) == [jug.code, "12"]


def test_rows_that_were_left_out_wait_to_be_corrected_while_the_list_goes_on(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug, bowl = fresh_sku(), fresh_sku(name="Bowl")
    page = open_page("/c/cornershop/part-numbers/", user=cast.carl)
    wait_until_live(page)
    rows = page.get_by_label("Rows of a spreadsheet")
    rows.fill(f"J-1\t{jug.code}\nB-1\tNO-SUCH")
    page.get_by_role("button", name="Keep these numbers").click()
    expect(page.locator("#part-numbers-list")).to_contain_text("J-1", timeout=SOON_MS)
    keep_part_numbers(cast.cornershop, pairs_of([["B-2", bowl.code]]), actor=actor_of(cast.bea))
    expect(page.locator("#part-numbers-list")).to_contain_text("B-2", timeout=SOON_MS)
    expect(rows).to_have_value("B-1\tNO-SUCH")
    expect(page.locator("#part-numbers .note-warning")).to_contain_text("NO-SUCH")
    page.locator("#part-numbers-list").get_by_role("button", name="J-1").click()
    expect(page.locator("#part-numbers-list")).not_to_contain_text("J-1", timeout=SOON_MS)
    expect(rows).to_have_value("B-1\tNO-SUCH")
