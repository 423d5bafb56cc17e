from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.accounts.roles import Permission
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.money import Money, UnitPrice
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity
from backend.negotiation.attachments.models import Attachment, EnquiryFile
from backend.negotiation.automatic.models import AnswerRule, AnswerRun
from backend.negotiation.bids.models import Award
from backend.negotiation.enquiries.models import Enquiry, EnquiryLine
from backend.negotiation.floors.models import Floor, HeldOffer
from backend.negotiation.moderation.models import Block, Report
from backend.negotiation.notices.models import Notice, Pass
from backend.negotiation.replies.models import CannedReply, OfferTemplate
from backend.negotiation.security import OF_ITS_ROOM
from backend.negotiation.states import OPEN, Incoterm, QuoteStatus, Side, Word

__all__ = [
    "AnswerRule",
    "AnswerRun",
    "Attachment",
    "Award",
    "Block",
    "CannedReply",
    "Enquiry",
    "EnquiryFile",
    "EnquiryLine",
    "Entry",
    "Floor",
    "HeldOffer",
    "Notice",
    "OfferTemplate",
    "Pass",
    "ReadMark",
    "Report",
    "Revision",
    "RevisionLine",
    "Room",
]

MAX_MESSAGE = 4_000
UNDER_SEAL = (
    "SELECT FROM negotiation_room AS room JOIN negotiation_enquiry AS enquiry ON enquiry.id = room.enquiry_id"
    " WHERE room.id = room_id AND room.buyer_id = {company}"
    " AND enquiry.board = 'sealed' AND enquiry.status IN ('open', 'cancelled')"
)
"""Not even its buyer reads a sealed offer before the closing time."""


class RoomQuerySet(FencedQuerySet["Room"]):
    def visible_to(self, actor: Actor) -> RoomQuerySet:
        """A room is the business of the two companies in it: of those of their people who see orders."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        return self.scoped(Q(seller=actor.company_id) | Q(buyer=actor.company_id))

    def of_member(self, company_id: int) -> RoomQuerySet:
        """Those that a company is in, on either side."""
        return self.scoped(Q(seller=company_id) | Q(buyer=company_id))

    def with_parties(self) -> RoomQuerySet:
        return self.select_related("seller", "buyer", "enquiry")

    def late(self) -> RoomQuerySet:
        """Whose offer on the table was good until now, by the database's clock."""
        return self.filter(status__in=OPEN, valid_until__lte=Now())


class Room(models.Model):
    """One buyer and one seller about one enquiry: a stream of messages, and a chain of offers of which the newest is
    on the table (`head` is its number; 0: none yet). Amounts are in minor units of `currency`."""

    enquiry = models.ForeignKey(Enquiry, models.PROTECT, related_name="rooms")
    buyer = models.ForeignKey(Company, models.PROTECT, related_name="+")
    seller = models.ForeignKey(Company, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=QuoteStatus.choices, default=QuoteStatus.AWAITING_SELLER)
    head = models.PositiveIntegerField(default=0)
    valid_until = models.DateTimeField(null=True)
    """Of the offer on the table."""
    suspended_at = models.DateTimeField(null=True)
    """Since then nothing is said or agreed in it: the market's operators have decided so."""
    opened_at = models.DateTimeField(db_default=Now())
    moved_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)
    last_seq = models.BigIntegerField(default=0)

    of_company_by = "seller"
    objects = RoomQuerySet.as_manager()
    row_security = RowSecurity(company="seller_id", partner="buyer_id")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["enquiry", "seller"], name="one_room_a_seller"),
            models.CheckConstraint(condition=Q(status__in=QuoteStatus.values), name="room_status"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="nobody_haggles_with_themselves"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["seller", "-moved_at"], name="room_of_seller"),
            models.Index(fields=["buyer", "-moved_at"], name="room_of_buyer"),
            models.Index(fields=["valid_until"], condition=Q(status__in=OPEN), name="room_expires"),
        ]

    def __str__(self) -> str:
        return f"room:{self.pk}"

    @property
    def subject(self) -> str:
        """What its events are about."""
        return f"room:{self.pk}"

    @property
    def hold_subject(self) -> str:
        """What is held for its offer on the table is held for."""
        return f"quote:{self.pk}"

    def side_of(self, company_id: int | None) -> Side | None:
        """None for whoever has nothing to do with it."""
        return {self.buyer_id: Side.BUYER, self.seller_id: Side.SELLER}.get(company_id or 0)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class Revision(models.Model):
    """An offer as it was made: never changed, only answered by another. `answers` is the one that its author saw.

    `digest` is the SHA-256 of its canonical words (terms.py), in hexadecimal: both sides can check what was agreed.
    """

    append_only = True
    of_company_by = "room__seller"

    room = models.ForeignKey(Room, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    answers = models.PositiveIntegerField()
    side = models.CharField(max_length=6, choices=Side.choices)
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    freight_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    incoterm = models.CharField(max_length=3, choices=Incoterm.choices, blank=True)
    net_days = models.PositiveSmallIntegerField()
    lead_time_days = models.PositiveSmallIntegerField(null=True)
    valid_until = models.DateTimeField()
    holds_stock = models.BooleanField(default=False)
    may_split = models.BooleanField(default=False)
    """Some of its lines, or less of them, may be ordered at its prices and its freight."""
    note = models.CharField(max_length=1000, blank=True)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["Revision"].as_manager()
    row_security = replace(OF_ITS_ROOM, withheld=UNDER_SEAL)

    class Meta:
        ordering: ClassVar[list[str]] = ["room", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["room", "number"], name="revision_of_room"),
            models.CheckConstraint(condition=Q(number__gt=F("answers")), name="revision_answers_an_earlier_one"),
            models.CheckConstraint(condition=Q(freight_minor__gte=0, net_minor__gte=0), name="revision_amounts"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="revision_side"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.number}"


class RevisionLine(models.Model):
    """So many units of one of the seller's SKUs, and what each costs. `tiers` are prices for larger quantities than
    this one, as [quantity from, unit price in minor units as text], ascending."""

    append_only = True
    of_company_by = "revision__room__seller"

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4)
    tiers = models.JSONField(default=list)

    objects = FencedQuerySet["RevisionLine"].as_manager()
    row_security = RowSecurity(company="", follow=("revision_id", "negotiation_revision"))

    class Meta:
        ordering: ClassVar[list[str]] = ["revision", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["revision", "sku"], name="once_in_a_revision"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="revision_line_quantity"),
            models.CheckConstraint(condition=Q(unit_price_minor__gt=0), name="revision_line_price"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id}"

    def price(self, currency: str) -> UnitPrice:
        return UnitPrice(self.unit_price_minor, currency)

    def net(self, currency: str) -> Money:
        return self.price(currency).times(self.quantity)


class Entry(models.Model):
    """One thing that was said or happened in a room, as both sides read it. Append-only; `seq` counts from 1 without a
    gap."""

    append_only = True
    settable_later = ("hidden_at",)
    of_company_by = "room__seller"

    room = models.ForeignKey(Room, models.PROTECT, related_name="entries")
    seq = models.BigIntegerField()
    word = models.CharField(max_length=12, choices=Word.choices)
    text = models.CharField(max_length=MAX_MESSAGE, blank=True)
    revision = models.PositiveIntegerField(null=True)
    """The number of the offer that it is about."""
    side = models.CharField(max_length=6, choices=Side.choices, blank=True)
    """Whose doing it was; empty: nobody's, the clock's."""
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    files = models.PositiveSmallIntegerField(default=0)
    """How many came with it."""
    hidden_at = models.DateTimeField(null=True)
    """Since then neither side is shown what was said: the market's operators have decided so."""
    at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["Entry"].as_manager()
    row_security = OF_ITS_ROOM

    class Meta:
        ordering: ClassVar[list[str]] = ["room", "seq"]
        verbose_name_plural = "entries"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["room", "seq"], name="room_entry_seq"),
            models.CheckConstraint(condition=Q(word__in=Word.values), name="room_entry_word"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.seq} {self.word}"


class ReadMark(models.Model):
    """Up to which entry a person has read a room. It never goes back."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="read_marks")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    seq = models.BigIntegerField()

    of_company_by = "room__seller"
    objects = FencedQuerySet["ReadMark"].as_manager()
    row_security = OF_ITS_ROOM

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["room", "user"], name="one_read_mark_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} read up to {self.seq}"
