"""May this actor report, block or decide? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission
from backend.negotiation.models import Room
from backend.negotiation.policies import can_talk


def can_report(actor: Actor, room: Room) -> bool:
    """Whoever talks in it: what is said to them is theirs to report, and whom to listen to is theirs to say."""
    return can_talk(actor, room)


def can_moderate(actor: Actor) -> bool:
    """The market's operators decide on reports."""
    return actor.may(Permission.NEGOTIATION_MODERATE)
