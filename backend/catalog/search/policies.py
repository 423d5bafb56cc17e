"""May this actor do that to the search? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission


def can_edit_synonyms(actor: Actor) -> bool:
    """Words are the whole market's, so its operators say which mean the same."""
    return actor.may(Permission.CATALOG_SYNONYMS)
