"""Every cell that says where an order stands says that it is paid, and follows that live."""

import re

import pytest
from django.test import Client

from backend.orders.credit.actions import mark_paid
from backend.orders.models import Order
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.logistics.test_dispatch import accepted

CELLS = {
    "bea": ("/c/cornershop/orders/", "/c/cornershop/orders/{order}/"),
    "sally": ("/c/northfield/sales/", "/c/northfield/orders/{order}/"),
    "olga": ("/c/platform/floor/orders/{order}/",),
}


def cell_of(client: Client, place: str, order: Order) -> str:
    """The order's status on a page."""
    page = client.get(place).content.decode()
    (cell,) = re.findall(rf'<span id="order-{order.pk}".*?\n</span>', page, re.DOTALL)
    return str(cell)


@pytest.mark.parametrize(("who", "place"), [(who, place) for who, places in CELLS.items() for place in places])
def test_every_cell_says_when_an_order_is_paid(cast: Cast, who: str, place: str) -> None:
    order = accepted(cast, mug=40)
    client, where = Client(), place.format(order=order.pk)
    client.force_login(getattr(cast, who))
    assert "Paid" not in cell_of(client, where, order)
    with assert_live(client, where):
        mark_paid(order, actor=actor_of(cast.nora))
    assert "Paid" in cell_of(client, where, order)
