"""A seller at the stock grid and a buyer at the catalogue, each in a browser of their own; with scripts and without."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from backend.catalog.models import Product, Sku
from backend.inventory.actions import adjust_stock
from backend.inventory.models import StockLevel
from tests.cast import Cast, actor_of
from tests.e2e.conftest import OpenPage

FreshSku = Callable[..., Sku]
SOON_MS = 15_000
GRID = "/c/northfield/inventory/"


def wait_until_live(page: Page) -> None:
    expect(page.locator("[data-road]").first).to_have_attribute("data-road", "live", timeout=SOON_MS)


def count_field(page: Page, cast: Cast, sku: Sku) -> Locator:
    return page.locator(f"#count-{sku.pk}-{cast.shelf.pk} input[name=quantity]")


def sell(cast: Cast, sku: Sku, by: int) -> None:
    adjust_stock(sku, cast.shelf, by=by, reason="sold", key=uuid4().hex, actor=actor_of(cast.max))


def on_hand(sku: Sku) -> int:
    return StockLevel.objects.get(item_id=sku.pk).on_hand


def test_what_a_seller_counts_a_buyer_sees(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    seller = open_page(f"{GRID}?q={jug.code}", user=cast.wes)
    buyer = open_page(f"/products/{jug.product_id}-{jug.product.slug}/", user=cast.bea)
    for page in (seller, buyer):
        wait_until_live(page)
    field = count_field(seller, cast, jug)
    field.fill("41")
    field.press("Enter")
    expect(seller.locator(f"#stock_level-{jug.pk}")).to_contain_text("41")
    expect(field).to_have_value("")
    expect(buyer.locator(f"#stock-{jug.pk}")).to_contain_text("41", timeout=SOON_MS)
    expect(buyer.locator(f"#stock-{jug.pk}")).to_contain_text("Low stock")


def test_an_edit_in_progress_survives_a_push_and_is_not_saved_over_it(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    page = open_page(f"{GRID}?q={jug.code}", user=cast.wes)
    wait_until_live(page)
    field = count_field(page, cast, jug)
    field.press_sequentially("29")
    sell(cast, jug, -6)
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("294", timeout=SOON_MS)
    expect(field).to_be_focused()
    field.press_sequentially("9")
    field.press("Enter")
    form = page.locator(f"#count-{jug.pk}-{cast.shelf.pk}")
    expect(form).to_contain_text("there are 294 on hand now")
    expect(form).to_contain_text("+5")
    expect(field).to_have_value("299")
    assert on_hand(jug) == 294
    form.get_by_role("button").click()
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("299")
    assert on_hand(jug) == 299


def test_a_count_begun_after_a_push_counts_at_once(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = open_page(f"{GRID}?q={jug.code}", user=cast.wes)
    wait_until_live(page)
    sell(cast, jug, -6)
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("294", timeout=SOON_MS)
    field = count_field(page, cast, jug)
    field.press_sequentially("290")
    field.press("Enter")
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("290")
    assert on_hand(jug) == 290


def test_what_is_typed_in_one_row_survives_what_is_saved_in_another(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug, bowl = fresh_sku(name="Survivor jug"), fresh_sku(name="Survivor bowl")
    page = open_page(f"{GRID}?q=survivor", user=cast.wes)
    count_field(page, cast, bowl).fill("12")
    count_field(page, cast, jug).fill("2.5")
    count_field(page, cast, jug).press("Enter")
    expect(page.locator(f"#count-{jug.pk}-{cast.shelf.pk}")).to_contain_text("fraction of one piece")
    expect(count_field(page, cast, jug)).to_have_value("2.5")
    expect(count_field(page, cast, bowl)).to_have_value("12")


def test_a_lost_connection_takes_nothing_that_was_typed(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = open_page(f"{GRID}?q={jug.code}", user=cast.wes)
    wait_until_live(page)
    page.context.set_offline(True)
    field = count_field(page, cast, jug)
    field.fill("17")
    field.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="could not be reached")).to_be_visible()
    expect(field).to_have_value("17")
    page.context.set_offline(False)
    field.press("Enter")
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("17")
    expect(page.get_by_text("could not be reached")).to_be_hidden()


def test_the_page_of_a_sku_adjusts_and_shows_why(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = open_page(f"{GRID}skus/{jug.pk}/", user=cast.nora, timezone_id="Asia/Tokyo")
    expect(page.get_by_role("table")).to_contain_text("Opening stock")
    page.get_by_label("By", exact=True).fill("-12")
    page.get_by_label("Reason").fill("two broken cases")
    page.get_by_role("button", name="Adjust", exact=True).click()
    expect(page.get_by_role("table")).to_contain_text("two broken cases")
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("288")
    expect(page.get_by_label("Reason")).to_have_value("")
    expect(page.locator("figure.history svg")).to_be_visible()
    expect(page.locator("tbody time").first).not_to_contain_text("UTC")


def test_a_seller_chooses_what_buyers_learn(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    buyer = open_page(f"/catalogue/?q={jug.code}")
    wait_until_live(buyer)
    seller = open_page(f"{GRID}?q={jug.code}", user=cast.sally)
    form = seller.locator(f"#disclosure-{jug.pk}")
    expect(form.get_by_role("button")).to_be_hidden()
    form.get_by_role("combobox").select_option("in_or_out")
    form.get_by_role("button").click()
    expect(form.get_by_role("button")).to_be_hidden()
    expect(buyer.locator(f"#stock-{jug.pk}")).not_to_contain_text("300", timeout=SOON_MS)
    expect(buyer.locator(f"#stock-{jug.pk}")).to_contain_text("In stock")


def test_goods_come_in_from_a_scanner(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = open_page(f"{GRID}receipts/new/", user=cast.wes)
    page.get_by_label("Delivery note").fill("DN-11")
    page.get_by_label("SKU").first.focus()
    page.keyboard.type(f"{jug.code}\n")
    page.keyboard.type("24\nNOPE\n3")
    page.get_by_role("button", name="More lines").click()
    expect(page.get_by_label("Quantity")).to_have_count(10)
    expect(page.get_by_label("SKU").first).to_have_value(jug.code)
    page.get_by_role("button", name="Receive", exact=True).click()
    expect(page.get_by_text("None of your SKUs has the code NOPE.")).to_be_visible()
    page.get_by_label("SKU").nth(1).fill(jug.code)
    page.get_by_role("button", name="Receive", exact=True).click()
    expect(page.get_by_text("2 lines received.")).to_be_visible()
    assert on_hand(jug) == 327


@pytest.fixture
def plain(open_page: OpenPage) -> OpenPage:
    """open_page in a browser that runs no scripts."""

    def open_one(*args: object, **options: object) -> Page:
        return open_page(*args, java_script_enabled=False, **options)

    return open_one


def test_without_scripts_a_seller_counts_and_adjusts(cast: Cast, plain: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = plain(f"{GRID}?q={jug.code}", user=cast.nora)
    expect(page.locator("[data-road]").first).to_be_hidden()
    count_field(page, cast, jug).fill("2.5")
    count_field(page, cast, jug).press("Enter")
    expect(page.get_by_role("alert").filter(has_text="fraction of one piece")).to_be_visible()
    expect(count_field(page, cast, jug)).to_have_value("2.5")
    count_field(page, cast, jug).fill("120")
    count_field(page, cast, jug).press("Enter")
    expect(page.get_by_text(f"Saved: {jug.code}.")).to_be_visible()
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("120")


def test_without_scripts_two_people_do_not_undo_each_other(cast: Cast, plain: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = plain(f"{GRID}?q={jug.code}", user=cast.nora)
    sell(cast, jug, -6)
    count_field(page, cast, jug).fill("299")
    count_field(page, cast, jug).press("Enter")
    expect(page.get_by_text("there are 294 on hand now")).to_be_visible()
    page.get_by_role("button", name="Save anyway").click()
    expect(page.locator(f"#stock_level-{jug.pk}")).to_contain_text("299")


def test_without_scripts_the_catalogue_is_filtered_and_moments_say_their_zone(
    cast: Cast, plain: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku(name="Scriptless jug")
    page = plain("/catalogue/", user=cast.bea)
    page.get_by_label("Words, code or GTIN").fill("scriptless")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".good")).to_have_count(1)
    page.get_by_role("link", name="Scriptless jug").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Scriptless jug")
    movements = plain(f"{GRID}skus/{jug.pk}/", user=cast.rita)
    expect(movements.locator("tbody time").first).to_contain_text("UTC")


def test_filters_stand_in_the_address_and_back_goes_back(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    fresh_sku(name="Backward jug")
    page = open_page("/catalogue/", user=cast.bea)
    page.keyboard.press("/")
    expect(page.get_by_label("Words, code or GTIN")).to_be_focused()
    page.get_by_label("Words, code or GTIN").fill("backward")
    expect(page.locator(".good")).to_have_count(1)
    assert page.url.endswith("/catalogue/?q=backward")
    page.get_by_role("link", name="Backward jug").click()
    page.wait_for_url("**/products/**")
    page.go_back()
    expect(page.get_by_label("Words, code or GTIN")).to_have_value("backward")
    expect(page.locator(".good")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")


def test_a_product_is_described_published_and_found(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/c/northfield/products/new/", user=cast.sally)
    page.get_by_label("Name", exact=True).fill("Butter bell")
    page.get_by_label("Category").select_option("Crockery")
    page.get_by_label("SKU").fill("bb-1")
    page.get_by_label("Price of one").fill("two")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("“two” is not a price")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Butter bell")
    page.get_by_label("Price of one").fill("9.95")
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("button", name="Publish Butter bell").click()
    row = page.locator(f"#product-{Product.objects.get(name='Butter bell').pk}")
    expect(row).to_contain_text("Published")
    found = open_page("/catalogue/?q=bb-1")
    expect(found.get_by_role("link", name="Butter bell")).to_be_visible()
