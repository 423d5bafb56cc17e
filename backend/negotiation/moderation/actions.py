"""Reporting and blocking, and what the market's operators decide. Each is one transaction, safe to send twice."""

from dataclasses import replace

from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.row_security import across_companies, for_actor
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation.models import Block, Entry, Report, Room
from backend.negotiation.moderation.models import MAX_WORDS
from backend.negotiation.moderation.policies import can_moderate, can_report
from backend.negotiation.moderation.states import REPORT, Reason, ReportStatus
from backend.negotiation.policies import can_ask_for_offers
from backend.negotiation.states import Word
from backend.negotiation.steps import lock_room, say_in
from backend.negotiation.writing import clean_text

OPERATORS = "the market's operators decide on every company's reports"


@atomic(durable=True)
@for_actor
def report(room: Room, entry: Entry | None, *, reason: str, words: str, actor: Actor) -> Report:
    """Tells the market's operators of a message of the other side, or without one of the other company. Reported again
    before they have decided, it is the same report.

    Raises NotAllowed without negotiation.talk; Refused for one's own message, or more than MAX_WORDS characters.
    """
    require(can_report(actor, room))
    own = room.side_of(actor.company_id)
    if entry is not None and (entry.room_id != room.pk or entry.side in ("", own)):
        raise Refused(_("Report a message that the other side has written."), field="entry")
    said = clean_text(words, field="words", most=MAX_WORDS, may_be_empty=True)
    made, is_new = Report.objects.of_company(actor.company_id).get_or_create(
        company_id=_company(actor),
        room=room,
        entry=entry,
        status=ReportStatus.OPEN,
        defaults={
            "made_by_id": _person(actor),
            "about_id": room.seller_id if actor.company_id == room.buyer_id else room.buyer_id,
            "reason": Reason(reason),
            "words": said,
        },
    )
    if is_new:
        record(Kind.NEGOTIATION_REPORT_MADE, made.subject, version=1, actor=actor, data={"room": room.pk})
    return made


@atomic(durable=True)
@for_actor
def block_company(room: Room, *, actor: Actor) -> Block:
    """The other company of a room is no longer listened to. Blocked again it stays so."""
    require(can_report(actor, room))
    other = room.seller_id if actor.company_id == room.buyer_id else room.buyer_id
    made, is_new = Block.objects.of_company(actor.company_id).get_or_create(
        company_id=_company(actor), blocked_id=other, defaults={"made_by_id": _person(actor)}
    )
    if is_new:
        record(Kind.NEGOTIATION_COMPANY_BLOCKED, f"block:{made.pk}", version=1, actor=actor, data={"company": other})
    return made


@atomic(durable=True)
@for_actor
def unblock_company(company: Company, *, actor: Actor) -> None:
    """It is listened to again. Whoever is not blocked stays so."""
    require(can_ask_for_offers(actor))
    found = Block.objects.of_company(actor.company_id).filter(blocked=company).first()
    if found is not None:
        number = found.pk
        found.delete()
        data = {"company": company.pk}
        record(Kind.NEGOTIATION_COMPANY_UNBLOCKED, f"block:{number}", version=2, actor=actor, data=data)


@atomic(durable=True)
def decide_report(made: Report, decision: ReportStatus, *, why: str, actor: Actor) -> Report:
    """An operator dismisses a report, hides the message, or suspends the whole negotiation; who did, when and why is
    kept. Decided so again it stays so.

    Raises NotAllowed for anybody but operators; Refused without a reason, for one that is decided otherwise, or to hide
    where no message was reported.
    """
    require(can_moderate(actor))
    because = clean_text(why, field="why", most=MAX_WORDS)
    with across_companies(why=OPERATORS):
        room = lock_room(made.room)  # before the report, as whoever reports holds it
        now = lock(Report.objects.this(made), what=str(made))[0]
        if now.status == decision:
            return now
        if decision == ReportStatus.HIDDEN and now.entry_id is None:
            raise Refused(_("No message was reported here: dismiss it, or suspend the negotiation."), field="decision")
        REPORT.move(now, to=decision)
        Report.objects.this(now).update(decided_by=actor.user_id, decided_at=Now(), decided_why=because)
        if decision == ReportStatus.HIDDEN:
            _hide(room, now.entry_id or 0, actor)
        if decision == ReportStatus.SUSPENDED:
            _suspend(room, actor)
        record(Kind.NEGOTIATION_REPORT_DECIDED, now.subject, version=2, actor=actor, data={"room": room.pk})
    return now


@atomic(durable=True)
def lift_suspension(room: Room, *, actor: Actor) -> Room:
    """The negotiation goes on where it stood. One that is not suspended stays as it is."""
    require(can_moderate(actor))
    with across_companies(why=OPERATORS):
        now = lock_room(room)
        if now.suspended_at is not None:
            Room.objects.this(now).update(suspended_at=None)
            now.suspended_at = None
            say_in(now, Word.RESUMED, actor=replace(actor, user_id=None))
    return now


def _hide(room: Room, entry_id: int, actor: Actor) -> None:
    """What was said is no longer shown to either side, and stays for the operators."""
    Entry.objects.scoped(pk=entry_id, hidden_at=None).update(hidden_at=Now())
    room.version += 1
    Room.objects.this(room).update(version=room.version)
    data = {"seq": room.last_seq, "seller": room.seller_id, "buyer": room.buyer_id}
    record(Kind.NEGOTIATION_MESSAGE_HIDDEN, room.subject, version=room.version, actor=actor, data=data)


def _suspend(room: Room, actor: Actor) -> None:
    """Both sides read that it was; no operator's name stands in the stream."""
    if room.suspended_at is None:
        Room.objects.this(room).update(suspended_at=Now())
        say_in(room, Word.SUSPENDED, actor=replace(actor, user_id=None))


def _company(actor: Actor) -> int:
    assert actor.company_id is not None  # noqa: S101  # the policy saw to it
    return actor.company_id


def _person(actor: Actor) -> int:
    assert actor.user_id is not None  # noqa: S101  # the policy saw to it
    return actor.user_id
