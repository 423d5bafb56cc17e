"""What is still owed on the lines of orders, and when it comes: brought up to date when the stock says otherwise."""

from collections.abc import Sequence

from django.db.models import Q

from backend.accounts.actor import ANONYMOUS
from backend.inventory.incoming.dates import Owed
from backend.inventory.incoming.queries import owed_of
from backend.orders.models import Order, OrderLine
from backend.orders.states import OPEN, Step
from backend.orders.steps import contents_of, lock_order, tell

NOTHING = Owed(0, None)


def note_owed(sku_id: int) -> int:
    """The lines of this SKU that wait for another number, or for another day, than they say; of how many orders.

    One query where nothing is owed of it, four more where something is. The caller holds the transaction.
    """
    owed = owed_of(sku_id)
    waiting = [pk for pk, each in owed.items() if each.quantity]
    found = OrderLine.objects.scoped(Q(owed__gt=0) | Q(pk__in=waiting), sku=sku_id, order__commercial__in=OPEN)
    lines = [
        line
        for line in found.select_related("order").order_by("order", "pk")
        if owed.get(line.pk, NOTHING) != Owed(line.owed, line.due_on)
    ]
    for line in lines:
        line.owed, line.due_on = owed.get(line.pk, NOTHING).quantity, owed.get(line.pk, NOTHING).due_on
    orders = {line.order for line in lines}
    for order in sorted(orders, key=lambda each: each.pk):
        _tell(order, [line for line in lines if line.order_id == order.pk])
    return len(orders)


def _tell(order: Order, lines: Sequence[OrderLine]) -> None:
    now = lock_order(order)
    now.lines.bulk_update(lines, ["owed", "due_on"])
    contents = contents_of(lines, {line.pk: line.owed for line in lines})
    tell(now, Step.OWED_CHANGED, actor=ANONYMOUS, data=contents)
