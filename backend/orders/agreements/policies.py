"""Who binds their company in a negotiation? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission
from backend.negotiation.models import Room
from backend.negotiation.policies import can_talk
from backend.negotiation.states import Side


def can_bind(actor: Actor, room: Room) -> bool:
    """Accept an offer, or as a buyer make one: who orders for the buyer, or answers orders for the seller."""
    needed = {Side.BUYER: Permission.ORDERS_PLACE, Side.SELLER: Permission.ORDERS_ANSWER}
    side = room.side_of(actor.company_id)
    return side is not None and can_talk(actor, room) and actor.may(needed[side])
