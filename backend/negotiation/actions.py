"""Every change of a room but its acceptance, which makes an order and so lives in orders. Each is one transaction, safe
to send twice, and ends by recording it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Demand, Short
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.steps import hold_stock, lock_stock, settle_stock
from backend.negotiation import policies
from backend.negotiation.attachments.steps import NewFile, keep_files
from backend.negotiation.bids.steps import telling_standings
from backend.negotiation.floors.checking import require_above_floor
from backend.negotiation.floors.policies import can_go_below
from backend.negotiation.models import Entry, ReadMark, Revision, RevisionLine, Room
from backend.negotiation.moderation.rules import require_clean
from backend.negotiation.moderation.steps import require_heard
from backend.negotiation.states import OPEN, QuoteStatus, Side, Word
from backend.negotiation.steps import database_now, lock_room, say_in
from backend.negotiation.terms import MAX_NOTE, Terms, digest_of, require_sound
from backend.negotiation.writing import clean_text

MAX_REASON = 200


@atomic(durable=True)
@for_actor
def send_message(
    room: Room, text: str, *, key: str, actor: Actor, files: Sequence[NewFile] = (), told_of: Collection[str] = ()
) -> Entry:
    """Says something to the other side. It is durable before anybody sees it; sent twice it is said once.

    Raises NotAllowed without negotiation.talk; Refused for nothing or more than MAX_MESSAGE characters or MAX_FILES,
    for what the rules find in it unless its author was `told_of` just that and it may be sent all the same
    (moderation.rules), and for who is not heard (moderation.steps).
    """
    require(policies.can_talk(actor, room))
    said = clean_text(text, may_be_empty=bool(files))
    require_clean(said, told_of=told_of)
    request = {"room": room.pk, "text": said, "files": repr(files) if files else ""}
    claim = once.claim(_company(actor), key, action="send_message", request=request)
    if claim.is_repeat:
        return Entry.objects.scoped(room=room).get(pk=claim.result_pk)
    kept = keep_files(files)
    now = lock_room(room)
    require_heard(now, actor)
    entry = say_in(now, Word.MESSAGE, actor=actor, text=said, files=kept)
    claim.resulted_in(entry.pk)
    return entry


@atomic(durable=True)
@for_actor
def make_offer(room: Room, terms: Terms, *, answers: int, key: str, actor: Actor) -> Revision:
    """The seller puts an offer on the table. A buyer's binds their company, and is orders' to make
    (orders.agreements.actions.make_counter_offer).

    Raises NotAllowed for anybody but the seller's people with negotiation.talk, and what put_on_table does.
    """
    require(policies.can_talk(actor, room) and actor.company_id == room.seller_id)
    return put_on_table(room, terms, answers=answers, key=key, actor=actor)


def put_on_table(room: Room, terms: Terms, *, answers: int, key: str, actor: Actor) -> Revision:
    """Inner step: an offer of the actor's side in answer to the one with the number `answers` (0: there was none),
    which it replaces. Sent twice it is made once.

    Raises Conflict (detail: head) if another offer was faster; Refused for a room that has ended, what no offer may say
    (terms.require_sound), a SKU that isn't the seller's, or stock to be held that there is not; BelowFloor for a
    seller's offer that somebody else has to approve (floors/actions.py: hold_offer).
    """
    terms = replace(terms, note=clean_text(terms.note, field="note", most=MAX_NOTE, may_be_empty=True))
    request = {"room": room.pk, "answers": answers, "terms": repr(terms)}
    claim = once.claim(_company(actor), key, action="make_offer", request=request)
    if claim.is_repeat:
        return Revision.objects.scoped(room=room).get(pk=claim.result_pk)
    with telling_standings(room.enquiry, actor=actor):
        revision = _put(lock_room(room), terms, answers, actor)
    claim.resulted_in(revision.pk)
    return revision


def _put(now: Room, terms: Terms, answers: int, actor: Actor) -> Revision:
    moment = require_answerable(now, terms, answers, actor)
    if actor.company_id == now.seller_id and not can_go_below(actor, now):
        require_above_floor(now, terms)
    revision = write_revision(now, terms, answers, actor)
    _hold_for(now, terms, expires_in=terms.valid_until - moment, actor=actor)
    now.head, now.valid_until = revision.number, revision.valid_until
    _say_offered(now, revision, actor, to=Side(revision.side).other.awaited)
    return revision


@atomic(durable=True)
@for_actor
def decline_offer(room: Room, *, answers: int, reason: str, actor: Actor) -> Room:
    """Ends the negotiation: the other side reads why. Declined again it stays so.

    Raises NotAllowed without negotiation.talk; Conflict if a newer offer is on the table; Refused without a reason or
    for a room that has ended otherwise.
    """
    require(policies.can_talk(actor, room))
    why = clean_text(reason, field="reason", most=MAX_REASON)
    return end_room(room, QuoteStatus.DECLINED, Word.DECLINED, answers=answers, text=why, actor=actor)


@atomic(durable=True)
@for_actor
def withdraw_offer(room: Room, *, answers: int, actor: Actor) -> Room:
    """Takes the own offer off the table before it is answered, which ends the negotiation. Withdrawn again it stays so.

    Raises NotAllowed without negotiation.talk; Conflict if a newer offer is on the table; Refused where the offer is
    the other side's.
    """
    require(policies.can_talk(actor, room))
    if room.status in OPEN and not room.revisions.filter(number=answers, side=room.side_of(actor.company_id)).exists():
        raise Refused(_("Only the side that made an offer withdraws it; you may decline it."))
    return end_room(room, QuoteStatus.WITHDRAWN, Word.WITHDRAWN, answers=answers, actor=actor)


@atomic(durable=True)
def expire_offer(room: Room, *, actor: Actor) -> Room:
    """The time of the offer on the table is over. One that was answered meanwhile stays as it is."""
    if not Room.objects.this(room).late().exists():
        return room
    return end_room(room, QuoteStatus.EXPIRED, Word.EXPIRED, answers=room.head, actor=actor)


@atomic(durable=True)
@for_actor
def mark_read(room: Room, seq: int, *, actor: Actor) -> None:
    """The person has read the room up to this entry; it never goes back. Nobody else is told by this."""
    if actor.user_id is None or room.side_of(actor.company_id) is None:
        return
    mark = ReadMark(room=room, user_id=actor.user_id, seq=min(seq, room.last_seq))
    ReadMark.objects.bulk_create([mark], ignore_conflicts=True)
    ReadMark.objects.scoped(room=room, user=actor.user_id, seq__lt=mark.seq).update(seq=mark.seq)


def require_answerable(room: Room, terms: Terms, answers: int, actor: Actor) -> datetime:
    """Inner step: these terms may answer what is on the table of a locked room. Returns the database's moment."""
    require_open(room)
    require_heard(room, actor)
    require_unsealed(room, actor)
    require_newest(room, answers)
    moment = database_now()
    _require_in_time(room, moment, actor)
    require_sound(terms, currency=room.currency, now=moment)
    _require_valid_beyond_seal(room, terms)
    return moment


def require_open(room: Room) -> None:
    """Raises Refused for a negotiation that has ended."""
    if not room.is_open:
        raise Refused(_("This negotiation has ended: %(how)s. Ask for a new offer.")
                      % {"how": QuoteStatus(room.status).label})  # fmt: skip


def require_newest(room: Room, answers: int) -> None:
    """Compare and set: raises Conflict where another offer is on the table than the one that is answered."""
    if room.head != answers:
        raise Conflict(
            _("Offer %(head)d is on the table now; you answered %(answers)d. Look at what has changed.")
            % {"head": room.head, "answers": answers},
            detail={"head": room.head},
        )


def require_unsealed(room: Room, actor: Actor) -> None:
    """Raises Refused for the buyer of sealed offers before they are opened."""
    if room.enquiry.is_under_seal and room.side_of(actor.company_id) == Side.BUYER:
        raise Refused(_("Offers are sealed until %(until)s: you see and answer them after that.")
                      % {"until": f"{room.enquiry.closes_at:%Y-%m-%d %H:%M} UTC"})  # fmt: skip


def _require_in_time(room: Room, now: datetime, actor: Actor) -> None:
    """After the buyer's closing time a seller only answers what the buyer puts on the table."""
    is_sellers = room.side_of(actor.company_id) == Side.SELLER
    is_asked_back = room.head and room.status == QuoteStatus.AWAITING_SELLER
    if is_sellers and not is_asked_back and now > room.enquiry.closes_at:
        raise Refused(_("The buyer has taken offers until %(until)s.")
                      % {"until": f"{room.enquiry.closes_at:%Y-%m-%d %H:%M} UTC"})  # fmt: skip


def _require_valid_beyond_seal(room: Room, terms: Terms) -> None:
    if room.enquiry.is_under_seal and terms.valid_until <= room.enquiry.closes_at:
        raise Refused(
            _("Sealed offers are opened at %(closing)s: make yours valid for longer.")
            % {"closing": f"{room.enquiry.closes_at:%Y-%m-%d %H:%M} UTC"},
            field="valid_until",
        )


def _say_offered(room: Room, revision: Revision, actor: Actor, *, to: QuoteStatus) -> None:
    """Of a sealed offer the room says no more than that it was made."""
    if room.enquiry.is_under_seal:
        say_in(room, Word.SEALED, actor=actor, revision=revision.number, to=to)
    else:
        say_in(room, Word.OFFERED, actor=actor, text=revision.note, revision=revision.number, to=to)


def end_room(room: Room, to: QuoteStatus, word: Word, *, answers: int | None, actor: Actor, text: str = "") -> Room:
    """Inner step: ends a negotiation, whatever is on the table or only if `answers` still is, and gives back what was
    held for it. Ended so already it stays so."""
    with telling_standings(room.enquiry, actor=actor):
        now = lock_room(room)
        if now.status == to:
            return now
        require_open(now)
        if answers is not None:
            require_newest(now, answers)
        _release(now, actor)
        say_in(now, word, actor=actor, text=text, revision=now.head or None, to=to)
    return now


def write_revision(room: Room, terms: Terms, answers: int, actor: Actor) -> Revision:
    """Inner step: the next offer of a locked room, as it is kept. It is not on the table yet."""
    number = room.head + 1
    codes = codes_of(room, terms)
    revision = Revision.objects.create(
        room=room,
        number=number,
        answers=answers,
        side=room.side_of(actor.company_id) or "",
        author_id=actor.user_id,
        freight_minor=terms.freight.amount_minor,
        net_minor=terms.net.amount_minor,
        incoterm=terms.incoterm,
        net_days=terms.net_days,
        lead_time_days=terms.lead_time_days,
        valid_until=terms.valid_until,
        holds_stock=terms.holds_stock,
        may_split=terms.may_split,
        note=terms.note,
        digest=digest_of(terms, room_id=room.pk, number=number, codes=codes),
    )
    RevisionLine.objects.bulk_create(
        RevisionLine(
            revision=revision,
            position=position,
            sku_id=line.sku_id,
            quantity=line.quantity,
            unit_price_minor=line.unit_price.minor,
            tiers=[[tier.min_quantity, str(tier.unit_price.minor)] for tier in line.tiers],
        )
        for position, line in enumerate(terms.lines, start=1)
    )
    return revision


def codes_of(room: Room, terms: Terms) -> dict[int, str]:
    """The seller's codes of what is offered. Raises Refused for what he doesn't sell (any more)."""
    wanted = [line.sku_id for line in terms.lines]
    codes = dict(Sku.objects.published().filter(company=room.seller_id, pk__in=wanted).values_list("pk", "code"))
    if len(codes) < len(wanted):
        raise Refused(_("%(seller)s no longer sells something of this offer.") % {"seller": room.seller.name})
    return codes


def _hold_for(room: Room, terms: Terms, *, expires_in: timedelta, actor: Actor) -> None:
    """What the offer before held is free; what this one promises to keep is held until it ends."""
    is_sellers = room.side_of(actor.company_id) == Side.SELLER
    if terms.holds_stock and not is_sellers:
        raise Refused(_("Only the seller holds stock for an offer."), field="holds_stock")
    wanted = [line.sku_id for line in terms.lines] if terms.holds_stock else []
    stock = lock_stock(wanted, freeing=room.hold_subject, what=str(room.enquiry))
    if terms.holds_stock:
        demands = [Demand(position, line.sku_id, line.quantity) for position, line in enumerate(terms.lines, start=1)]
        try:
            hold_stock(
                stock,
                demands,
                kind=HoldKind.QUOTE,
                holder_id=room.buyer_id,
                subject=room.hold_subject,
                country=room.enquiry.ship_to.get("country", ""),
                expires_in=expires_in,
            )
        except Short as short:
            raise _too_little(terms, short) from None
    if wanted or stock.ended:
        settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor)


def _too_little(terms: Terms, short: Short) -> Refused:
    line = min(short.left)
    wanted = terms.lines[line - 1]
    return Refused(
        _("Only %(left)d of line %(line)d can be held, not %(quantity)d.")
        % {"left": short.left[line], "line": line, "quantity": wanted.quantity},
        field="holds_stock",
    )


def _release(room: Room, actor: Actor) -> None:
    """What was held for an offer that has ended is free again."""
    stock = lock_stock((), freeing=room.hold_subject, what=str(room.enquiry))
    if stock.ended:
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)


def _company(actor: Actor) -> int:
    assert actor.company_id is not None  # noqa: S101  # the policy saw to it
    return actor.company_id
