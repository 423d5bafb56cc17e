"""What an offer says, as it is kept until it is made: JSON whose amounts are text in minor units."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.core.money import Money, UnitPrice
from backend.negotiation.terms import OfferedLine, Terms, Tier


def kept(terms: Terms) -> Mapping[str, object]:
    return {
        "currency": terms.freight.currency,
        "lines": [
            {
                "sku": line.sku_id,
                "quantity": line.quantity,
                "price": str(line.unit_price.minor),
                "tiers": [[tier.min_quantity, str(tier.unit_price.minor)] for tier in line.tiers],
            }
            for line in terms.lines
        ],
        "freight": terms.freight.amount_minor,
        "valid_until": terms.valid_until.isoformat(),
        "incoterm": terms.incoterm,
        "net_days": terms.net_days,
        "lead_time_days": terms.lead_time_days,
        "holds_stock": terms.holds_stock,
        "may_split": terms.may_split,
        "note": terms.note,
    }


def terms_kept(said: Mapping[str, Any]) -> Terms:
    currency = said["currency"]
    return Terms(
        lines=[_line(each, currency) for each in said["lines"]],
        freight=Money(said["freight"], currency),
        valid_until=datetime.fromisoformat(said["valid_until"]),
        incoterm=said["incoterm"],
        net_days=said["net_days"],
        lead_time_days=said["lead_time_days"],
        holds_stock=said["holds_stock"],
        may_split=said["may_split"],
        note=said["note"],
    )


def _line(said: Mapping[str, Any], currency: str) -> OfferedLine:
    tiers = [Tier(quantity, UnitPrice(Decimal(price), currency)) for quantity, price in said["tiers"]]
    return OfferedLine(said["sku"], said["quantity"], UnitPrice(Decimal(said["price"]), currency), tiers)
