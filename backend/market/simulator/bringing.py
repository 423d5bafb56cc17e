"""What the stream brings back of earlier orders: a cancellation, or a return that is asked for."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from backend.core.errors import Denied
from backend.core.row_security import acting_for
from backend.events.models import Once
from backend.market.simulator.buying import Outcome
from backend.market.simulator.chance import one_of
from backend.market.simulator.script import Invoice
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall
from backend.orders.actions import cancel_order
from backend.orders.models import Order, OrderLine
from backend.orders.returns.actions import request_return
from backend.orders.returns.steps import returnable
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
    """What was delivered is asked to be taken back, in full units, of the shop's latest orders as far as they go; an
    order that nobody has answered yet is cancelled, if all of it comes back. What the shop did not get it can't bring
    back. Replayed again nothing more."""
    if _is_brought_back(invoice, shop):
        return Outcome.SKIPPED
    with acting_for(shop.company.pk):
        brought = _brought(invoice, shop, stalls)
    done = [_bring(invoice, order, lines, shop) for order, lines in brought.items()]
    return Outcome.BROUGHT_BACK if any(done) else Outcome.SKIPPED


def _is_brought_back(invoice: Invoice, shop: Shop) -> bool:
    asked = Once.objects.filter(company_id=shop.company.pk, key__startswith=_key(invoice, ""))
    return asked.exists()


def _brought(invoice: Invoice, shop: Shop, stalls: Mapping[str, Stall]) -> Brought:
    found: dict[Order, dict[OrderLine, int]] = defaultdict(dict)
    for stall, units in units_brought(invoice, stalls).items():
        for line, taken in _of_lines(stall, units, shop):
            found[line.order][line] = taken
    return found


def units_brought(invoice: Invoice, stalls: Mapping[str, Stall]) -> Mapping[Stall, int]:
    """How many full units of sale come back, of each that is for sale."""
    eaches: Counter[str] = Counter()
    for line in invoice.lines:
        eaches[line.code] -= line.quantity
    return {stalls[code]: quantity // stalls[code].eaches for code, quantity in eaches.items() if code in stalls}


def _of_lines(stall: Stall, units: int, shop: Shop) -> Iterator[tuple[OrderLine, int]]:
    bought = OrderLine.objects.scoped(order__buyer=shop.company, sku=stall.sku, cancelled=0)
    for line in bought.select_related("order").order_by("-pk"):
        if not units:
            return
        taken = min(units, _left(line))
        if taken:
            yield line, taken
        units -= taken


def _left(line: OrderLine) -> int:
    """How many units of it the shop can bring back."""
    return line.quantity if line.order.commercial == Commercial.PLACED else returnable(line.order).get(line.pk, 0)


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
        key=_key(invoice, order.number),
        actor=shop.actor,
    )


def _key(invoice: Invoice, number: str) -> str:
    return f"market:{invoice.reference}/{number}"


def _is_all(order: Order, lines: Mapping[OrderLine, int], shop: Shop) -> bool:
    with acting_for(shop.company.pk):
        return len(lines) == order.lines.count() and all(line.quantity == units for line, units in lines.items())
