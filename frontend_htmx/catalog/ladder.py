"""Price tiers as steps: what is drawn of a ladder, in the coordinates of its picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.models import Sku
from backend.catalog.pricing import Rung
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


def draw_ladder(sku: Sku, ladder: Sequence[Rung]) -> Sequence[Step]:
    """The steps of what a SKU costs its buyer, in their order; as high as their price is of the first's."""
    if not ladder:
        return []
    width = WIDTH // len(ladder)
    above = [rung.quantity for rung in ladder[1:]] + [sku.case_pack + 1]
    return [
        _step(sku, rung, ladder[0], next_from > sku.case_pack, index * width, width)
        for index, (rung, next_from) in enumerate(zip(ladder, above, strict=True))
    ]


def _step(sku: Sku, rung: Rung, first: Rung, is_for_cases: bool, x: int, width: int) -> Step:
    price, dearest = rung.priced.unit_price, first.priced.unit_price
    share = price.minor / dearest.minor if dearest.minor else 1
    height = min(HEIGHT, max(LOWEST, round(HIGHEST * share)))
    return Step(
        quantity=max(rung.quantity, sku.moq),
        price=price,
        case=price.times(sku.case_pack) if is_for_cases else None,
        percent_off=round((1 - share) * 100),
        x=x,
        y=HEIGHT - height,
        width=width,
        height=height,
    )
