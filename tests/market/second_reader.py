"""What the stream comes to, read from its two files by a second reader that shares no line with the market's own.

An invoice is one order of each maker. Of each product of it, eaches become units of sale, up to the next quantity that
may be ordered; its price is the ladder's at that quantity, and a line's amount is rounded half to even. What a retailer
brings back, in full units, is of what it bought last, as far as it still has it.
"""

import csv
import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby
from typing import Any

from backend.market.files import DATA

Row = tuple[str, str, str, str, int]
"""Day, invoice, retailer, code, eaches."""


@dataclass
class Totals:
    """Orders and their lines; units ordered and brought back, by code; amounts in minor units."""

    orders: int = 0
    lines: int = 0
    ordered: Counter[str] = field(default_factory=Counter)
    brought_back: Counter[str] = field(default_factory=Counter)
    net_minor: int = 0
    refunded_minor: int = 0


def read_rows() -> Iterator[Row]:
    day, invoice, retailer = "", "", ""
    with lzma.open(DATA / "stream.csv.xz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day, invoice, retailer = row["at"][:10] or day, row["invoice"] or invoice, row["retailer"] or retailer
            yield day, invoice, retailer, row["code"], int(row["quantity"])


class SecondReader:
    """`left_out` are the units, by code, that are brought back within the days and were bought before them."""

    def __init__(self) -> None:
        tables = json.loads(lzma.decompress((DATA / "catalogue.json.xz").read_bytes()))
        names = ("code", "name", "category", "description", "unit", "case_pack", "moq", "increment", "tiers")
        self._products = {row[0]: dict(zip(names, row, strict=False)) for row in tables["products"]}
        self._makers: Mapping[str, str] = dict(tables["categories"])
        self._bought: defaultdict[tuple[str, str], list[tuple[int, Decimal]]] = defaultdict(list)
        self.totals, self.left_out = Totals(), Counter[str]()

    def read(self, first: str, last: str) -> Totals:
        within = (row for row in read_rows() if first <= row[0] <= last)
        for (_invoice, retailer), rows in groupby(within, key=lambda row: row[1:3]):
            eaches = Counter[str]()
            for *_head, code, quantity in rows:
                eaches[code] += quantity
            self._count(retailer, eaches)
        return self.totals

    def _count(self, retailer: str, eaches: Mapping[str, int]) -> None:
        self.totals.orders += len(
            {self._makers[self._products[code]["category"]] for code, n in eaches.items() if n > 0}
        )
        for code, quantity in eaches.items():
            if quantity > 0:
                self._order(retailer, code, quantity)
            else:
                self._bring_back(retailer, code, -quantity // self._per_unit(code))

    def _order(self, retailer: str, code: str, eaches: int) -> None:
        product = self._products[code]
        wanted = max(-(-eaches // self._per_unit(code)), product["moq"])
        units = -(-wanted // product["increment"]) * product["increment"]
        price = max((start, Decimal(price)) for start, price in product["tiers"] if start <= units)[1]
        self.totals.lines += 1
        self.totals.ordered[code] += units
        self.totals.net_minor += rounded(price * units)
        self._bought[retailer, code].append((units, price))

    def _bring_back(self, retailer: str, code: str, units: int) -> None:
        bought = self._bought[retailer, code]
        for nth in reversed(range(len(bought))):
            kept, price = bought[nth]
            taken = min(units, kept)
            self.totals.refunded_minor += rounded(price * kept) - rounded(price * (kept - taken))
            self.totals.brought_back[code] += taken
            bought[nth] = (kept - taken, price)
            units -= taken
        self.left_out[code] += units

    def _per_unit(self, code: str) -> int:
        product: Mapping[str, Any] = self._products[code]
        return int(product["case_pack"]) if product["unit"] == "case" else 1


def rounded(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_HALF_EVEN))
