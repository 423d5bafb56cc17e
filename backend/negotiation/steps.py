"""What every change of a room ends with: its stream grows, its version rises, and everybody is told. Callers hold the
transaction."""

from datetime import datetime

from django.db import connection
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.core.locking import lock
from backend.core.row_security import across_companies
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation.attachments.steps import Kept
from backend.negotiation.models import Attachment, Enquiry, Entry, Room
from backend.negotiation.states import QUOTE, QuoteStatus, Word

BINDS_ALL = "an enquiry binds all of its rooms"
KIND_OF = {
    Word.MESSAGE: Kind.NEGOTIATION_MESSAGE_SENT,
    Word.ASKED: Kind.NEGOTIATION_ROOM_OPENED,
    Word.JOINED: Kind.NEGOTIATION_ROOM_OPENED,
    Word.OFFERED: Kind.NEGOTIATION_OFFER_MADE,
    Word.SEALED: Kind.NEGOTIATION_OFFER_MADE,
    Word.PART: Kind.NEGOTIATION_OFFER_MADE,
    Word.UNSEALED: Kind.NEGOTIATION_OFFER_UNSEALED,
    Word.PROLONGED: Kind.NEGOTIATION_TIME_PROLONGED,
    Word.DECLINED: Kind.NEGOTIATION_ROOM_DECLINED,
    Word.WITHDRAWN: Kind.NEGOTIATION_OFFER_WITHDRAWN,
    Word.NOT_CHOSEN: Kind.NEGOTIATION_ROOM_NOT_CHOSEN,
    Word.TAKEN_BACK: Kind.NEGOTIATION_ENQUIRY_TAKEN_BACK,
    Word.EXPIRED: Kind.NEGOTIATION_OFFER_EXPIRED,
    Word.ORDERED: Kind.NEGOTIATION_OFFER_ACCEPTED,
    Word.SUSPENDED: Kind.NEGOTIATION_ROOM_SUSPENDED,
    Word.RESUMED: Kind.NEGOTIATION_ROOM_RESUMED,
}


def lock_room(room: Room) -> Room:
    """The room as it is now; nobody else changes it until this transaction ends."""
    return lock(Room.objects.this(room).with_parties(), what=str(room.enquiry))[0]


def lock_enquiry(enquiry: Enquiry) -> Enquiry:
    """The enquiry as it is now, before any of its rooms is locked: its time, its seal and what of it is awarded bind
    them all, so whoever acts in one of them may have to hold it for its buyer."""
    with across_companies(why=BINDS_ALL):
        return lock(Enquiry.objects.this(enquiry), what=enquiry.number)[0]


def database_now() -> datetime:
    """The moment by the only clock that decides."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        found: datetime = cursor.fetchone()[0]
        return found


def say_in(
    room: Room,
    word: Word,
    *,
    actor: Actor,
    text: str = "",
    revision: int | None = None,
    to: QuoteStatus | None = None,
    files: Kept = (),
) -> Entry:
    """Adds an entry to a locked room, moves it `to` another status if one is given, and tells everybody."""
    if to is not None and to != room.status:
        QUOTE.move(room, to=to)
    room.version += 1
    room.last_seq += 1
    Room.objects.this(room).update(
        version=room.version, last_seq=room.last_seq, moved_at=Now(), head=room.head, valid_until=room.valid_until
    )
    entry = Entry.objects.create(
        room=room,
        seq=room.last_seq,
        word=word,
        text=text,
        revision=revision,
        side=room.side_of(actor.company_id) or "",
        author_id=actor.user_id,
        files=len(files),
    )
    if files:
        Attachment.objects.bulk_create(Attachment(room=room, entry=entry, **each) for each in files)
    data = {"seq": room.last_seq, "seller": room.seller_id, "buyer": room.buyer_id, "enquiry": room.enquiry_id}
    record(KIND_OF[word], room.subject, version=room.version, actor=actor, data=data)
    return entry
