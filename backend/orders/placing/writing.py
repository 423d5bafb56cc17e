"""The rows of an order as it is placed: everything that it says is frozen here."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models.functions import Now

from backend.orders.carts.queries import ROUNDING, PricedLine, SellersPart
from backend.orders.models import Order, OrderGroup, OrderLine
from backend.orders.placing.details import Details

ACCEPT_WITHIN = timedelta(hours=48)
NET_DAYS = 30


def new_order(group: OrderGroup, part: SellersPart, details: Details) -> Order:
    return Order(
        group=group,
        seller=part.seller,
        buyer_id=group.company_id,
        currency=part.currency,
        rounding=ROUNDING,
        net_minor=part.net.amount_minor,
        tax_minor=part.tax.amount_minor,
        po_number=details.po_number,
        requested_on=details.requested_on,
        note=details.note,
        ship_to=dict(details.ship_to),
        net_days=NET_DAYS,
        accept_by=Now() + ACCEPT_WITHIN,
        last_seq=1,
    )


def write_lines(orders: Sequence[Order], parts: Sequence[SellersPart]) -> Sequence[OrderLine]:
    return OrderLine.objects.bulk_create(
        _order_line(order, position, line)
        for order, part in zip(orders, parts, strict=True)
        for position, line in enumerate(part.lines, start=1)
    )


def _order_line(order: Order, position: int, line: PricedLine) -> OrderLine:
    assert line.priced  # noqa: S101  # _require_orderable saw to it
    net = line.net_of(line.priced)
    name = line.sku.product.name + (f", {line.sku.variant.name}" if line.sku.variant.name else "")
    reason = line.priced.explanation
    return OrderLine(
        order=order,
        position=position,
        sku=line.sku,
        code=line.sku.code,
        name=name,
        unit_of_sale=line.sku.unit_of_sale,
        quantity=line.quantity,
        unit_price_minor=line.priced.unit_price.minor,
        price_reason={"rule": reason.rule, "tier": reason.tier, "list": reason.list.name if reason.list else ""},
        tax_rate=line.tax_rate,
        net_minor=net.amount_minor,
        tax_minor=line.tax_of(net).amount_minor,
    )
