"""The rows of an order as it is placed: everything that it says is frozen here."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models.functions import Now

from backend.orders.credit.steps import Terms
from backend.orders.models import Order, OrderGroup, OrderLine
from backend.orders.placing.details import Details
from backend.orders.placing.freezing import FrozenLine, FrozenPart
from backend.orders.tax import ROUNDING

ACCEPT_WITHIN = timedelta(hours=48)


def new_order(group: OrderGroup, part: FrozenPart, details: Details, terms: Terms) -> Order:
    return Order(
        group=group,
        seller=part.seller,
        buyer_id=group.company_id,
        currency=part.currency,
        rounding=ROUNDING,
        net_minor=part.net.amount_minor,
        tax_minor=part.tax.amount_minor,
        freight_minor=part.freight_minor,
        freight_tax_minor=part.freight_tax_minor,
        po_number=details.po_number,
        requested_on=details.requested_on,
        note=details.note,
        only_whole=details.only_whole,
        ship_to=dict(details.ship_to),
        method=terms.method,
        net_days=terms.net_days,
        accept_by=Now() + ACCEPT_WITHIN,
        last_seq=1,
    )


def write_lines(orders: Sequence[Order], parts: Sequence[FrozenPart]) -> Sequence[OrderLine]:
    return OrderLine.objects.bulk_create(
        _order_line(order, position, line)
        for order, part in zip(orders, parts, strict=True)
        for position, line in enumerate(part.lines, start=1)
    )


def _order_line(order: Order, position: int, line: FrozenLine) -> OrderLine:
    return OrderLine(
        order=order,
        position=position,
        sku_id=line.sku_id,
        code=line.code,
        name=line.name,
        unit_of_sale=line.unit_of_sale,
        quantity=line.quantity,
        unit_price_minor=line.unit_price.minor,
        price_reason=line.price_reason,
        tax_rate=line.tax_rate,
        net_minor=line.net.amount_minor,
        tax_minor=line.tax.amount_minor,
    )
