"""May this actor do that in a negotiation? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.negotiation.models import Enquiry, Room


def can_see_negotiations(actor: Actor) -> bool:
    """Of the own company, on either side."""
    return actor.company_id is not None and actor.may(Permission.ORDERS_VIEW)


def can_ask_for_offers(actor: Actor) -> bool:
    """A person who negotiates for a company."""
    return actor.user_id is not None and actor.company_id is not None and actor.may(Permission.NEGOTIATION_TALK)


def can_talk(actor: Actor, room: Room) -> bool:
    """Write into the room and make offers, for the side that the actor's company is."""
    return can_ask_for_offers(actor) and room.side_of(actor.company_id) is not None


def can_keep_enquiry(actor: Actor, enquiry: Enquiry) -> bool:
    """Close it or take it back."""
    return acts_for(actor, enquiry.company_id, Permission.NEGOTIATION_TALK)
