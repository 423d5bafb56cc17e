"""What an order comes to. Each line is rounded by itself, as its order says, so amounts of lines sum up exactly."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.core.money import Money
from backend.orders.models import Order, OrderLine
from backend.orders.tax import tax_on


@dataclass(frozen=True, slots=True)
class Amounts:
    """A net amount with the tax on top of it."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        return self.net + self.tax

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.net + other.net, self.tax + other.tax)

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.net - other.net, self.tax - other.tax)


def worth(line: OrderLine, quantity: int) -> Amounts:
    """What so many units of a line cost, at the price that was frozen."""
    rounding = line.order.rounding
    net = line.unit_price.times(quantity, rounding)
    return Amounts(net, tax_on(net, line.tax_rate, rounding))


def sum_of(amounts: Iterable[Amounts], currency: str) -> Amounts:
    """All of them together; nothing at all where there is none."""
    return sum(amounts, Amounts(Money(0, currency), Money(0, currency)))


def freight_of(order: Order) -> Amounts:
    """Nobody owes it for an order of which nothing is left."""
    return Amounts(order.freight, Money(order.freight_tax_minor, order.currency))


def settle_amounts(order: Order) -> None:
    """Brings what has been taken off a locked order up to date with its lines: with the last unit that is paid for, not
    the last that is sent again, its freight. Two queries."""
    lines = list(order.lines.all())
    ordered = sum_of((worth(line, line.quantity) for line in lines), order.currency)
    taken_off = ordered - sum_of((worth(line, line.kept) for line in lines), order.currency)
    if not any(line.kept for line in lines if not line.replaces_id):
        taken_off += freight_of(order)
    order.reduced_net_minor, order.reduced_tax_minor = taken_off.net.amount_minor, taken_off.tax.amount_minor
    Order.objects.this(order).update(
        reduced_net_minor=order.reduced_net_minor, reduced_tax_minor=order.reduced_tax_minor
    )
