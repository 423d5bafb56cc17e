"""Every number that the rules saw: what came in, what was left out and why, what went out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from backend.market.derive.ladders import Kind, Ladder
from backend.market.derive.till import WEB_SHOP_POSTAGE, Line
from backend.market.derive.trade import Trade

Numbers = dict[str, int | str]


@dataclass
class RawTally:
    """Counts the raw lines as they pass."""

    rows: int = 0
    plain: Counter[str] = field(default_factory=Counter)
    seen: dict[str, set[object]] = field(default_factory=lambda: defaultdict(set))
    descriptions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    twice: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, line: Line) -> None:
        self.rows += 1
        self._count_plain(line)
        self._count_seen(line)
        if line.printed_description:
            self.descriptions[line.code].add(line.printed_description)
        if line.is_sold_at_a_price and line.has_product_code:
            self.twice[line.invoice, line.code] += 1

    def _count_plain(self, line: Line) -> None:
        self.plain["no customer"] += line.customer == ""
        self.plain["price 0"] += line.price_minor == 0
        self.plain["price 0, no description"] += line.price_minor == 0 and line.printed_description == ""
        self.plain["stock notes"] += line.is_stock_note
        self.plain["double spaces"] += "  " in line.printed_description

    def _count_seen(self, line: Line) -> None:
        self.seen["cancellations" if line.is_cancellation else "sales"].add(line.invoice)
        self.seen["days"].add(line.at.date())
        self.seen["printed codes"].add(line.printed_code)
        self.seen["codes"].add(line.code)
        self.seen["lines"].add(line)
        self.seen["countries"].add(line.country)
        if line.code == WEB_SHOP_POSTAGE:
            self.seen["web shop"].add(line.invoice)
        if line.is_sold_at_a_price and line.has_product_code:
            self.seen["sold at a price"].add(line.code)

    def numbers(self) -> Numbers:
        seen = {name: len(things) for name, things in self.seen.items()}
        return {
            "rows": self.rows,
            "sales invoices": seen["sales"],
            "cancellations": seen["cancellations"],
            "trading days": seen["days"],
            "codes as printed": seen["printed codes"],
            "codes in capitals": seen["codes"],
            "product codes sold at a price": seen["sold at a price"],
            "rows without a customer": f"{self.plain['no customer'] / self.rows:.1%}",
            "web-shop invoices": seen["web shop"],
            "rows at price 0": self.plain["price 0"],
            "of them without a description": self.plain["price 0, no description"],
            "negative quantities without a C": self.plain["stock notes"],
            "exact duplicates": self.rows - seen["lines"],
            "times one code twice in an invoice": sum(times > 1 for times in self.twice.values()),
            "codes with several descriptions": sum(len(texts) > 1 for texts in self.descriptions.values()),
            "double spaces": self.plain["double spaces"],
            "countries": seen["countries"],
        }


def wholesale_numbers(wholesale: Sequence[Line], returns: Sequence[Line]) -> Numbers:
    lengths = sorted(Counter(line.invoice for line in wholesale).values())
    return {
        "wholesale rows": len(wholesale),
        "wholesale invoices": len(lengths),
        "wholesale customers": len({line.customer for line in wholesale}),
        "wholesale amount": pounds(amount_minor(wholesale)),
        "products sold to a named customer": len({line.code for line in wholesale}),
        "lines of an invoice, median": lengths[len(lengths) // 2],
        "lines of an invoice, most": lengths[-1],
        "rows of returns": len(returns),
    }


def ladder_numbers(ladders: Mapping[str, Ladder]) -> Numbers:
    kinds = Counter(ladder.kind for ladder in ladders.values())
    return {f"products whose prices are: {kind}": kinds[kind] for kind in Kind}


def trade_numbers(trade: Trade) -> Numbers:
    return {
        "sales voided within the hour": len(trade.voided),
        "their amount": pounds(amount_minor(trade.voided)),
        "sale lines": len(trade.sales),
        "sale invoices": len({line.invoice for line in trade.sales}),
        "amount of the sale lines": pounds(amount_minor(trade.sales)),
        "return lines": len(trade.returns),
        "amount of the return lines": pounds(amount_minor(trade.returns)),
        "rows of returns of what was not bought before": len(trade.unmatched),
    }


def amount_minor(lines: Iterable[Line]) -> Decimal:
    return sum((line.price_minor * line.quantity for line in lines), Decimal(0))


def pounds(minor: Decimal) -> str:
    return f"GBP {minor / 100:,.2f}"
