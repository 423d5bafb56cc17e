"""A seller takes part in an open enquiry, or passes. Each is one transaction, and safe to send twice."""

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import across_companies, for_actor
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation.enquiries.models import Enquiry
from backend.negotiation.models import Room
from backend.negotiation.moderation.steps import who_blocks
from backend.negotiation.notices.models import Notice, Pass
from backend.negotiation.notices.policies import can_take_part
from backend.negotiation.states import EnquiryStatus, Word
from backend.negotiation.steps import database_now, lock_enquiry, say_in

MOST_BIDDERS = 50
TAKES_PART = "whoever takes part learns who asks"


@atomic(durable=True)
@for_actor
def join_enquiry(notice: Notice, *, actor: Actor) -> Room:
    """The seller takes part: he gets a room of his own with the buyer. Joined again it is the same room.

    Raises NotAllowed without negotiation.talk, or for a company that may not see the notice; Refused after the closing
    time, and for more than MOST_BIDDERS sellers.
    """
    seller = _seller(notice, actor)
    with across_companies(why=TAKES_PART):
        enquiry = lock_enquiry(Enquiry.objects.scoped(notice=notice).get())
        own = Room.objects.scoped(enquiry=enquiry, seller=seller).with_parties().first()
        if own is not None:
            return own
        _require_open(enquiry)
        if who_blocks(seller, [enquiry.company_id]):
            raise Refused(_("This buyer takes no offers from your company."))
        room = Room.objects.create(
            enquiry=enquiry, buyer_id=enquiry.company_id, seller_id=seller, currency=enquiry.currency
        )
    Pass.objects.of_company(seller).filter(notice=notice).delete()
    say_in(room, Word.JOINED, actor=actor)
    return room


@atomic(durable=True)
@for_actor
def pass_enquiry(notice: Notice, *, actor: Actor) -> None:
    """The seller takes no part: it no longer stands in his list. Nobody else is told; passed again it stays so.

    Raises NotAllowed as join_enquiry does.
    """
    row = Pass(company_id=_seller(notice, actor), notice=notice)
    Pass.objects.bulk_create([row], ignore_conflicts=True)
    data = {"seller": row.company_id, "notice": notice.pk}
    record(Kind.NEGOTIATION_ENQUIRY_PASSED, f"notice:{notice.pk}", version=1, actor=actor, data=data)


def _seller(notice: Notice, actor: Actor) -> int:
    """Who would take part. Raises NotAllowed for whoever may not."""
    is_shown = Notice.objects.visible_to(actor).filter(pk=notice.pk).exists()
    if actor.company_id is None or not is_shown or not can_take_part(actor):
        raise NotAllowed(_("Only verified sellers take part, while the enquiry is open and if their role negotiates."))
    return actor.company_id


def _require_open(enquiry: Enquiry) -> None:
    if enquiry.status != EnquiryStatus.OPEN or enquiry.closes_at <= database_now():
        raise Refused(_("This enquiry is closed."))
    if Room.objects.scoped(enquiry=enquiry).count() >= MOST_BIDDERS:
        raise Refused(_("%(n)d sellers take part already: more are not admitted.") % {"n": MOST_BIDDERS})
