"""A long order costs what a short one costs: each step takes as many statements for a hundred lines as for ten."""

from collections.abc import Callable
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order, cancel_order
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.carts.actions import put_all_in_cart
from backend.orders.models import Order
from tests.cast import Cast, actor_of, make_skus
from tests.orders.ordering import ANY_PRICE, place


def statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_placing_accepting_sending_and_cancelling_take_as_many_statements_however_long_the_order(cast: Cast) -> None:
    assert costs(cast, 10) == costs(cast, 100)


def costs(cast: Cast, many: int) -> dict[str, int]:
    goods = make_skus(many, cast.crockery, cast.shelf, on_hand=9)
    bea, sally, wes = actor_of(cast.bea), actor_of(cast.sally), actor_of(cast.wes)
    seen, found = {sku.pk: ANY_PRICE for sku in goods}, {}
    for key in (f"first {many}", f"second {many}"):
        put_all_in_cart(dict.fromkeys(goods, 2), actor=bea)
        found["place"] = statements(partial(place, cast, key=key, seen=seen))
    taken_back, order = Order.objects.order_by("-pk")[:2]
    halves = dict.fromkeys(order.lines.values_list("pk", flat=True), 1)
    found["take back"] = statements(lambda: cancel_order(taken_back, actor=bea))
    found["accept"] = statements(lambda: accept_order(order, actor=sally))
    found["take off"] = statements(lambda: cancel_lines(order, halves, reason="x", key=f"c{many}", actor=sally))
    found["send"] = statements(
        lambda: dispatch_goods(order, cast.shelf, halves, Consignment(), key=f"s{many}", actor=wes)
    )
    found["deliver"] = statements(lambda: confirm_delivery(order.shipments.get(), actor=bea))
    return found
