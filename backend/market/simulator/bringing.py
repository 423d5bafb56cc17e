"""What the stream brings back of earlier orders: a cancellation, or a return that is asked for."""

from collections import defaultdict
from collections.abc import Mapping

from backend.core.errors import Denied
from backend.core.row_security import acting_for
from backend.market.simulator.buying import Outcome
from backend.market.simulator.chance import one_of
from backend.market.simulator.script import Invoice
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall
from backend.orders.actions import cancel_order
from backend.orders.models import Order, OrderLine
from backend.orders.returns.actions import request_return
from backend.orders.states import Commercial

REASONS = (
    "Some arrived broken.",
    "We ordered too many.",
    "Not what we expected from the picture.",
    "Our customer changed their mind.",
)
Brought = Mapping[Order, Mapping[OrderLine, int]]
"""Of which orders' lines so many units come back."""


def bring_back(invoice: Invoice, shop: Shop, stalls: Mapping[str, Stall]) -> Outcome:
    """What was delivered is asked to be taken back, in full units, by the latest order that has so many of it; an order
    that nobody has answered yet is cancelled, if all of it comes back. What the shop did not get it can't bring back.
    Replayed again nothing more."""
    with acting_for(shop.company.pk):
        brought = _brought(invoice, shop, stalls)
    done = [_bring(invoice, order, lines, shop) for order, lines in brought.items()]
    return Outcome.BROUGHT_BACK if any(done) else Outcome.SKIPPED


def _brought(invoice: Invoice, shop: Shop, stalls: Mapping[str, Stall]) -> Brought:
    found: dict[Order, dict[OrderLine, int]] = defaultdict(dict)
    for said in invoice.lines:
        stall = stalls.get(said.code)
        units = -said.quantity // stall.eaches if stall else 0
        line = _line_of(stall, units, shop) if stall and units else None
        if line and line not in found[line.order]:
            found[line.order][line] = units
    return found


def _line_of(stall: Stall, units: int, shop: Shop) -> OrderLine | None:
    bought = OrderLine.objects.scoped(order__buyer=shop.company, sku=stall.sku, quantity__gte=units, cancelled=0)
    return bought.select_related("order").order_by("-pk").first()


def _bring(invoice: Invoice, order: Order, lines: Mapping[OrderLine, int], shop: Shop) -> bool:
    try:
        if order.commercial != Commercial.PLACED:
            _ask(invoice, order, lines, shop)
        elif _is_all(order, lines, shop):
            cancel_order(order, actor=shop.actor)
        else:
            return False
    except Denied:
        return False  # not arrived yet, or sent back before
    return True


def _ask(invoice: Invoice, order: Order, lines: Mapping[OrderLine, int], shop: Shop) -> None:
    request_return(
        order,
        {line.pk: units for line, units in lines.items()},
        reason=one_of(invoice.reference, REASONS),
        key=f"market:{invoice.reference}/{order.number}",
        actor=shop.actor,
    )


def _is_all(order: Order, lines: Mapping[OrderLine, int], shop: Shop) -> bool:
    with acting_for(shop.company.pk):
        return len(lines) == order.lines.count() and all(line.quantity == units for line, units in lines.items())
