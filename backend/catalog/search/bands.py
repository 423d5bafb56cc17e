"""Bands of prices: what one unit costs, in major units of one currency. A band is of a currency; none spans two."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise

from backend.core.money import EXPONENTS

CURRENCY = "GBP"
"""The one that a list is narrowed or sorted by where nobody chose another."""
_BOUNDS = (0, 1, 5, 10, 25, 100)
_SCALE = {"JPY": 100}
"""In these one buys little for one."""


def keys_of(currency: str) -> Sequence[str]:
    """The bands of a currency, the lowest first."""
    bounds = _bounds(currency)
    return [*(f"{low}-{high}" for low, high in pairwise(bounds)), f"{bounds[-1]}-"]


def bounds_of(key: str) -> tuple[int, int | None]:
    """From (included) and to (not included), in major units; raises ValueError for what is no band."""
    low, _, high = key.partition("-")
    return int(low), int(high) if high else None


@cache
def minor_bounds_of(key: str, currency: str) -> tuple[Decimal, Decimal | None]:
    """The same in minor units."""
    (low, high), minor = bounds_of(key), Decimal(10) ** EXPONENTS[currency]
    return low * minor, None if high is None else high * minor


def counted(prices_minor: Iterable[Decimal | None], currency: str) -> Counter[str]:
    """How many prices are in each band. They are put in order once: to look for the band of each takes longer."""
    ordered = sorted(price for price in prices_minor if price is not None)
    keys, bounds = _minor(currency)
    begins = [bisect_left(ordered, bound) for bound in bounds]
    return Counter(
        {key: end - begin for key, (begin, end) in zip(keys, pairwise([*begins, len(ordered)]), strict=True)}
    )


def is_within(price_minor: Decimal, key: str, currency: str) -> bool:
    low, high = minor_bounds_of(key, currency)
    return low <= price_minor and (high is None or price_minor < high)


def _bounds(currency: str) -> Sequence[int]:
    return [bound * _SCALE.get(currency, 1) for bound in _BOUNDS]


@cache
def _minor(currency: str) -> tuple[Sequence[str], Sequence[Decimal]]:
    """The bands with their lower bounds in minor units."""
    keys = keys_of(currency)
    return keys, [minor_bounds_of(key, currency)[0] for key in keys]
