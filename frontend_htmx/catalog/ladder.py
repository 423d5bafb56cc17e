"""Price tiers as steps: what is drawn of a ladder, in the coordinates of its picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.catalog.models import TierPrice
from backend.core.money import Money, UnitPrice

WIDTH, HEIGHT, LOWEST, HIGHEST = 640, 120, 30, 100


@dataclass(frozen=True, slots=True)
class Step:
    """One tier: from min_quantity on a unit costs `price`, `percent_off` less than a single one, and a case `case`."""

    min_quantity: int
    price: UnitPrice
    case: Money
    percent_off: int
    x: int
    y: int
    width: int
    height: int


def draw_ladder(tiers: Iterable[TierPrice], case_pack: int) -> Sequence[Step]:
    """The steps of a SKU's tiers, from the dearest to the cheapest; as high as their price is of the first's."""
    ladder = sorted(tiers, key=lambda tier: tier.min_quantity)
    width = WIDTH // len(ladder) if ladder else 0
    return [_step(tier, ladder[0], case_pack, index * width, width) for index, tier in enumerate(ladder)]


def _step(tier: TierPrice, first: TierPrice, case_pack: int, x: int, width: int) -> Step:
    share = tier.unit_price_minor / first.unit_price_minor if first.unit_price_minor else 1
    height = max(LOWEST, round(HIGHEST * share))
    return Step(
        min_quantity=tier.min_quantity,
        price=tier.unit_price,
        case=tier.unit_price.times(case_pack),
        percent_off=round((1 - share) * 100),
        x=x,
        y=HEIGHT - height,
        width=width,
        height=height,
    )
