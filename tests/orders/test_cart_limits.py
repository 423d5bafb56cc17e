"""A cart has an end, however it is filled: what goes past it is refused, and the cart is as it was."""

import pytest

from backend.accounts.actor import Actor
from backend.catalog.models import Sku, Variant
from backend.core.errors import Refused
from backend.orders.carts.actions import put_all_in_cart, put_in_cart
from backend.orders.carts.steps import MAX_LINES
from backend.orders.models import Cart, CartLine, Order
from backend.orders.requisitions.actions import withdraw_requisition
from tests.cast import Cast, actor_of
from tests.orders.ordering import fill_cart, place
from tests.orders.requisitions.asking import ask, hire, rule


@pytest.fixture
def bea(cast: Cast) -> Actor:
    return actor_of(cast.bea)


def crowd(cast: Cast, many: int) -> Cart:
    """So many lines stand in Bea's cart already."""
    fill_cart(cast, {cast.mug: 1})
    cart = Cart.objects.get()
    cart.lines.all().delete()
    variants = Variant.objects.bulk_create(Variant(product=cast.mug.product, name=f"B{n}") for n in range(many))
    described = {"company": cast.northfield, "product": cast.mug.product, "listed": False}
    skus = Sku.objects.bulk_create(Sku(variant=each, code=each.name, **described) for each in variants)
    CartLine.objects.bulk_create(CartLine(cart=cart, sku=sku, quantity=1) for sku in skus)
    return cart


def test_the_last_line_goes_in_and_the_next_does_not(cast: Cast, bea: Actor) -> None:
    cart = crowd(cast, MAX_LINES - 1)
    put_in_cart(cast.mug, 1, actor=bea)
    with pytest.raises(Refused, match=r"at most 1000 lines\. Place this order first"):
        put_in_cart(cast.plate, 12, actor=bea)
    put_in_cart(cast.mug, 2, actor=bea)
    assert (cart.lines.count(), cart.lines.get(sku=cast.mug).quantity) == (MAX_LINES, 2)


def test_many_go_in_together_or_none_of_them(cast: Cast, bea: Actor) -> None:
    cart = crowd(cast, MAX_LINES - 1)
    with pytest.raises(Refused, match="at most 1000 lines"):
        put_all_in_cart({cast.mug: 1, cast.plate: 12}, actor=bea)
    assert cart.lines.count() == MAX_LINES - 1


def test_what_comes_back_from_a_request_does_not_go_past_it(cast: Cast, bea: Actor) -> None:
    rule(cast, hire(cast, "ann"))
    asked = ask(cast, {cast.mug: 40, cast.plate: 12})
    cart = crowd(cast, MAX_LINES - 1)
    with pytest.raises(Refused, match="at most 1000 lines"):
        withdraw_requisition(asked, actor=bea)
    asked.refresh_from_db()
    assert (asked.state, cart.lines.count()) == ("pending", MAX_LINES - 1)


def test_a_cart_of_five_thousand_lines_becomes_no_order_and_stays(cast: Cast) -> None:
    cart = crowd(cast, 5_000)
    with pytest.raises(Refused, match=r"at most 1000 lines, and these are 5000\. Take some out"):
        place(cast)
    assert (cart.lines.count(), Order.objects.count()) == (5_000, 0)
