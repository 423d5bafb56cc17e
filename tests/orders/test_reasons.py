"""Why a line costs what it costs: what the cart says is what the order keeps and charges, whatever becomes of lists."""

from decimal import Decimal

import pytest
from django.test import Client

from backend.catalog.lists.actions import move_price_list
from backend.catalog.lists.states import ListState
from backend.catalog.models import TierPrice
from backend.catalog.pricing.reasons import Reason, kept, read, reason_of
from backend.catalog.pricing.terms import Explanation, Rule
from backend.core.money import UnitPrice
from backend.core.row_security import acting_for
from backend.orders.carts.queries import read_cart
from backend.orders.models import OrderLine
from backend.orders.queries import order_lines
from frontend_htmx.templatetags.why import why
from tests.cast import Cast, actor_of
from tests.catalog.pricing.lists import fixed, in_force, off
from tests.frontend.test_orders import MAKER, SHOP, words
from tests.orders.ordering import fill_cart, place

BASE = Explanation(Rule.BASE, 12, base=UnitPrice(Decimal(255)), base_tier=12)


def test_what_is_kept_says_all_that_the_explanation_did() -> None:
    assert read(kept(BASE)) == reason_of(BASE) == Reason("base", 12, base=Decimal(255), base_tier=12)
    assert why(read({"rule": "fixed", "tier": 1, "list": "Trade"}), "GBP") == "Trade: a price of its own, from 1 on."
    assert why(read({}), "GBP") == ""


@pytest.mark.parametrize(
    ("entries", "price", "said"),
    [
        ([], 255, "No price list: the base price, which everybody pays, from 36 on."),
        (["fixed"], 240, "Trade (Customer): a price of its own, from 24 on."),
        (["off"], Decimal("229.5"), "Trade (Customer): −10 % on the base price of £2.55, from 24 on."),
    ],
)
def test_the_order_tells_the_reason_that_the_cart_told_and_charges_that_price(
    cast: Cast, client: Client, entries: list[str], price: Decimal, said: str
) -> None:
    TierPrice.objects.filter(sku=cast.mug, min_quantity__gt=1).update(min_quantity=36)
    made = {"fixed": fixed(cast.mug, 24, 240), "off": off(cast.mug, 24, 10)}
    price_list = in_force(cast, *(made[name] for name in entries)) if entries else None
    fill_cart(cast, {cast.mug: 40})
    with acting_for(cast.cornershop.pk):
        (line,) = read_cart(actor_of(cast.bea), cast.cornershop).lines
    assert line.priced
    client.force_login(cast.bea)
    assert f"Why this price (85123A) {said}" in words(client.get(f"{SHOP}cart/"))
    order = place(cast).orders.get()
    if price_list:
        move_price_list(price_list, ListState.PAUSED, actor=actor_of(cast.sally))
    (shown,) = order_lines(order.pk).lines
    assert shown.reason == reason_of(line.priced.explanation)
    assert shown.unit_price.minor == line.priced.unit_price.minor == price
    assert OrderLine.objects.get().net_minor == 40 * price
    assert said in words(client.get(f"{SHOP}orders/{order.pk}/"))
    client.force_login(cast.sally)
    assert said in words(client.get(f"{MAKER}orders/{order.pk}/"))
