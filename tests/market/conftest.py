"""A till roll of sixty lines with every kind of dirt that the real one has."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from backend.inventory.models import StockLevel
from backend.market import files
from backend.market.actions import open_market
from backend.market.derive.building import Market, derive
from backend.market.derive.till import Line, read_till
from backend.market.derive.trade import Trade, clean_trade
from backend.market.files import Product, StreamLine, read_cast
from backend.market.simulator.script import Invoice
from backend.market.simulator.shops import Shop, Shops
from backend.market.simulator.stalls import Stall, open_stalls

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


@pytest.fixture
def stalls(market: Market, db: None) -> dict[str, Stall]:
    """The market of the small till roll, open, with everything that is for sale there."""
    open_market(market.catalogue, read_cast())
    return dict(open_stalls(market.catalogue))


def invoice(*lines: tuple[str, int], reference: str = "536365", retailer: int = 1) -> Invoice:
    """An invoice of so many eaches of each of these."""
    at = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001 - the till's wall clock
    return Invoice(1, reference, [StreamLine(at, reference, retailer, code, n, Decimal(295)) for code, n in lines])


@pytest.fixture
def mulberry(market: Market, stalls: dict[str, Stall]) -> Shop:
    """The first retailer of the small till roll."""
    shop = Shops(market.catalogue).nth(1)
    assert shop
    return shop


def on_hand(stall: Stall) -> int:
    return sum(StockLevel.objects.filter(item=stall.sku.pk).values_list("on_hand", flat=True))


def set_on_hand(stall: Stall, units: int) -> None:
    """Leaves so many units in the main warehouse and none elsewhere."""
    StockLevel.objects.filter(item=stall.sku.pk).update(on_hand=0)
    StockLevel.objects.filter(item=stall.sku.pk, warehouse=stall.warehouse).update(on_hand=units)


@pytest.fixture
def folder(market: Market, tmp_path: Path) -> Path:
    """Where the stream of the small till roll lies."""
    files.write_stream(market.stream, tmp_path)
    return tmp_path


class StopAfter(Event):
    """Tells the simulator to stop after so many lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.lines = lines

    def is_set(self) -> bool:
        self.lines -= 1
        if self.lines < -1:
            self.set()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


@pytest.fixture
def opened(market: Market, transactional_db: None) -> Market:
    """The market of the small till roll, open to everybody's connections."""
    open_market(market.catalogue, read_cast())
    return market
