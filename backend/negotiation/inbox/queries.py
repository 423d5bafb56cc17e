"""A company's negotiations, sorted by what needs its answer, with the time that is left for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from backend.negotiation.floors.states import HeldState
from backend.negotiation.models import HeldOffer, ReadMark, Room
from backend.negotiation.queries import RoomStatus, status_of
from backend.negotiation.states import OPEN, SEALED_WHILE, Board, QuoteStatus, Side

MOST_ROOMS, MOST_TEXT = 200, 80


class Turn(TextChoices):
    """Which negotiations a list shows."""

    OPEN = "open", _("All that are open")
    OURS = "ours", _("Waiting for you")
    THEIRS = "theirs", _("Waiting for the other side")
    ENDED = "ended", _("Ended")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: `text` in what it is about, its number, or the other side's name."""

    turn: Turn = Turn.OPEN
    unread: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A negotiation in the inbox; `partner` is the company on the other side."""

    pk: int
    title: str
    number: str
    partner: str
    side: Side
    status: RoomStatus
    moved_at: datetime
    due_at: datetime | None
    """Until when the next answer counts: the buyer's closing time before the first offer, then the offer's own."""
    is_over: bool
    unread: int
    is_ours: bool
    """Whether it waits for an answer of this company that still counts."""
    is_held: bool
    """Whether an answer of the seller's own people waits for an approval: his side's alone."""


def inbox(
    company_id: int, user_id: int | None, wanted: Wanted | None = None, rows: slice = slice(MOST_ROOMS)
) -> Sequence[RoomRow]:
    """What waits for the company's answer first, what ends soonest before all. One query."""
    wanted = wanted or Wanted()
    mark = ReadMark.objects.scoped(room=OuterRef("pk"), user=user_id).values("seq")
    held = HeldOffer.objects.of_company(company_id).filter(room=OuterRef("pk"), state=HeldState.WAITING)
    rooms = (
        Room.objects.of_member(company_id)
        .with_parties()
        .annotate(
            read=Coalesce(Subquery(mark), Value(0)),
            due_at=_due(),
            is_over=ExpressionWrapper(Q(due_at__lte=Now()), output_field=BooleanField()),
            turn=_turn_of(company_id),
            is_held=Exists(held.filter(answers=OuterRef("head"))),
        )
    )
    found = rooms.filter(_these(wanted)).order_by("turn", F("due_at").asc(nulls_last=True), "-moved_at", "-pk")
    return [_row(room, company_id) for room in found[rows]]


def _due() -> Case:
    return Case(
        When(status__in=OPEN, head=0, then=F("enquiry__closes_at")),
        When(status__in=OPEN, then=F("valid_until")),
        default=None,
        output_field=DateTimeField(null=True),
    )


def _turn_of(company_id: int) -> Case:
    """0 for what waits for this company, 1 for the others."""
    return Case(
        When(is_over=True, then=1),
        When(buyer=company_id, enquiry__board=Board.SEALED, enquiry__status__in=SEALED_WHILE, then=1),
        When(buyer=company_id, status=QuoteStatus.AWAITING_BUYER, then=0),
        When(seller=company_id, status=QuoteStatus.AWAITING_SELLER, then=0),
        default=1,
        output_field=IntegerField(),
    )


def _these(wanted: Wanted) -> Q:
    shown = {
        Turn.OPEN: Q(status__in=OPEN),
        Turn.OURS: Q(status__in=OPEN, turn=0),
        Turn.THEIRS: Q(status__in=OPEN, turn=1),
        Turn.ENDED: ~Q(status__in=OPEN),
    }[wanted.turn]
    if wanted.unread:
        shown &= Q(last_seq__gt=F("read"))
    if text := wanted.text.strip()[:MOST_TEXT]:
        named = Q(buyer__name__icontains=text) | Q(seller__name__icontains=text)
        shown &= Q(enquiry__title__icontains=text) | Q(enquiry__number__iexact=text) | named
    return shown


def _row(room: Any, company_id: int) -> RoomRow:
    side = room.side_of(company_id) or Side.BUYER
    return RoomRow(
        pk=room.pk,
        title=room.enquiry.title,
        number=room.enquiry.number,
        partner=room.seller.name if side == Side.BUYER else room.buyer.name,
        side=side,
        status=status_of(room),
        moved_at=room.moved_at,
        due_at=room.due_at,
        is_over=bool(room.is_over),
        unread=max(0, room.last_seq - room.read),
        is_ours=room.turn == 0,
        is_held=room.is_held,
    )
