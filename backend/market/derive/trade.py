"""The clean wholesale stream: what was voided, what was summed up, which returns count."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.market.derive.till import Line

# A sale that is cancelled in full this soon was a slip at the till: the goods never left the shelf.
VOID_WITHIN = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Trade:
    """Wholesale lines, ready to be replayed: each list in the order of the till."""

    sales: Sequence[Line]
    returns: Sequence[Line]
    voided: Sequence[Line]
    unmatched: Sequence[Line]

    def in_order(self) -> list[Line]:
        """Sales and returns, by time and invoice; a sale before a return of the same minute."""
        return sorted([*self.sales, *self.returns], key=lambda line: (line.at, line.is_cancellation, line.invoice))


def clean_trade(wholesale: Iterable[Line], returns: Iterable[Line]) -> Trade:
    """Wholesale sales and returns without slips, with one line for each product and price of an invoice."""
    sold, brought_back, voided = void_slips(list(wholesale), list(returns))
    counted, unmatched = match_returns(sold, brought_back)
    return Trade(sum_up(sold), sum_up(counted), voided, unmatched)


def void_slips(sales: list[Line], returns: list[Line]) -> tuple[list[Line], list[Line], list[Line]]:
    """Sales and returns that remain, and the sales that were cancelled in full within VOID_WITHIN.

    Each cancellation voids one sale: same customer, product, price and quantity, the latest before it.
    """
    open_sales: dict[object, list[int]] = defaultdict(list)
    for position, sale in enumerate(sales):
        open_sales[_slip_key(sale)].append(position)
    void: set[int] = set()
    kept = [line for line in returns if not _voids(line, sales, open_sales[_slip_key(line)], void)]
    remaining = [sale for position, sale in enumerate(sales) if position not in void]
    return remaining, kept, [sales[position] for position in sorted(void)]


def _slip_key(line: Line) -> tuple[object, ...]:
    return line.customer, line.code, line.price_minor, abs(line.quantity)


def _voids(line: Line, sales: list[Line], candidates: list[int], void: set[int]) -> bool:
    for position in reversed(candidates):
        if position not in void and timedelta(0) <= line.at - sales[position].at <= VOID_WITHIN:
            void.add(position)
            return True
    return False


def match_returns(sales: list[Line], returns: list[Line]) -> tuple[list[Line], list[Line]]:
    """Returns of what the customer had bought before, cut to what he still had; and those of which he had nothing."""
    counted: list[Line] = []
    unmatched: list[Line] = []
    had: Counter[tuple[str, str]] = Counter()
    for line in sorted([*sales, *returns], key=lambda line: (line.at, line.is_cancellation)):
        key = line.customer, line.code
        taken = line.quantity if not line.is_cancellation else -min(-line.quantity, had[key])
        had[key] += taken
        if line.is_cancellation:
            (counted if taken else unmatched).append(replace(line, quantity=taken or line.quantity))
    return counted, unmatched


def sum_up(lines: Iterable[Line]) -> list[Line]:
    """One line for each product and price of an invoice, at the invoice's first minute.

    An exact duplicate is not dropped: the till charged both, so the shelf lost both.
    """
    first_minute: dict[str, datetime] = {}
    first: dict[tuple[object, ...], Line] = {}
    total: Counter[tuple[object, ...]] = Counter()
    for line in lines:
        key = line.invoice, line.code, line.price_minor
        first_minute.setdefault(line.invoice, line.at)
        first.setdefault(key, line)
        total[key] += line.quantity
    return [replace(line, quantity=total[key], at=first_minute[line.invoice]) for key, line in first.items()]
