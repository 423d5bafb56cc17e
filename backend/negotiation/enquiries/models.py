from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.accounts.roles import Permission
from backend.catalog.models import Variant
from backend.catalog.translations import full_name
from backend.core.fences import FencedQuerySet
from backend.core.money import UnitPrice
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity
from backend.negotiation.states import SEALED_WHILE, Audience, Board, EnquiryStatus, Incoterm

MAX_TITLE, MAX_NOTE = 120, 2_000
LONGEST_OPEN = timedelta(days=60)
ASKED_ALONG = (
    "EXISTS (SELECT FROM negotiation_room AS room WHERE room.enquiry_id = negotiation_enquiry.id"
    " AND room.seller_id = {company})"
)
"""The sellers who were asked read what was asked; they never learn who else was."""


class EnquiryQuerySet(FencedQuerySet["Enquiry"]):
    def visible_to(self, actor: Actor) -> EnquiryQuerySet:
        """The buyer's own people who see orders. A seller reads it in his room."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        return self.scoped(company=actor.company_id)

    def overdue(self) -> EnquiryQuerySet:
        """Whose time for answers is over, by the database's clock, and that nobody has closed yet."""
        return self.filter(status=EnquiryStatus.OPEN, closes_at__lte=Now())


class Enquiry(models.Model):
    """What a buyer wants offers for: an RFQ, to one seller or several. `closes_at` ends its answering, by the
    database's clock."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="enquiries")
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    number = models.CharField(max_length=12, unique=True)
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    note = models.CharField(_("note"), max_length=MAX_NOTE, blank=True)
    status = models.CharField(max_length=12, choices=EnquiryStatus.choices, default=EnquiryStatus.OPEN)
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.NAMED)
    board = models.CharField(max_length=8, choices=Board.choices, default=Board.PRIVATE)
    currency = models.CharField(max_length=3)
    ship_to = models.JSONField(default=dict)
    bill_to = models.JSONField(default=dict)
    """Empty: where the goods go."""
    incoterm = models.CharField(max_length=3, choices=Incoterm.choices, blank=True)
    wanted_on = models.DateField(_("wanted on"), null=True)
    closes_at = models.DateTimeField(_("answers until"))
    created_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = EnquiryQuerySet.as_manager()
    row_security = RowSecurity(readers=ASKED_ALONG)

    class Meta:
        verbose_name_plural = "enquiries"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=EnquiryStatus.values), name="enquiry_status"),
            models.CheckConstraint(condition=Q(incoterm__in=["", *Incoterm.values]), name="enquiry_incoterm"),
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="enquiry_audience"),
            models.CheckConstraint(condition=Q(board__in=Board.values), name="enquiry_board"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-created_at"], name="enquiry_of_company"),
            models.Index(fields=["closes_at"], condition=Q(status=EnquiryStatus.OPEN), name="enquiry_closes"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        return f"enquiry:{self.pk}"

    @property
    def is_public(self) -> bool:
        return self.audience == Audience.VERIFIED

    @property
    def is_under_seal(self) -> bool:
        """Whether what was offered is known to nobody but whoever offered it."""
        return self.board == Board.SEALED and self.status in SEALED_WHILE


class EnquiryLine(models.Model):
    """So many units of one variant, and what the buyer would like to pay for each, if they say so. `breaks` are larger
    quantities that prices are asked for, too, ascending."""

    enquiry = models.ForeignKey(Enquiry, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    breaks = models.JSONField(default=list)
    target_price_minor = models.DecimalField(max_digits=18, decimal_places=4, null=True)

    of_company_by = "enquiry__company"
    objects = FencedQuerySet["EnquiryLine"].as_manager()
    row_security = RowSecurity(follow=("enquiry_id", "negotiation_enquiry"), read_along=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["enquiry", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["enquiry", "variant"], name="once_in_an_enquiry"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="enquiry_line_quantity"),
            models.CheckConstraint(
                condition=Q(target_price_minor=None) | Q(target_price_minor__gt=0), name="enquiry_line_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.variant_id}"

    @property
    def name(self) -> str:
        return full_name(self.variant.product.name, self.variant.name)

    @property
    def target_price(self) -> UnitPrice | None:
        return None if self.target_price_minor is None else UnitPrice(self.target_price_minor, self.enquiry.currency)
