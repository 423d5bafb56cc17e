"""The checker after a rush: nothing is promised that nobody ordered, and nothing ordered that is not promised."""

from collections import Counter

from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.models import StockLevel
from backend.inventory.reconcile import drift
from backend.orders.models import Order, OrderGroup, OrderLine
from backend.orders.states import OPEN


def assert_whole() -> None:
    """Of open orders: each has a group and lines, each line holds what is still to be sent, and no hold is without."""
    assert drift() == []
    held: Counter[tuple[str, int]] = Counter()
    packed: Counter[tuple[str, int]] = Counter()
    for hold in Hold.objects.filter(kind=HoldKind.ORDER):
        held[hold.subject, hold.line] += hold.quantity
        packed[hold.subject, hold.line] += hold.packed
    lines = OrderLine.objects.filter(order__commercial__in=OPEN).select_related("order")
    assert held == Counter({(line.order.subject, line.pk): line.open_quantity for line in lines})
    assert packed == Counter({(line.order.subject, line.pk): line.packed for line in lines})
    assert not Order.objects.filter(lines=None).exists()
    assert not OrderGroup.objects.filter(orders=None).exists()
    assert all(level.available + level.backorder_limit >= 0 for level in StockLevel.objects.all())
