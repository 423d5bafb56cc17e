"""What a product says is proposed by one person, decided by another, and read by a third, who reloads nothing."""

from collections.abc import Callable
from io import BytesIO
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import expect

from backend.catalog.models import Sku
from tests.cast import Cast
from tests.e2e.conftest import OpenPage


def test_sales_edits_a_manager_approves_and_the_buyer_sees_it(
    cast: Cast, open_page: OpenPage, fresh_sku: Callable[..., Sku]
) -> None:
    product = fresh_sku().product
    buyer = open_page(f"/products/{product.pk}-{product.slug}/", user=cast.bea)
    sales = open_page(f"/c/northfield/products/{product.pk}/edit/", user=cast.sally)
    manager = open_page("/c/northfield/changes/", user=cast.max)
    sales.get_by_label("Brand").fill("Northern Lights")
    sales.get_by_role("button", name="Save").click()
    expect(sales.get_by_text("It waits for an owner or a manager")).to_be_visible()
    manager.locator(f"a[href='{urlsplit(sales.url).path}']").first.click()
    manager.get_by_role("button", name="Approve").click()
    expect(sales.locator("main .tag")).to_have_text("Approved")
    expect(buyer.locator("#product")).to_contain_text("Northern Lights")


def test_a_picture_is_uploaded_and_stands_on_the_page_that_a_buyer_has_open(
    cast: Cast, open_page: OpenPage, fresh_sku: Callable[..., Sku]
) -> None:
    product = fresh_sku().product
    written = BytesIO()
    Image.new("RGB", (60, 40), "navy").save(written, "PNG")
    buyer = open_page(f"/products/{product.pk}-{product.slug}/", user=cast.bea)
    expect(buyer.locator("img.picture")).to_have_count(0)
    seller = open_page(f"/c/northfield/products/{product.pk}/media/", user=cast.max)
    seller.get_by_label("Picture or PDF").set_input_files(
        {"name": "mug.png", "mimeType": "image/png", "buffer": written.getvalue()}
    )
    seller.get_by_label("What it shows").last.fill("From the side")
    seller.get_by_role("button", name="Upload").click()
    expect(buyer.get_by_alt_text("From the side")).to_be_visible()
