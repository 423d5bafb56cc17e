"""May this actor see everybody's trade? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission


def can_watch_floor(actor: Actor) -> bool:
    """The floor, and of every order what both its sides see, is the market's operators'."""
    return actor.may(Permission.FLOOR_WATCH)
