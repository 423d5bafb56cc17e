"""Base price and quantity tiers, out of what the wholesaler charged."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median_low

# A price counts if it was charged this often and on this share of the product's wholesale lines: what is rarer is a
# haggled price or a slip.
LEAST_LINES = 3
LEAST_SHARE = Decimal("0.03")

Charged = tuple[Decimal, int]
"""A price in minor units and the quantity that it was charged for."""


class Kind(StrEnum):
    """What the prices of a product look like."""

    ONE_PRICE = "one price"
    LADDER = "clean ladder"
    CONTRADICTORY = "contradictory"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tier:
    """From min_quantity eaches on, one costs price_minor."""

    min_quantity: int
    price_minor: Decimal


@dataclass(frozen=True, slots=True)
class Ladder:
    kind: Kind
    tiers: Sequence[Tier]

    @property
    def base_minor(self) -> Decimal:
        return self.tiers[0].price_minor


def price_ladder(charged: Sequence[Charged]) -> Ladder:
    """The tiers of a product with at least one wholesale line.

    A lower price begins at the quantity that it was usually charged for: the median of its lines. The ladder is clean
    if each lower price begins at a higher quantity. A product with a contradictory ladder keeps one price, the
    commonest; one whose prices are all too rare to count gets the median of what was charged.
    """
    counting = _counting_prices(charged)
    if not counting:
        return Ladder(Kind.NONE, [Tier(1, median_low(price for price, _ in charged))])
    steps = [(price, median_of(counting[price])) for price in sorted(counting, reverse=True)]
    if len(steps) == 1:
        return Ladder(Kind.ONE_PRICE, [Tier(1, steps[0][0])])
    if not _rises(start for _, start in steps):
        return Ladder(Kind.CONTRADICTORY, [Tier(1, _commonest(counting))])
    (dearest, _), *cheaper = steps
    return Ladder(Kind.LADDER, [Tier(1, dearest), *(Tier(_whole(start), price) for price, start in cheaper)])


def median_of(quantities: Sequence[int]) -> Decimal:
    """The median, half-way between the two in the middle if there are two."""
    ordered, middle = sorted(quantities), len(quantities) // 2
    return Decimal(ordered[middle] + ordered[~middle]) / 2


def _counting_prices(charged: Sequence[Charged]) -> dict[Decimal, list[int]]:
    quantities: dict[Decimal, list[int]] = defaultdict(list)
    for price, quantity in charged:
        quantities[price].append(quantity)
    least = max(Decimal(LEAST_LINES), LEAST_SHARE * len(charged))
    return {price: lines for price, lines in quantities.items() if len(lines) >= least}


def _rises(starts: Iterable[Decimal]) -> bool:
    listed = list(starts)
    return all(lower < higher for lower, higher in pairwise(listed))


def _commonest(counting: Mapping[Decimal, Sequence[int]]) -> Decimal:
    return max(counting, key=lambda price: (len(counting[price]), -price))


def _whole(start: Decimal) -> int:
    """Tiers begin at whole eaches, never at the first one."""
    return max(2, int(start.to_integral_value(rounding="ROUND_CEILING")))
