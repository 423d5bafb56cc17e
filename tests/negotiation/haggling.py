"""What tests of negotiations say in one line: an enquiry, an offer, a message."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from backend.accounts.models import User
from backend.catalog.models import Sku
from backend.core.money import Money, UnitPrice
from backend.negotiation.actions import make_offer, send_message
from backend.negotiation.enquiries.actions import Asked, Request, ask_for_offers
from backend.negotiation.models import Enquiry, Entry, Revision, Room
from backend.negotiation.terms import OfferedLine, Terms
from backend.orders.agreements.actions import make_counter_offer
from tests.cast import Cast, actor_of

ADDRESS = {"recipient": "Cornershop", "street": "1 High St", "city": "Leeds", "postcode": "LS1", "country": "GB"}
_keys = count(1)


def new_key() -> str:
    return f"key-{next(_keys)}"


def enquire(cast: Cast, *skus: Sku, by: User | None = None, key: str = "", **given: Any) -> Enquiry:
    """Bea asks for 100 of each."""
    lines = [Asked(sku.pk, 100) for sku in skus or (cast.mug,)]
    usual: dict[str, Any] = {"lines": lines, "note": "For our spring shelves", "ship_to": ADDRESS}
    request = Request("Mugs for spring", **usual | given)
    return ask_for_offers(request, key=key or new_key(), actor=actor_of(by or cast.bea))


def open_room(cast: Cast) -> Room:
    """Bea has asked Northfield for 100 mugs."""
    return Room.objects.with_parties().get(enquiry=enquire(cast))


def in_days(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def terms(sku: Sku, pence: str = "240", quantity: int = 100, **given: Any) -> Terms:
    line = OfferedLine(sku.pk, quantity, UnitPrice(Decimal(pence)))
    usual: dict[str, Any] = {"lines": [line], "freight": Money(1_500), "valid_until": in_days(7)}
    return Terms(**usual | given)


def offer(
    cast: Cast, room: Room, pence: str = "240", *, by: User | None = None, answers: int | None = None, **given: Any
) -> Revision:
    """Sally of Northfield, or whoever is named, answers what is on the table now."""
    head = Room.objects.get(pk=room.pk).head if answers is None else answers
    actor = actor_of(by or cast.sally)
    make = make_counter_offer if actor.company_id == room.buyer_id else make_offer
    return make(room, terms(cast.mug, pence, **given), answers=head, key=new_key(), actor=actor)


def say(cast: Cast, room: Room, text: str, by: User | None = None) -> Entry:
    return send_message(room, text, key=new_key(), actor=actor_of(by or cast.bea))
