"""Who keeps a seller's floors, and who goes below them? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.negotiation.floors.models import HeldOffer
from backend.negotiation.models import Room


def can_keep_floors(actor: Actor, company: Company) -> bool:
    return company.sells and acts_for(actor, company.pk, Permission.NEGOTIATION_FLOOR)


def can_go_below(actor: Actor, room: Room) -> bool:
    """Offer, or accept, what is below the floor, without asking anybody."""
    return acts_for(actor, room.seller_id, Permission.NEGOTIATION_FLOOR)


def can_decide(actor: Actor, held: HeldOffer) -> bool:
    return actor.user_id is not None and acts_for(actor, held.company_id, Permission.NEGOTIATION_FLOOR)


def can_take_back(actor: Actor, held: HeldOffer) -> bool:
    """Whoever negotiates for the seller: a colleague may be at lunch."""
    return actor.user_id is not None and acts_for(actor, held.company_id, Permission.NEGOTIATION_TALK)
