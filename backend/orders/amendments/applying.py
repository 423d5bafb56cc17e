"""An agreed change becomes true. Callers hold the transaction and the order's lock."""

from collections.abc import Mapping, Sequence

from backend.accounts.actor import Actor
from backend.core.row_security import across_companies
from backend.events.kinds import Kind
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.orders.amendments.models import Amendment, AmendmentLine
from backend.orders.amounts import freight_of, settle_amounts, sum_of, worth
from backend.orders.cancellations.steps import take_off
from backend.orders.models import Order, OrderLine
from backend.orders.part_numbers.queries import numbers_of
from backend.orders.placing.allocation import allocate_more
from backend.orders.steps import roll_up


def apply_amendment(order: Order, amendment: Amendment, *, actor: Actor) -> None:
    """Units are taken off and put on, and the order says the new date and address. Raises Refused where the stock does
    not give what is put on: goods are promised when both have agreed, and not before. What is payable then is what both
    have read, or it crashes and nothing has happened."""
    lines = list(amendment.lines.order_by("position"))
    lock_stock([each.sku_id for each in lines], what=order.number)  # all at once: what follows finds them locked
    less = {each.line_id: each.before - each.after for each in lines if each.line_id and each.after < each.before}
    more = {each.line_id: each.after - each.before for each in lines if each.line_id and each.after > each.before}
    fresh = [each for each in lines if not each.line_id]
    if less:
        take_off(order, less, actor=actor)
    if more or fresh:
        _put_on(order, more, fresh, actor=actor)
    _say(order, amendment)
    _require_as_read(order, amendment)


def _put_on(order: Order, more: Mapping[int, int], fresh: Sequence[AmendmentLine], *, actor: Actor) -> None:
    risen = list(order.lines.filter(pk__in=more).order_by("position"))
    with across_companies(why="what the buyer calls a SKU is told to whom they order it of"):
        called = numbers_of(order.buyer_id, [each.sku_id for each in fresh]) if fresh else {}
    added = OrderLine.objects.bulk_create(_line(order, each, called.get(each.sku_id, "")) for each in fresh)
    for line in risen:
        line.quantity += more[line.pk]
        whole = worth(line, line.quantity)
        line.net_minor, line.tax_minor = whole.net.amount_minor, whole.tax.amount_minor
    order.lines.all().bulk_update(risen, ["quantity", "net_minor", "tax_minor"])
    stock = lock_stock([line.sku_id for line in (*risen, *added)], what=order.number)
    allocate_more(stock, order, {**{line: more[line.pk] for line in risen}, **{line: line.quantity for line in added}})
    settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor)
    _sum_up(order)
    settle_amounts(order)
    roll_up(order)


def _line(order: Order, each: AmendmentLine, part_number: str) -> OrderLine:
    line = OrderLine(
        order=order,
        position=each.position,
        sku=each.sku,
        code=each.code,
        part_number=part_number,
        name=each.name,
        unit_of_sale=each.sku.unit_of_sale,
        quantity=each.after,
        unit_price_minor=each.unit_price_minor,
        price_reason=each.price_reason,
        tax_rate=each.tax_rate,
    )
    whole = worth(line, each.after)
    line.net_minor, line.tax_minor = whole.net.amount_minor, whole.tax.amount_minor
    return line


def _sum_up(order: Order) -> None:
    lines = sum_of((worth(line, line.quantity) for line in order.lines.all()), order.currency)
    ordered = lines + freight_of(order)
    order.net_minor, order.tax_minor = ordered.net.amount_minor, ordered.tax.amount_minor
    Order.objects.this(order).update(net_minor=order.net_minor, tax_minor=order.tax_minor)


def _say(order: Order, amendment: Amendment) -> None:
    said: dict[str, object] = {}
    if amendment.requested_on:
        said["requested_on"] = order.requested_on = amendment.requested_on
    if amendment.ship_to:
        said["ship_to"] = order.ship_to = amendment.ship_to
    if said:
        Order.objects.this(order).update(**said)


def _require_as_read(order: Order, amendment: Amendment) -> None:
    payable = (order.payable_net.amount_minor, order.payable_tax.amount_minor)
    if payable != (amendment.new_net_minor, amendment.new_tax_minor):
        raise ArithmeticError(f"{order}: {payable} would be payable, which is not what {amendment} says")
