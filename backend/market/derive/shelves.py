"""How fast a product sells, and how much of it lies on the shelf on the first morning."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from backend.market.derive.packs import Pack
from backend.market.derive.till import Line

LEAST_WEEKS = 4
# Of a hundred products so many start with nothing on the shelf, and so many with little.
EMPTY_PERCENT = 3
LITTLE_PERCENT = 8
# Nobody keeps more than this of what hardly sells: GBP 600 worth, and at least so many units.
IDLE_VALUE_MINOR = 60_000
IDLE_UNITS = 6


@dataclass(frozen=True, slots=True)
class Shelf:
    """In units of sale: what lies there on the first morning, and what is sold in a week of the product's season."""

    opening: int
    weekly: int


def shelf_of(code: str, sales: Sequence[Line], pack: Pack, base_minor: Decimal) -> Shelf:
    """Opening stock for four to ten weeks of sales, in full cases; a few products start low or with nothing.

    Which ones is chance, but the same each time: it hangs on the code alone. `base_minor` is the price of one unit.
    """
    weekly = max(1, ceil(_eaches_a_week(sales) / pack.eaches))
    lot, spread = _chance(code, 100), _chance(code + "/spread", 100)
    if lot < EMPTY_PERCENT:
        return Shelf(0, weekly)
    if lot < EMPTY_PERCENT + LITTLE_PERCENT:
        return Shelf(pack.accepted(pack.eaches * (4 + spread * 40 // 100)), weekly)
    wanted = max(weekly * (4 + spread * 6 // 100), min(72 + 3 * spread, _idle_units(base_minor)))
    return Shelf(_full_cases(wanted, pack), weekly)


def _eaches_a_week(sales: Sequence[Line]) -> float:
    days = (max(line.at for line in sales) - min(line.at for line in sales)).days
    return sum(line.quantity for line in sales) / max(LEAST_WEEKS, days / 7)


def _idle_units(base_minor: Decimal) -> int:
    return max(IDLE_UNITS, int(IDLE_VALUE_MINOR / base_minor))


def _full_cases(units: int, pack: Pack) -> int:
    case = pack.case_pack // pack.eaches
    return -(-units // case) * case


def _chance(text: str, sides: int) -> int:
    return zlib.crc32(text.encode()) % sides
