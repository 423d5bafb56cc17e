"""The end of an enquiry's time: prolonged by the buyer, closed by the clock, ended without an award. Each is one
transaction, and safe to send twice."""

from collections.abc import Sequence
from datetime import datetime

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import NotAllowed, Refused
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation.actions import end_room
from backend.negotiation.enquiries.models import LONGEST_OPEN, Enquiry
from backend.negotiation.models import Room
from backend.negotiation.notices.models import Notice
from backend.negotiation.notices.steps import take_down_notice
from backend.negotiation.policies import can_keep_enquiry
from backend.negotiation.states import ENQUIRY, OPEN, Board, EnquiryStatus, QuoteStatus, Word
from backend.negotiation.steps import database_now, lock_enquiry, say_in


@atomic(durable=True)
@for_actor
def prolong_enquiry(enquiry: Enquiry, until: datetime, *, actor: Actor) -> Enquiry:
    """Sellers may answer until then; one that was closed is open again. Prolonged to the same moment again it stays so.

    Raises NotAllowed without negotiation.talk; Refused for an earlier time, one more than LONGEST_OPEN ahead, an
    enquiry that has ended, or sealed offers that were opened.
    """
    _require_keeper(enquiry, actor)
    now = lock_enquiry(enquiry)
    if until == now.closes_at:
        return now
    _require_prolongable(now, until, database_now())
    if now.status == EnquiryStatus.CLOSED:
        ENQUIRY.move(now, to=EnquiryStatus.OPEN)
    Enquiry.objects.this(now).update(closes_at=until)
    Notice.objects.scoped(enquiry=now).update(closes_at=until)
    for room in _lock_open_rooms(now):
        say_in(room, Word.PROLONGED, actor=actor, text=f"{until:%Y-%m-%d %H:%M} UTC")
    now.closes_at = until
    return _told(now, Kind.NEGOTIATION_ENQUIRY_PROLONGED, actor)


@atomic(durable=True)
def close_enquiry(enquiry: Enquiry, *, actor: Actor) -> Enquiry:
    """The time for answers is over: sealed offers are opened. One that was prolonged meanwhile stays open."""
    now = lock_enquiry(enquiry)
    if now.status != EnquiryStatus.OPEN or now.closes_at > database_now():
        return now
    ENQUIRY.move(now, to=EnquiryStatus.CLOSED)
    bids = [room for room in _lock_open_rooms(now) if room.head] if now.board == Board.SEALED else []
    for room in bids:
        note = room.revisions.get(number=room.head).note
        say_in(room, Word.UNSEALED, actor=actor, text=note, revision=room.head)
    return _told(now, Kind.NEGOTIATION_ENQUIRY_CLOSED, actor)


@atomic(durable=True)
@for_actor
def end_enquiry(enquiry: Enquiry, *, actor: Actor) -> Enquiry:
    """The buyer takes none of the offers: every room that is open ends with a polite line. Ended again it stays so.

    Raises NotAllowed without negotiation.talk; Refused before the closing time, or where something was ordered.
    """
    _require_keeper(enquiry, actor)
    now = lock_enquiry(enquiry)
    if now.status == EnquiryStatus.NO_AWARD:
        return now
    if now.status != EnquiryStatus.CLOSED:
        raise Refused(_("Only an enquiry whose time is over ends without an award. Take this one back."))
    ENQUIRY.move(now, to=EnquiryStatus.NO_AWARD)
    for room in _lock_open_rooms(now):
        end_room(room, QuoteStatus.DECLINED, Word.NOT_CHOSEN, answers=None, actor=actor)
    take_down_notice(now)
    return _told(now, Kind.NEGOTIATION_ENQUIRY_ENDED, actor)


def _lock_open_rooms(enquiry: Enquiry) -> Sequence[Room]:
    return lock(Room.objects.scoped(enquiry=enquiry, status__in=OPEN).with_parties(), what=enquiry.number)


def _require_keeper(enquiry: Enquiry, actor: Actor) -> None:
    if not can_keep_enquiry(actor, enquiry):
        raise NotAllowed(_("Your role in this company may not ask for offers. An owner can change your role."))


def _require_prolongable(enquiry: Enquiry, until: datetime, now: datetime) -> None:
    if enquiry.status not in (EnquiryStatus.OPEN, EnquiryStatus.CLOSED):
        raise Refused(_("This enquiry has ended. Ask anew."))
    if enquiry.board == Board.SEALED and enquiry.closes_at <= now:
        raise Refused(_("The sealed offers are opened: nobody hands in another. Ask anew."))
    if not max(enquiry.closes_at, now) < until <= now + LONGEST_OPEN:
        raise Refused(
            _("Say a later time than %(present)s, at most %(days)d days ahead.")
            % {"present": f"{enquiry.closes_at:%Y-%m-%d %H:%M} UTC", "days": LONGEST_OPEN.days},
            field="until",
        )


def _told(enquiry: Enquiry, kind: Kind, actor: Actor) -> Enquiry:
    enquiry.version += 1
    Enquiry.objects.this(enquiry).update(version=enquiry.version)
    data = {"enquiry": enquiry.pk, "public": enquiry.is_public}
    record(kind, enquiry.subject, version=enquiry.version, actor=actor, data=data)
    return enquiry
