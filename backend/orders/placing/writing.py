"""The rows of an order as it is placed: everything that it says is frozen here."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backend.accounts.models import Company
from backend.core.inserted import Inserted
from backend.orders.credit.steps import Terms
from backend.orders.models import Order, OrderGroup, OrderLine, new_number
from backend.orders.placing.allocation import Units
from backend.orders.placing.details import Details
from backend.orders.placing.freezing import FrozenLine, FrozenPart
from backend.orders.tax import ROUNDING

ACCEPT_WITHIN = timedelta(hours=48)

_ORDERS = Inserted(
    Order,
    before="WITH placed AS (INSERT INTO orders_ordergroup (company_id, placed_by_id) VALUES (%(company)s, %(person)s) "
    "RETURNING id)",
    returning="{made}",
    group_id="(SELECT id FROM placed)",
    accept_by=f"statement_timestamp() + interval '{ACCEPT_WITHIN.total_seconds()} seconds'",
)
_LINES = Inserted(OrderLine, returning="id, sku_id, quantity, code, order_id")


def write_orders(
    company: Company, parts: Sequence[FrozenPart], details: Details, terms: Sequence[Terms], *, placed_by: int | None
) -> tuple[OrderGroup, Sequence[Order]]:
    """One for each part, and what they are together. One statement."""
    rows = [_order(part, how) for part, how in zip(parts, terms, strict=True)]
    found = _ORDERS.fetch(rows, _each(company, details), company=company.pk, person=placed_by)
    made = {order.number: order for (order,) in found}
    orders = [made[row["number"]] for row in rows]
    first = orders[0]
    group = OrderGroup(pk=first.group_id, company=company, placed_by_id=placed_by, placed_at=first.placed_at)
    return group, orders


def _each(company: Company, details: Details) -> Mapping[str, object]:
    return {
        "buyer_id": company.pk,
        "rounding": ROUNDING,
        "po_number": details.po_number,
        "requested_on": details.requested_on,
        "note": details.note,
        "only_whole": details.only_whole,
        "ship_to": dict(details.ship_to),
        "bill_to": dict(details.bill_to or details.ship_to),
        "last_seq": 1,
    }


def _order(part: FrozenPart, terms: Terms) -> dict[str, object]:
    return {
        "number": new_number(),
        "seller_id": part.seller.pk,
        "currency": part.currency,
        "net_minor": part.net.amount_minor,
        "tax_minor": part.tax.amount_minor,
        "freight_minor": part.freight_minor,
        "freight_tax_minor": part.freight_tax_minor,
        "method": terms.method,
        "net_days": terms.net_days,
    }


def write_lines(orders: Sequence[Order], parts: Sequence[FrozenPart]) -> Mapping[Order, Sequence[Units]]:
    """What each order asks for. One statement."""
    rows = [
        _line(order, position, line)
        for order, part in zip(orders, parts, strict=True)
        for position, line in enumerate(part.lines, start=1)
    ]
    of_order: dict[int, list[Units]] = {order.pk: [] for order in orders}
    for *units, order_id in _LINES.fetch(rows, {}):
        of_order[order_id].append(Units(*units))
    return {order: of_order[order.pk] for order in orders}


def _line(order: Order, position: int, line: FrozenLine) -> dict[str, object]:
    return {
        "order_id": order.pk,
        "position": position,
        "sku_id": line.sku_id,
        "code": line.code,
        "name": line.name,
        "unit_of_sale": line.unit_of_sale,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price.minor,
        "price_reason": line.price_reason,
        "tax_rate": line.tax_rate,
        "net_minor": line.net.amount_minor,
        "tax_minor": line.tax.amount_minor,
    }
