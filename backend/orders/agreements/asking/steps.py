"""What becomes of a yes, or an offer, that waits for an approval inside the buyer's company. Callers hold the
transaction, and lock the requisition before the room."""

from dataclasses import replace

from django.utils.translation import gettext as _

from backend.accounts.actor import ANONYMOUS, Actor
from backend.core.errors import Conflict
from backend.core.locking import lock
from backend.core.row_security import across_companies
from backend.negotiation.actions import put_on_table, require_newest, require_open
from backend.negotiation.bids.steps import telling_standings
from backend.negotiation.keeping import terms_kept
from backend.negotiation.models import Room
from backend.negotiation.moderation.steps import require_heard
from backend.negotiation.steps import lock_enquiry, lock_room
from backend.orders.agreements.steps import accept_revision, offer_to_accept
from backend.orders.models import Requisition
from backend.orders.requisitions.states import REQUISITION, RequisitionState
from backend.orders.requisitions.steps import end

MOVED = "a room moves for both companies in it"


def carry_out(requisition: Requisition, actor: Actor) -> None:
    """After the last approval it is done, in the name of whoever asked: the order is placed, or the offer made.

    Raises Conflict where the seller has moved since, Refused where it can't be done after all.
    """
    assert requisition.room  # noqa: S101  # whoever calls this looked
    lock_enquiry(requisition.room.enquiry)
    room = lock_room(requisition.room)
    require_open(room)
    require_heard(room, actor)
    require_newest(room, requisition.answers)
    buyer = replace(actor, user_id=requisition.buyer_id)
    if requisition.is_offer:
        terms = terms_kept(requisition.terms)
        put_on_table(room, terms, answers=requisition.answers, key=requisition.subject, actor=buyer)
        REQUISITION.move(requisition, to=RequisitionState.OFFERED)
        return
    revision = offer_to_accept(room, buyer)
    with telling_standings(room.enquiry, actor=buyer):
        order = accept_revision(room, revision, requisition.po_number, buyer, approved_as=requisition.subject)
    requisition.group = order.group
    Requisition.objects.this(requisition).update(group=order.group)
    REQUISITION.move(requisition, to=RequisitionState.APPROVED)


def require_none_waits(room: Room) -> None:
    """Of one room one thing waits at a time: what a later move has overtaken, or nobody decided in time, is ended.

    Raises Conflict where something waits already.
    """
    rows = Requisition.objects.scoped(room=room, state=RequisitionState.PENDING)
    for waiting in lock(rows.select_related("room"), what=_("this request")):
        is_answer = waiting.room is not None and waiting.answers == waiting.room.head
        if is_answer and Requisition.objects.this(waiting).pending().exists():
            raise Conflict(_("This waits for an approval inside your company already."))
        end(waiting, RequisitionState.OVERTAKEN, actor=ANONYMOUS)


def end_overtaken(room_id: int) -> None:
    """What answers an offer that is not on the table any more comes to nothing; told again it stays so."""
    with across_companies(why=MOVED):
        rows = Requisition.objects.scoped(room=room_id, state=RequisitionState.PENDING)
        for waiting in lock(rows.select_related("room"), what=_("this request")):
            if waiting.room and (not waiting.room.is_open or waiting.room.head != waiting.answers):
                end(waiting, RequisitionState.OVERTAKEN, actor=ANONYMOUS)
