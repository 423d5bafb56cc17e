"""Bands of prices: what one unit costs, in major units of the market's currency."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from django.db.models import Q

from backend.core.money import EXPONENTS

CURRENCY = "GBP"
BOUNDS = (0, 1, 5, 10, 25, 100)
KEYS: Sequence[str] = [
    *(f"{low}-{high}" for low, high in pairwise(BOUNDS)),
    f"{BOUNDS[-1]}-",
]
_MINOR: int = 10 ** EXPONENTS[CURRENCY]


def bounds_of(key: str) -> tuple[int, int | None]:
    """From (included) and to (not included), in major units; raises ValueError for what is no band."""
    low, _, high = key.partition("-")
    return int(low), int(high) if high else None


def band_of(price_minor: Decimal | None) -> str:
    """The key of the band that a price is in; empty where there is none."""
    if price_minor is None:
        return ""
    reached = [key for key, bound in zip(KEYS, BOUNDS, strict=True) if price_minor >= bound * _MINOR]
    return reached[-1]


def within(key: str) -> Q:
    """The entries whose price is in the band."""
    low, high = bounds_of(key)
    lower = Q(price_minor__gte=low * _MINOR)
    return lower if high is None else lower & Q(price_minor__lt=high * _MINOR)
