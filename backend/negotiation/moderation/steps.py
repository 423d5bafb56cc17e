"""Whether somebody is heard in a room. Callers hold the transaction."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.row_security import across_companies
from backend.negotiation.models import Block, Room

WHO_LISTENS = "whether the other side has blocked them is all that is asked"


def require_heard(room: Room, actor: Actor) -> None:
    """Raises Refused in a room that the operators have suspended, and for a company that the other side has blocked.
    One query."""
    if room.suspended_at is not None:
        raise Refused(_("The market’s operators have suspended this negotiation: nothing is said or agreed in it now."))
    other = room.seller if actor.company_id == room.buyer_id else room.buyer
    if who_blocks(actor.company_id, [other.pk]):
        raise Refused(_("%(company)s takes no messages and offers from your company.") % {"company": other.name})


def who_blocks(company_id: int | None, others: Collection[int]) -> Collection[int]:
    """Which of the others have blocked this company. One query."""
    with across_companies(why=WHO_LISTENS):
        blocks = Block.objects.across_companies(why=WHO_LISTENS).filter(company__in=others, blocked=company_id)
        return set(blocks.values_list("company", flat=True))
