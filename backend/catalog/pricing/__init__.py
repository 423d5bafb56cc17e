"""What a line costs its buyer, and why: precedence, engine, explanation, and who may see which offer."""

from backend.catalog.pricing.queries import Offers, offers_to, price_cells, price_lines
from backend.catalog.pricing.terms import STRANGER, Buyer, Explanation, Line, NotSold, Priced, Rule, Rung
from backend.catalog.pricing.visibility import (
    asking_as,
    offers_seen,
    offers_seen_by,
    offers_sold,
    products_seen_by,
    visible_skus,
)

__all__ = [
    "STRANGER",
    "Buyer",
    "Explanation",
    "Line",
    "NotSold",
    "Offers",
    "Priced",
    "Rule",
    "Rung",
    "asking_as",
    "offers_seen",
    "offers_seen_by",
    "offers_sold",
    "offers_to",
    "price_cells",
    "price_lines",
    "products_seen_by",
    "visible_skus",
]
