"""Price tiers as steps: what is drawn of a ladder, in the coordinates of its picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.models import Sku, TierPrice
from backend.core.money import Money, UnitPrice

WIDTH, HEIGHT, LOWEST, HIGHEST = 640, 120, 30, 100


@dataclass(frozen=True, slots=True)
class Step:
    """One tier: from `quantity` on a unit costs `price`, `percent_off` less than at the first step.

    `case` is what a full case costs at this price; None where a case already reaches the next step.
    """

    quantity: int
    price: UnitPrice
    case: Money | None
    percent_off: int
    x: int
    y: int
    width: int
    height: int


def draw_ladder(sku: Sku) -> Sequence[Step]:
    """The steps of a SKU's tiers, from the dearest to the cheapest; as high as their price is of the first's."""
    ladder = sorted(sku.tiers.all(), key=lambda tier: tier.min_quantity)
    width = WIDTH // len(ladder) if ladder else 0
    above = [tier.min_quantity for tier in ladder[1:]] + [sku.case_pack + 1]
    return [
        _step(sku, tier, ladder[0], next_from > sku.case_pack, index * width, width)
        for index, (tier, next_from) in enumerate(zip(ladder, above, strict=True))
    ]


def _step(sku: Sku, tier: TierPrice, first: TierPrice, is_for_cases: bool, x: int, width: int) -> Step:
    share = tier.unit_price_minor / first.unit_price_minor if first.unit_price_minor else 1
    height = max(LOWEST, round(HIGHEST * share))
    return Step(
        quantity=max(tier.min_quantity, sku.moq),
        price=tier.unit_price,
        case=tier.unit_price.times(sku.case_pack) if is_for_cases else None,
        percent_off=round((1 - share) * 100),
        x=x,
        y=HEIGHT - height,
        width=width,
        height=height,
    )
