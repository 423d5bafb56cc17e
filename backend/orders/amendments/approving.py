"""An order as a change would leave it, and whose approval that needs inside the buyer's company. Reads only."""

from collections.abc import Mapping, Sequence

from backend.catalog.models import Sku
from backend.catalog.pricing.terms import Explanation, Priced, Rule
from backend.orders.amendments.models import AmendmentLine
from backend.orders.carts.priced import NAMED, Goods, PricedLine
from backend.orders.models import Order, OrderLine
from backend.orders.placing.freezing import FrozenLine, FrozenPart
from backend.orders.rules.queries import Plan, plan_for


def plan_of_change(order: Order, lines: Sequence[AmendmentLine], user_id: int, *, locked: bool = False) -> Plan:
    """What the order that this person would raise needs: all of it is looked at, as if it was ordered now. A change
    that puts nothing on needs nobody.

    Twelve queries at most. `locked`: as plan_for has it.
    """
    if not any(each.after > each.before for each in lines):
        return Plan()
    part = part_then(order, lines)
    return plan_for(_priced(part), order.buyer_id, user_id, locked=locked, instead_of=order)


def part_then(order: Order, lines: Sequence[AmendmentLine]) -> FrozenPart:
    """What the buyer would pay for, with the freight that was agreed on. One query."""
    changes = {each.line_id: each.after - each.before for each in lines}
    kept = [(line, line.kept + changes.get(line.pk, 0)) for line in order.lines.filter(replaces=None)]
    added = [_added(order, each) for each in lines if not each.line_id]
    return FrozenPart(
        order.seller,
        order.currency,
        [*(_as_ordered(line, quantity) for line, quantity in kept if quantity), *added],
        order.freight_minor,
        order.freight_tax_minor,
    )


def ordered_now(order: Order) -> Mapping[int, int]:
    """How many of each SKU the buyer pays for as it is. One query."""
    return {line.sku_id: line.kept for line in order.lines.filter(replaces=None)}


def _as_ordered(line: OrderLine, quantity: int) -> FrozenLine:
    named = (line.sku_id, line.code, line.name, line.unit_of_sale)
    return FrozenLine(*named, quantity, line.unit_price, line.price_reason, line.tax_rate)


def _added(order: Order, each: AmendmentLine) -> FrozenLine:
    named = (each.sku_id, each.code, each.name, each.sku.unit_of_sale)
    return FrozenLine(*named, each.after, each.price_in(order.currency), each.price_reason, each.tax_rate)


def _priced(part: FrozenPart) -> Sequence[PricedLine]:
    """As lines of a cart would be."""
    found = Sku.objects.scoped(company=part.seller.pk, pk__in=[line.sku_id for line in part.lines])
    goods = {row[0]: Goods(*row) for row in found.values_list(*NAMED)}
    return [
        PricedLine(
            pk=position,
            goods=goods[line.sku_id],
            seller=part.seller,
            quantity=line.quantity,
            priced=Priced(line.unit_price, Explanation(Rule.FIXED, tier=line.quantity)),
            tax_rate=line.tax_rate,
        )
        for position, line in enumerate(part.lines, start=1)
    ]
