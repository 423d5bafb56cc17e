"""Which lines of an offer are below what the seller sells at the least.

The most specific floor counts, and it alone: a SKU's own, else its category's, else the company's. What can't be
compared (a margin of goods whose cost nobody said, a price in another currency) is not known to be above it, and counts
as below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from backend.catalog.costs.queries import costs_of
from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.money import UNIT_PRICE_DECIMALS, UnitPrice
from backend.negotiation.floors.models import Floor
from backend.negotiation.models import Room
from backend.negotiation.terms import OfferedLine, Terms

FINEST = Decimal(1).scaleb(-UNIT_PRICE_DECIMALS)


@dataclass(frozen=True, slots=True)
class Below:
    """A line that is too cheap; `least` None: it can't be compared."""

    sku_id: int
    code: str
    price: UnitPrice
    least: UnitPrice | None


class BelowFloor(Refused):
    """An offer that somebody else has to approve. What it says names no amount."""

    def __init__(self, lines: Sequence[Below]) -> None:
        codes = ", ".join(line.code for line in lines)
        said = _("Below the lowest price of your company: %(codes)s.") % {"codes": codes}
        super().__init__(said, detail={"needs_approval": True})
        self.lines = lines


def require_above_floor(room: Room, terms: Terms) -> None:
    """Raises BelowFloor."""
    if lines := below_floor(room, terms):
        raise BelowFloor(lines)


def below_floor(room: Room, terms: Terms) -> Sequence[Below]:
    """The lines of an offer of the seller's that are too cheap, prices for larger quantities included. Three queries;
    one where there is no floor."""
    rows = Floor.objects.of_company(room.seller_id)
    if not rows.exists():
        return []
    wanted = [line.sku_id for line in terms.lines]
    skus = {
        sku.pk: sku for sku in Sku.objects.of_company(room.seller_id).filter(pk__in=wanted).select_related("product")
    }
    least = least_prices(room.seller_id, list(skus.values()), room.currency)
    found = (_below(line, skus[line.sku_id], least) for line in terms.lines if line.sku_id in skus)
    return [each for each in found if each]


def least_prices(company_id: int, skus: Sequence[Sku], currency: str) -> Mapping[int, UnitPrice | None]:
    """Of each SKU that has a floor, the least that it may cost; None: that can't be said. Two queries.

    Takes SKUs that were read with their products.
    """
    categories = {sku.product.category_id for sku in skus}
    of_them = Q(sku__in=skus) | Q(category__in=categories) | Q(sku=None, category=None)
    floors = {(each.sku_id, each.category_id): each for each in Floor.objects.of_company(company_id).filter(of_them)}
    costs = costs_of(company_id, [sku.pk for sku in skus])
    return {
        sku.pk: _least(floor, costs.get(sku.pk), currency)
        for sku in skus
        if (
            floor := floors.get((sku.pk, None))
            or floors.get((None, sku.product.category_id))
            or floors.get((None, None))
        )
    }


def _least(floor: Floor, cost: UnitPrice | None, currency: str) -> UnitPrice | None:
    known: list[Decimal] = []
    if floor.min_price is not None:
        if floor.min_price.currency != currency:
            return None
        known.append(floor.min_price.minor)
    if floor.min_margin is not None:
        if cost is None or cost.currency != currency:
            return None
        known.append((cost.minor * 100 / (100 - floor.min_margin)).quantize(FINEST, ROUND_UP))
    return UnitPrice(max(known), currency)


def _below(line: OfferedLine, sku: Sku, least: Mapping[int, UnitPrice | None]) -> Below | None:
    if sku.pk not in least:
        return None
    cheapest = min([line.unit_price, *(tier.unit_price for tier in line.tiers)], key=lambda price: price.minor)
    floor = least[sku.pk]
    is_enough = floor is not None and cheapest.currency == floor.currency and cheapest.minor >= floor.minor
    return None if is_enough else Below(sku.pk, sku.code, cheapest, floor)
