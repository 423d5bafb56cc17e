"""Orders as a file has them: a row for each line, all that a list shows of them and what became of the goods."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from backend.core.money import Money, UnitPrice
from backend.core.row_security import acting_for
from backend.orders.models import Order, OrderLine, OrderQuerySet

AT_ONCE = 500
Which = Literal["purchases", "sales"]


@dataclass(frozen=True, slots=True)
class ExportedLine:
    """A line with its order; `partner` is the company on the other side."""

    order: Order
    partner: str
    line: OrderLine

    @property
    def unit_price(self) -> UnitPrice:
        return UnitPrice(self.line.unit_price_minor, self.order.currency)

    @property
    def net(self) -> Money:
        return Money(self.line.net_minor, self.order.currency)

    @property
    def tax(self) -> Money:
        return Money(self.line.tax_minor, self.order.currency)


def every_line(company_id: int, which: Which, *, status: str = "", text: str = "") -> Iterator[ExportedLine]:
    """Of all orders that the list shows so, the newest first. Two queries for every AT_ONCE orders."""
    before: int | None = None
    while orders := _slice(company_id, which, status, text, before):
        yield from (
            ExportedLine(order, (order.buyer if which == "sales" else order.seller).name, line)
            for order in orders
            for line in order.lines.all()
        )
        before = orders[-1].pk


def _slice(company_id: int, which: Which, status: str, text: str, before: int | None) -> list[Order]:
    """Those before an order (its pk). Whoever streams a file has left the request that asked for it."""
    with acting_for(company_id):
        own: OrderQuerySet = (
            Order.objects.sold_by(company_id) if which == "sales" else Order.objects.bought_by(company_id)
        )
        wanted = own.narrowed(status, text).with_parties().prefetch_related("lines")
        found = wanted.filter(pk__lt=before) if before is not None else wanted
        return list(found.order_by("-pk")[:AT_ONCE])
