"""A shop goes to the checkout on a telephone: both sides see what is reserved, and that it is free again."""

from datetime import timedelta
from decimal import Decimal

from django.db.models.functions import Now
from playwright.sync_api import expect

from backend.catalog.actions import Tier
from backend.catalog.ladders.actions import change_ladder
from backend.core.money import UnitPrice
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


def test_whatever_becomes_of_a_quantity_or_of_the_market_what_was_typed_for_the_checkout_stays(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    put_in_cart(jug, 24, actor=actor_of(cast.bea))
    shop = open_page("/c/cornershop/cart/", user=cast.bea)
    wait_until_live(shop)
    note, quantity = shop.get_by_label("Note to the sellers"), shop.get_by_label("Quantity of")
    note.fill("Ring twice")
    quantity.fill("2.5")
    quantity.press("Enter")
    expect(shop.locator(f"#cart-line-{jug.pk}")).to_contain_text("The cart holds 24 as before.", timeout=SOON_MS)
    expect(quantity).to_have_value("2.5")
    expect(note).to_have_value("Ring twice")
    quantity.fill("36")
    quantity.press("Enter")
    expect(shop.locator("#cart")).not_to_contain_text("as before", timeout=SOON_MS)
    expect(quantity).to_be_focused()
    expect(note).to_have_value("Ring twice")

    shop.get_by_label("Deliver to", exact=True).fill("")  # an order before has left where it went
    shop.get_by_role("button", name="Place the order").click()
    expect(shop.locator("#checkout")).to_contain_text("Fill this in", timeout=SOON_MS)
    tiers = [Tier(1, UnitPrice(Decimal(333), "GBP"))]
    change_ladder(jug, tiers, currency="GBP", base_version=jug.version, key="k", actor=actor_of(cast.sally))
    expect(shop.locator(f"#cart-line-{jug.pk}")).to_contain_text("3.33", timeout=SOON_MS)
    expect(shop.locator("#checkout")).to_contain_text("Fill this in")
    expect(note).to_have_value("Ring twice")
    put_in_cart(jug, 0, actor=actor_of(cast.bea))
