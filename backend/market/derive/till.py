"""What a line of the till roll is."""

import csv
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
# Invoices with this line are the wholesaler's web shop: it names nobody and costs about twice the wholesale price.
WEB_SHOP_POSTAGE = "DOT"
# Next-day carriage, which the till sold under a code like a product's.
CARRIAGE = {"23444"}

# Five digits and up to two letters (85123A). Everything else is no product: POST, DOT, M, C2, S, D, BANK CHARGES,
# AMAZONFEE, gift vouchers, PADS. Only DCGS codes are goods all the same, which the till sold in the web shop.
_PRODUCT_CODE = re.compile(r"\d{5}[A-Z]{0,2}")
_WEB_SHOP_CODE = re.compile(r"DCGS\w+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the till printed it; `price_minor` is the price of one in pence."""

    invoice: str
    printed_code: str
    printed_description: str
    quantity: int
    at: datetime
    price_minor: Decimal
    customer: str
    country: str

    @property
    def code(self) -> str:
        """The code in capitals: the till has 15056bl beside 15056BL."""
        return self.printed_code.upper()

    @property
    def description(self) -> str:
        """The description with single spaces."""
        return " ".join(self.printed_description.split())

    @property
    def has_product_code(self) -> bool:
        return _PRODUCT_CODE.fullmatch(self.code) is not None

    @property
    def is_goods(self) -> bool:
        return (self.has_product_code or _WEB_SHOP_CODE.fullmatch(self.code) is not None) and self.code not in CARRIAGE

    @property
    def is_cancellation(self) -> bool:
        return self.invoice.startswith("C")

    @property
    def is_stock_note(self) -> bool:
        """A correction of the shelf that someone typed into the till: '?', 'damages', 'found', 'thrown away'."""
        return self.quantity < 0 and not self.is_cancellation

    @property
    def is_sold_at_a_price(self) -> bool:
        return not self.is_cancellation and self.quantity > 0 and self.price_minor > 0

    @property
    def is_wholesale(self) -> bool:
        """A product that was sold at a price to a named customer."""
        return self.customer != "" and self.is_sold_at_a_price and self.has_product_code

    @property
    def is_return(self) -> bool:
        """A product that a named customer brought back."""
        return self.customer != "" and self.is_cancellation and self.quantity < 0 and self.has_product_code


def read_till(path: Path) -> Iterator[Line]:
    """The lines of a raw CSV file (plain or .xz) in its own order. Raises ValueError if it isn't such a file."""
    with _open(path) as file:
        reader = csv.DictReader(file)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path} is not the Online Retail data: it lacks {', '.join(sorted(missing))}")
        yield from (_line(row) for row in reader)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _line(row: dict[str, str]) -> Line:
    return Line(
        invoice=row["InvoiceNo"].strip().upper(),
        printed_code=row["StockCode"].strip(),
        printed_description=row["Description"],
        quantity=int(row["Quantity"]),
        at=datetime.fromisoformat(row["InvoiceDate"]),
        price_minor=Decimal(row["UnitPrice"]) * 100,
        customer=row["CustomerID"].strip(),
        country=row["Country"].strip(),
    )
