"""What is promised of a shelf, and to whom. A hold that has ended is no row any more; the event log tells of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company
from backend.core.fences import FencedQuerySet


class HoldKind(models.TextChoices):
    CART = "cart", _("In a checkout")
    PAYMENT = "payment", _("Waiting for a payment")
    APPROVAL = "approval", _("Waiting for an approval")
    QUOTE = "quote", _("On offer")
    ORDER = "order", _("Ordered")


class HoldQuerySet(FencedQuerySet["Hold"]):
    def of_subject(self, subject: str) -> HoldQuerySet:
        """What is held for one order, checkout or quote, of which somebody was asked before whose it is."""
        return self.of_subjects([subject])

    def of_subjects(self, subjects: Collection[str]) -> HoldQuerySet:
        return self.scoped(subject__in=subjects)

    def of_holder(self, company_id: int) -> HoldQuerySet:
        """What is held for a company, whoever's it is."""
        return self.scoped(holder=company_id)

    def live(self) -> HoldQuerySet:
        """Without those that have lapsed, by the database's clock, swept or not."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))


class Hold(models.Model):
    """So many units of sale on one shelf, for one line of a subject (`order:12`, `checkout:4`).

    What is ordered holds without an end and counts as allocated; every other kind has an end and counts as reserved.
    """

    level = models.ForeignKey("inventory.StockLevel", models.PROTECT, related_name="holds")
    holder = models.ForeignKey(Company, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=HoldKind.choices)
    subject = models.CharField(max_length=40)
    line = models.BigIntegerField()
    quantity = models.BigIntegerField()
    packed = models.BigIntegerField(db_default=0)
    """So many of them are in parcels: they stay promised, and lie there, until they leave."""
    packed_as = models.CharField(max_length=20, blank=True, db_default="")
    """The number on these parcels, as the moves' references say it; what it was, where nothing is packed any more."""
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    of_company_by, of_sku_by = "level__warehouse__company", "level__item"
    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subject", "line", "level"], name="one_hold_a_line_and_shelf"),
            models.CheckConstraint(condition=Q(kind__in=HoldKind.values), name="hold_kind"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_holds"),
            models.CheckConstraint(condition=Q(packed__range=(0, F("quantity"))), name="only_what_is_held_is_packed"),
            models.CheckConstraint(
                condition=Q(kind=HoldKind.ORDER, expires_at=None)
                | (~Q(kind=HoldKind.ORDER) & Q(expires_at__isnull=False)),
                name="only_orders_hold_for_ever",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="hold_lapses"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.subject}"

    @property
    def loose(self) -> int:
        """Those that are in no parcel."""
        return self.quantity - self.packed
