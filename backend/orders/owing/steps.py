"""What is still owed on the lines of orders, and when it comes: brought up to date when the stock says otherwise."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Q

from backend.accounts.actor import ANONYMOUS
from backend.inventory.incoming.dates import Owed
from backend.inventory.incoming.queries import owed_of
from backend.orders.models import Order, OrderLine
from backend.orders.states import OPEN, Step
from backend.orders.steps import contents_of, lock_order, tell

NOTHING = Owed(0, None)


def note_owed(sku_ids: Collection[int]) -> int:
    """The lines of these SKUs that wait for another number, or for another day, than they say; of how many orders.

    Four queries at most, and four for each of those orders. The caller holds the transaction.
    """
    owed = owed_of(sku_ids)
    waiting = [pk for pk, each in owed.items() if each.quantity]
    found = OrderLine.objects.scoped(Q(owed__gt=0) | Q(pk__in=waiting), sku__in=sku_ids, order__commercial__in=OPEN)
    changed: dict[Order, list[OrderLine]] = defaultdict(list)
    for line in found.select_related("order").order_by("order", "pk"):
        now = owed.get(line.pk, NOTHING)
        if now != Owed(line.owed, line.due_on):
            line.owed, line.due_on = now.quantity, now.due_on
            changed[line.order].append(line)
    for order, lines in changed.items():
        _tell(order, lines)
    return len(changed)


def _tell(order: Order, lines: Sequence[OrderLine]) -> None:
    now = lock_order(order)
    now.lines.bulk_update(lines, ["owed", "due_on"])
    contents = contents_of(lines, {line.pk: line.owed for line in lines})
    tell(now, Step.OWED_CHANGED, actor=ANONYMOUS, data=contents)
