"""An order as its page reads it, by functions of the database: which things there are of it, and so nobody asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.core.row_security import acting_for
from backend.core.written import Written
from backend.orders.models import Order, OrderLine
from backend.orders.policies import can_see_orders

_ORDER = Written(
    """
SELECT {ordered}, {seller}, {buyer}, has_change, has_returns, has_documents,
    (SELECT last_position FROM events_numbering WHERE id = 1)
FROM order_seen(%(order)s, %(company)s) AS found
CROSS JOIN LATERAL (SELECT (found.ordered).*) AS ordered
CROSS JOIN LATERAL (SELECT (found.sold_by).*) AS seller
CROSS JOIN LATERAL (SELECT (found.bought_by).*) AS buyer
-- reads orders_order, orders_amendment, orders_return, orders_orderdocument
""",
    ordered=Order,
    seller=Company,
    buyer=Company,
)
_LINES = Written(
    "SELECT {line} FROM order_lines_seen(%(order)s) AS line -- reads orders_orderline",
    line=OrderLine,
)


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order with both its companies, and what there is of it."""

    order: Order
    lines: Sequence[OrderLine]
    position: int
    """The log's, of the moment at which the order was read: what is committed after it is told to its page."""
    has_change: bool
    """One was proposed once; it may have been answered since."""
    has_returns: bool
    has_documents: bool


def order_seen(order_id: int, actor: Actor) -> OrderSeen | None:
    """The order, if the actor's company trades in it and they may see orders. Two queries; the lines are read last."""
    if not can_see_orders(actor):
        return None
    asked = {"order": order_id, "company": actor.company_id}
    with acting_for(actor.company_id):
        for order, seller, buyer, has_change, has_returns, has_documents, position in _ORDER.fetch(asked):
            order.seller, order.buyer = seller, buyer
            return OrderSeen(order, _lines_of(order), position, has_change, has_returns, has_documents)
    return None


def _lines_of(order: Order) -> Sequence[OrderLine]:
    lines = [line for (line,) in _LINES.fetch({"order": order.pk})]
    for line in lines:
        line.order = order
    return lines
