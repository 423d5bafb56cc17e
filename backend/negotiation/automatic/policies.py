"""Who decides what is answered by itself? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.negotiation.floors.policies import can_keep_floors
from backend.negotiation.policies import can_ask_for_offers


def can_automate(actor: Actor, company: Company) -> bool:
    """Whoever keeps the lowest prices and negotiates: an answer binds the company, and is made in their name."""
    return can_keep_floors(actor, company) and can_ask_for_offers(actor)
