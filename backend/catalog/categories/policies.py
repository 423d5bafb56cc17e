"""May this actor do that to the categories? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission


def can_keep_categories(actor: Actor) -> bool:
    """They are the whole market's, so its operators keep them."""
    return actor.may(Permission.CATALOG_CATEGORIES)
