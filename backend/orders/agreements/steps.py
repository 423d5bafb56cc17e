"""How an offer becomes an order that says exactly what was agreed. Callers hold the transaction."""

from collections.abc import Sequence
from dataclasses import replace

from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.catalog.pricing.terms import Explanation, Priced, Rule
from backend.core.money import Money
from backend.negotiation.models import Revision, Room
from backend.negotiation.terms import Terms
from backend.orders.carts.queries import PricedLine, SellersPart
from backend.orders.placing.freezing import FrozenPart, freeze
from backend.orders.tax import ROUNDING, rate_for, tax_on


def priced_lines(room: Room, terms: Terms) -> Sequence[PricedLine]:
    """The lines of an offer as lines of a cart would be: each at the price that was offered. One query."""
    rows = Sku.objects.scoped(company=room.seller_id, pk__in=[line.sku_id for line in terms.lines])
    skus = {sku.pk: sku for sku in rows.select_related("product", "variant", "company")}
    rate = rate_for(room.seller.country, ships_to(room, room.buyer))
    return [
        PricedLine(
            pk=position,
            sku=skus[line.sku_id],
            quantity=line.quantity,
            priced=Priced(line.unit_price, Explanation(Rule.FIXED, tier=line.quantity)),
            tax_rate=rate,
        )
        for position, line in enumerate(terms.lines, start=1)
    ]


def agreed_part(room: Room, revision: Revision, lines: Sequence[PricedLine]) -> FrozenPart:
    """What the order will say; the reason of each price is the agreement, and freight is taxed as the goods are."""
    (part,) = freeze([SellersPart(room.seller, room.currency, lines, minimum=Money(0, room.currency))])
    reason = {"rule": "agreed", "room": room.pk, "revision": revision.number}
    freight = Money(revision.freight_minor, room.currency)
    tax = tax_on(freight, rate_for(room.seller.country, ships_to(room, room.buyer)), ROUNDING)
    return replace(
        part,
        lines=[replace(line, price_reason=reason) for line in part.lines],
        freight_minor=freight.amount_minor,
        freight_tax_minor=tax.amount_minor,
    )


def ships_to(room: Room, buyer: Company) -> str:
    country: str = room.enquiry.ship_to.get("country") or buyer.country
    return country
