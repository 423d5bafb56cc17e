"""What orders were promised is promised anew when it can't be sent any more. One transaction, safe to do twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.inventory.incoming.dates import Owed
from backend.inventory.incoming.queries import owed_of
from backend.inventory.lots.anew import lost_promises, promise_anew
from backend.orders.models import Order, OrderLine
from backend.orders.owing.steps import NOTHING, tell_owed
from backend.orders.states import Step
from backend.orders.steps import contents_of, tell


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is owed, by line, of what expired; how much of it was promised anew; what is owed after that."""

    expired: Mapping[int, Owed]
    moved: Mapping[int, int]
    owed: Mapping[int, Owed]


@atomic(durable=True)
def replace_expired(sku_id: int, *, actor: Actor) -> None:
    """What orders were promised of a SKU out of lots past their day is promised anew, as far as anything is left.

    Both sides read on their timelines what expired, how much of it others stand in for, and what is owed from then on.
    Done again it promises what has become free meanwhile, and tells nothing twice. Raises Busy.
    """
    lines = OrderLine.objects.scoped(pk__in={each.line for each in lost_promises(sku_id)}, sku=sku_id)
    found = Order.objects.scoped(pk__in=list(lines.values_list("order", flat=True)))
    orders = lock(found, what=_("the orders of these goods"))
    if not orders:
        return
    stock = lock_stock([sku_id])
    expired = owed_of([sku_id])
    moved = promise_anew(stock, sku_id, {order.subject for order in orders})
    if moved:
        settle_stock(stock, Kind.INVENTORY_LOTS_EXPIRED, actor=actor)
    outcome = _Outcome(expired, moved, owed_of([sku_id]) if moved else expired)
    concerned = list(lines.order_by("pk"))
    for order in orders:
        _tell(order, [line for line in concerned if line.order_id == order.pk], outcome, actor)


def _tell(order: Order, lines: Sequence[OrderLine], came_to: _Outcome, actor: Actor) -> None:
    """Each of the three where it is news."""
    lost = {line.pk: came_to.expired.get(line.pk, NOTHING).quantity - line.owed for line in lines}
    _tell_of(order, Step.GOODS_EXPIRED, lines, lost, actor)
    _tell_of(order, Step.PROMISED_ANEW, lines, came_to.moved, actor)
    tell_owed(order, lines, came_to.owed)


def _tell_of(order: Order, step: Step, lines: Sequence[OrderLine], units: Mapping[int, int], actor: Actor) -> None:
    of_it = [line for line in lines if units.get(line.pk, 0) > 0]
    if of_it:
        tell(order, step, actor=actor, data=contents_of(of_it, units))
