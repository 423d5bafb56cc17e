"""How goods are ordered: increment, smallest order, case and unit of sale, out of the quantities that were ordered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from backend.market.derive.ladders import Ladder, Tier

# The steps that the trade packs in, largest first.
STEPS = (144, 120, 100, 96, 72, 60, 50, 48, 40, 36, 32, 30, 25, 24, 20, 18, 16, 15, 12, 10, 9, 8, 6, 5, 4, 3, 2, 1)
# So much of the lines has to fit an increment, and to reach a smallest order, before it becomes the rule.
INCREMENT_SHARE = 0.75
MOQ_SHARE = 0.9
# Fewer lines than this say nothing about packs.
LEAST_LINES = 6
# Goods that move in steps of so many eaches are sold by the case.
CASE_FROM = 20


@dataclass(frozen=True, slots=True)
class Pack:
    """What may be ordered, in units of sale; `case_pack` eaches fill a case."""

    unit: str
    case_pack: int
    moq: int
    increment: int

    @property
    def eaches(self) -> int:
        """How many eaches one unit of sale holds."""
        return self.case_pack if self.unit == "case" else 1

    def accepted(self, eaches: int) -> int:
        """The units of sale that a wish for so many eaches becomes: up to the next quantity that may be ordered."""
        wanted = max(-(-eaches // self.eaches), self.moq)
        return -(-wanted // self.increment) * self.increment


def pack_of(quantities: Sequence[int], ladder: Ladder) -> Pack:
    """The pack of a product, from the quantities of its wholesale lines in eaches."""
    if len(quantities) < LEAST_LINES:
        return Pack("each", _case(quantities, 1, ladder), 1, 1)
    step = _increment(quantities)
    if step >= CASE_FROM:
        return Pack("case", step, 1, 1)
    case = _case(quantities, step, ladder)
    return Pack("each", case, min(_moq(quantities, step), case), step)


def sold_in(pack: Pack, ladder: Ladder) -> Ladder:
    """The ladder in the pack's units of sale: a case costs its eaches, and tiers begin at quantities it accepts.

    A tier that would begin at the smallest order is the base price: nobody can buy less.
    """
    tiers: dict[int, Tier] = {}
    for tier in ladder.tiers:
        start = pack.accepted(tier.min_quantity)
        start = start if start > pack.moq else 1
        tiers[start] = Tier(start, tier.price_minor * pack.eaches)
    return replace(ladder, tiers=[tiers[start] for start in sorted(tiers)])


def _increment(quantities: Sequence[int]) -> int:
    """The largest step that most lines are multiples of."""
    return next(step for step in STEPS if _share(quantity % step == 0 for quantity in quantities) >= INCREMENT_SHARE)


def _moq(quantities: Sequence[int], step: int) -> int:
    """The largest multiple of the step that nearly all lines reach."""
    reached = sorted(quantities, reverse=True)[int(len(quantities) * MOQ_SHARE) - 1]
    return max(step, reached // step * step)


def _case(quantities: Iterable[int], step: int, ladder: Ladder) -> int:
    """A case is where the first lower price begins; without one, the quantity that is ordered most often."""
    has_lower_price = len(ladder.tiers) > 1
    size = ladder.tiers[1].min_quantity if has_lower_price else Counter(quantities).most_common(1)[0][0]
    return -(-size // step) * step


def _share(hits: Iterable[bool]) -> float:
    listed = list(hits)
    return sum(listed) / len(listed)
