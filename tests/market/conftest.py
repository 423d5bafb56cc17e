"""A till roll of sixty lines with every kind of dirt that the real one has."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from backend.market.derive.building import Market, derive
from backend.market.derive.till import Line, read_till
from backend.market.derive.trade import Trade, clean_trade
from backend.market.files import Product

TILL = Path(__file__).parent / "till.csv"


@pytest.fixture(scope="session")
def till() -> Sequence[Line]:
    return list(read_till(TILL))


@pytest.fixture(scope="session")
def trade(till: Sequence[Line]) -> Trade:
    """The clean stream of the small till roll."""
    return clean_trade(
        [line for line in till if line.is_wholesale and line.is_goods], [li for li in till if li.is_return]
    )


@pytest.fixture(scope="session")
def market(till: Sequence[Line]) -> Market:
    return derive(till)


@pytest.fixture(scope="session")
def products(market: Market) -> dict[str, Product]:
    return {product.code: product for product in market.catalogue.products}


SOLD = Line("500001", "85123A", "HEART", 6, datetime(2010, 12, 1, 9, 0), Decimal(295), "17850", "United Kingdom")  # noqa: DTZ001 - the till's wall clock


def sold(quantity: int = 6, *, minutes: int = 0, invoice: str = "500001", **changes: object) -> Line:
    """A wholesale line of one product, some minutes after nine."""
    return replace(SOLD, quantity=quantity, invoice=invoice, at=SOLD.at.replace(minute=minutes), **changes)  # type: ignore[arg-type]


def cancelled(quantity: int = 6, *, minutes: int = 30, **changes: object) -> Line:
    """The same product brought back by the same customer."""
    return sold(-quantity, minutes=minutes, invoice="C500002", **changes)
