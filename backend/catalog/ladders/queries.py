"""What an offer costs whoever has no price list."""

from collections.abc import Sequence

from backend.catalog.actions import Tier
from backend.catalog.models import Sku, TierPrice


def ladder_in(sku: Sku, currency: str) -> Sequence[Tier]:
    """The base ladder in a currency, the first step first. One query."""
    own = TierPrice.objects.of_company(sku.company_id).filter(sku=sku, currency=currency)
    return [Tier(each.min_quantity, each.unit_price) for each in own.order_by("min_quantity")]
