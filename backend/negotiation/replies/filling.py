"""The gaps of a canned reply, and what stands in them in a room. Pure but for the seller's order minimum."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from backend.catalog.models import SellerTerms
from backend.core.money import Money
from backend.negotiation.models import Room

GAPS = ("buyer", "seller", "title", "number", "minimum", "town", "me")


def gaps_of(room: Room, own_name: str) -> Mapping[str, str]:
    """What stands in each gap: the companies' names, what the enquiry is about and its number, the seller's order
    minimum, the town it goes to, and the name of whoever writes. One query."""
    terms = SellerTerms.objects.of_company(room.seller_id).first()
    minimum = Money(terms.order_minimum_minor, terms.currency) if terms else Money(0)
    return {
        "buyer": room.buyer.name,
        "seller": room.seller.name,
        "title": room.enquiry.title,
        "number": room.enquiry.number,
        "minimum": f"{minimum.amount:,} {minimum.currency}" if minimum.amount else _("none"),
        "town": room.enquiry.ship_to.get("city", ""),
        "me": own_name,
    }


def filled(text: str, gaps: Mapping[str, str]) -> str:
    for name, words in gaps.items():
        text = text.replace(f"{{{name}}}", words)
    return text
