"""What is still owed on the lines of orders, and when it comes: brought up to date when the stock says otherwise."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

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
        if _is_news(line, owed):
            changed[line.order].append(line)
    for order, lines in changed.items():
        tell_owed(lock_order(order), lines, owed)
    return len(changed)


def tell_owed(order: Order, lines: Iterable[OrderLine], owed: Mapping[int, Owed]) -> None:
    """Lines of a locked order, as far as other numbers or days are owed than they say. Three queries where any is."""
    news = [line for line in lines if _is_news(line, owed)]
    for line in news:
        line.owed, line.due_on = owed.get(line.pk, NOTHING).quantity, owed.get(line.pk, NOTHING).due_on
    if news:
        order.lines.bulk_update(news, ["owed", "due_on"])
        contents = contents_of(news, {line.pk: line.owed for line in news})
        tell(order, Step.OWED_CHANGED, actor=ANONYMOUS, data=contents)


def _is_news(line: OrderLine, owed: Mapping[int, Owed]) -> bool:
    return owed.get(line.pk, NOTHING) != Owed(line.owed, line.due_on)
