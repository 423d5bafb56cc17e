"""A shop orders on a telephone while its supplier looks on, each in a browser of their own."""

from django.db.models.functions import Now
from playwright.sync_api import expect

from backend.inventory.models import StockLevel
from backend.orders.returns.models import Return
from backend.orders.tasks import pass_return_deadlines
from tests.cast import Cast
from tests.e2e.conftest import OpenPage
from tests.e2e.test_stock_desk import SOON_MS, FreshSku, wait_until_live

PHONE = {"viewport": {"width": 390, "height": 844}}
ADDRESS = {"Deliver to": "Corner Shop", "Street and number": "1 High Street", "Town": "Leeds", "Postcode": "LS1 1AA"}


def test_an_order_is_placed_changed_sent_and_delivered_and_both_see_each_step(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    desk = open_page("/c/northfield/sales/", user=cast.nora)
    shop = open_page(f"/c/cornershop/catalogue/{jug.product_id}-{jug.product.slug}/", user=cast.bea, **PHONE)
    wait_until_live(desk)
    shop.get_by_label("Quantity", exact=True).fill("24")
    shop.get_by_role("button", name="Put into the cart").click()
    shop.get_by_role("link", name="Open the cart").click()
    for label, text in ADDRESS.items():
        shop.get_by_label(label, exact=True).fill(text)
    expect(shop.locator("#reservation")).to_contain_text("Reserved for you for 14:", timeout=SOON_MS)
    shop.get_by_role("button", name="Place the order").click()
    expect(shop.get_by_role("heading", level=1)).to_contain_text("Order", timeout=SOON_MS)
    wait_until_live(shop)

    number = shop.locator("h1 .code").inner_text()
    desk.get_by_role("link", name=number).click(timeout=SOON_MS)
    desk.get_by_role("button", name="Accept the order").click()
    expect(shop.locator(".timeline")).to_contain_text("Order accepted", timeout=SOON_MS)
    expect(shop.get_by_role("button", name="Cancel the order")).to_have_count(0, timeout=SOON_MS)

    shop.get_by_role("link", name="Propose a change").click()
    shop.get_by_label(f"{jug.code}, ").fill("30")
    shop.get_by_label("Why").fill("More guests")
    shop.get_by_role("button", name="Look at it").click()
    expect(shop.get_by_role("heading", name="What it would come to")).to_be_visible(timeout=SOON_MS)
    shop.get_by_role("button", name="Propose it").click()
    expect(desk.get_by_role("heading", name="Cornershop proposes a change")).to_be_visible(timeout=SOON_MS)
    desk.get_by_role("button", name="Agree", exact=True).click()
    expect(shop.locator(".timeline")).to_contain_text("Change agreed to", timeout=SOON_MS)
    expect(shop.locator("[data-topic^='order_lines:'] tbody")).to_contain_text("30")

    desk.get_by_role("button", name="Pack a parcel").click()
    expect(shop.locator(".timeline")).to_contain_text("Goods packed", timeout=SOON_MS)
    expect(shop.locator("[data-topic^='order:']")).to_contain_text("Packed", timeout=SOON_MS)
    expect(shop.locator("[data-topic^='order_lines:'] tbody")).to_contain_text("30 packed")
    expect(shop.get_by_role("link", name="Packing list")).to_be_visible(timeout=SOON_MS)
    parcel = desk.locator("details", has_text="Unpack parcel")
    parcel.locator("summary").click()
    parcel.get_by_label(jug.code).fill("6")
    parcel.get_by_role("button", name="Take it out").click()
    expect(shop.locator(".timeline")).to_contain_text("Goods unpacked", timeout=SOON_MS)
    expect(shop.locator("[data-topic^='order_lines:'] tbody")).to_contain_text("24 packed", timeout=SOON_MS)
    desk.get_by_role("button", name="Pack a parcel").click()
    expect(shop.locator("[data-topic^='order_lines:'] tbody")).to_contain_text("30 packed", timeout=SOON_MS)
    expect(desk.get_by_label("Carrier")).to_have_count(1, timeout=SOON_MS)
    desk.get_by_label("Carrier").fill("Royal Mail")
    desk.get_by_role("button", name="Send what is packed").click()
    expect(shop.locator(".timeline")).to_contain_text("Goods sent", timeout=SOON_MS)
    shop.get_by_role("button", name="It has arrived").click()
    expect(desk.locator(".timeline")).to_contain_text("Everything delivered", timeout=SOON_MS)
    expect(desk.locator("[data-topic^='order:']")).to_contain_text("Completed")
    assert StockLevel.objects.get(item_id=jug.pk).on_hand == 270

    shop.locator("summary", has_text="Send something back").click()
    shop.locator("#back-form").get_by_label(jug.code).fill("5")
    shop.locator("#back-form").get_by_label("Why").fill("Chipped")
    shop.locator("#back-form").get_by_role("button", name="Ask for it").click()
    desk.get_by_role("button", name="Approve the return").click(timeout=SOON_MS)
    returns = shop.locator("[data-topic^='order_returns:']")
    expect(returns).to_contain_text("Approved", timeout=SOON_MS)
    expect(returns).to_contain_text("If it is not sent by then it lapses")
    shop.get_by_role("button", name="It is on its way").click()
    expect(returns).to_contain_text("If it has not come by then both are reminded", timeout=SOON_MS)
    Return.objects.filter(order__number=number).update(due_at=Now())
    pass_return_deadlines(0)
    expect(returns).to_contain_text("The buyer says under which number it travels", timeout=SOON_MS)
    expect(returns).to_contain_text("If nobody says anything it is over, and stays payable")
    shop.get_by_label("Tracking number").fill("RM77")
    shop.get_by_role("button", name="It is still on its way").click()
    expect(desk.locator("[data-topic^='order_returns:']")).to_contain_text("RM77", timeout=SOON_MS)
    expect(returns).to_contain_text("If it has not come by then both are reminded")
