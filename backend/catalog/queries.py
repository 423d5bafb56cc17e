"""Screenfuls of the catalogue itself; what also shows stock stands in inventory, which knows both."""

from collections.abc import Sequence

from django.db.models import Count, Q

from backend.catalog.models import Category, TierPrice
from backend.catalog.states import ProductStatus


def categories() -> Sequence[Category]:
    """The categories with at least one published product, each with `products_count`. One query."""
    published = Count("products", filter=Q(products__status=ProductStatus.PUBLISHED))
    return list(Category.objects.annotate(products_count=published).filter(products_count__gt=0))


def lowest_tiers(tiers: Sequence[TierPrice]) -> tuple[TierPrice | None, TierPrice | None]:
    """Of one SKU's tiers: what a single unit costs, and the best price there is."""
    if not tiers:
        return None, None
    return min(tiers, key=lambda tier: tier.min_quantity), min(tiers, key=lambda tier: tier.unit_price_minor)
