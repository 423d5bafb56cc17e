"""A shop goes to the checkout on a telephone: both sides see what is reserved, and that it is free again."""

from datetime import timedelta

from django.db.models.functions import Now
from playwright.sync_api import expect

from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.tasks import sweep_lapsed_holds
from backend.orders.carts.actions import put_in_cart
from tests.cast import Cast, actor_of
from tests.e2e.conftest import OpenPage
from tests.e2e.test_stock_desk import SOON_MS, FreshSku, wait_until_live

PHONE = {"viewport": {"width": 390, "height": 844}}


def test_what_a_buyer_who_fills_in_the_form_has_reserved_is_free_again_when_the_time_is_over(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    put_in_cart(jug, 24, actor=actor_of(cast.bea))
    desk = open_page(f"/c/northfield/inventory/skus/{jug.pk}/", user=cast.nora)
    shop = open_page("/c/cornershop/cart/", user=cast.bea, **PHONE)
    wait_until_live(desk)
    shop.get_by_label("Deliver to", exact=True).fill("Corner Shop")
    expect(shop.locator("#reservation")).to_contain_text("Reserved for you for 14:", timeout=SOON_MS)
    expect(desk.locator(f"#stock_level-{jug.pk}")).to_contain_text("24 of it reserved", timeout=SOON_MS)

    Hold.objects.filter(kind=HoldKind.CART).update(expires_at=Now() + timedelta(seconds=4))
    shop.reload()
    expect(shop.locator("#reservation")).to_contain_text("Reserved for you for 0:0", timeout=SOON_MS)
    expect(shop.locator("#reservation")).to_contain_text("Nothing is reserved", timeout=SOON_MS)
    sweep_lapsed_holds(0)
    expect(desk.locator(f"#stock_level-{jug.pk}")).not_to_contain_text("reserved", timeout=SOON_MS)
    put_in_cart(jug, 0, actor=actor_of(cast.bea))  # the cart is everybody's who comes after
