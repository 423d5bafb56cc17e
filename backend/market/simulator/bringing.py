"""What the stream brings back of earlier orders."""

from collections.abc import Mapping

from backend.core.errors import Denied
from backend.core.row_security import acting_for
from backend.inventory.actions import return_stock
from backend.market.simulator.buying import Outcome
from backend.market.simulator.script import Invoice
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall
from backend.orders.actions import cancel_order
from backend.orders.models import OrderLine
from backend.orders.states import Commercial


def bring_back(invoice: Invoice, shop: Shop, stalls: Mapping[str, Stall]) -> Outcome:
    """Each line of what was delivered goes back on the shelf, in full units; an order that nobody has answered yet is
    cancelled, if the line is all of it. What the shop did not get it can't bring back. Replayed again nothing more."""
    brought = [
        _bring(f"{invoice.reference}/{nth}", shop, stalls[line.code], -line.quantity // stalls[line.code].eaches)
        for nth, line in enumerate(invoice.lines, start=1)
        if line.code in stalls
    ]
    return Outcome.BROUGHT_BACK if any(brought) else Outcome.SKIPPED


def _bring(reference: str, shop: Shop, stall: Stall, units: int) -> bool:
    with acting_for(shop.company.pk):
        bought = OrderLine.objects.scoped(order__buyer=shop.company, sku=stall.sku, cancelled=0).select_related("order")
        line = bought.order_by("-pk").first()
        if line is None or units == 0:
            return False
        is_all = line.quantity <= units and line.order.lines.count() == 1
    if line.order.commercial == Commercial.PLACED and is_all:
        return _cancel(line, shop)
    if line.delivered < units:
        return False
    return_stock(stall.sku, units, stall.warehouse, reference=reference, actor=stall.actor)
    return True


def _cancel(line: OrderLine, shop: Shop) -> bool:
    try:
        cancel_order(line.order, actor=shop.actor)
    except Denied:
        return False  # accepted a moment ago
    return True
