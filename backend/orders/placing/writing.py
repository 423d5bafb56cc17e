"""The rows of an order as it is placed: everything that it says is frozen here."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backend.accounts.models import Company
from backend.core.along import Asked, ask
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
    id="id",
    group_id="(SELECT id FROM placed)",
    accept_by=f"statement_timestamp() + interval '{ACCEPT_WITHIN.total_seconds()} seconds'",
)
_LINES = Inserted(
    OrderLine,
    returning="id, sku_id, quantity, code, order_id",
    part_number="coalesce((SELECT own.number FROM orders_partnumber AS own WHERE own.company_id = %(buyer)s "
    "AND own.sku_id = json_populate_recordset.sku_id), '')",
)


def ask_keys(many: int) -> Asked:
    """Primary keys for so many orders, so that nobody has to wait for them once they are written."""
    return ask(_KEYS, {"many": many})


_KEYS = """
SELECT nextval(pg_get_serial_sequence('orders_order', 'id')) FROM generate_series(1, %(many)s)
"""


def write(
    company: Company,
    parts: Sequence[FrozenPart],
    details: Details,
    terms: Sequence[Terms],
    *,
    keys: Asked,
    placed_by: int | None,
) -> tuple[OrderGroup, Mapping[Order, Sequence[Units]]]:
    """An order for each part, and what they are together; and what each asks for. One message of two statements."""
    pks = [pk for (pk,) in keys.rows]
    rows = [_order(pk, part, how) for pk, part, how in zip(pks, parts, terms, strict=True)]
    asked = _ORDERS.ask(rows, _each(company, details), company=company.pk, person=placed_by)
    of_order = _write_lines(pks, parts, company.pk)
    made = {order.pk: order for (order,) in _ORDERS.read(asked.rows)}
    first = made[pks[0]]
    group = OrderGroup(pk=first.group_id, company=company, placed_by_id=placed_by, placed_at=first.placed_at)
    return group, {made[pk]: of_order[pk] for pk in pks}


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


def _order(pk: int, part: FrozenPart, terms: Terms) -> dict[str, object]:
    return {
        "id": pk,
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


def _write_lines(pks: Sequence[int], parts: Sequence[FrozenPart], buyer_id: int) -> Mapping[int, Sequence[Units]]:
    rows = [
        _line(pk, position, line)
        for pk, part in zip(pks, parts, strict=True)
        for position, line in enumerate(part.lines, start=1)
    ]
    of_order: dict[int, list[Units]] = {pk: [] for pk in pks}
    for *units, order_id in _LINES.fetch(rows, {}, buyer=buyer_id):
        of_order[order_id].append(Units(*units))
    return of_order


def _line(order_id: int, position: int, line: FrozenLine) -> dict[str, object]:
    return {
        "order_id": order_id,
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
