"""What a seller sells at the least, and the offers below it that wait for somebody who may approve them.

All of it is the seller's alone: no buyer ever reads a row of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company, User
from backend.catalog.models import Category, Sku
from backend.core.fences import FencedQuerySet
from backend.core.money import UnitPrice
from backend.core.row_security import RowSecurity
from backend.negotiation.floors.states import HeldState

MAX_MARGIN = Decimal(99)
MAX_WORD = 200


class Floor(models.Model):
    """The least that one unit may cost: of a SKU, of a category, or (neither named) of all that the seller sells.

    A price, a margin over the cost price (percent of the price), or both: then the higher of the two.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="floors")
    sku = models.ForeignKey(Sku, models.CASCADE, null=True, related_name="+")
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="+")
    min_price_minor = models.DecimalField(_("lowest price"), max_digits=18, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, default="GBP")
    min_margin = models.DecimalField(_("lowest margin"), max_digits=5, decimal_places=2, null=True)

    objects = FencedQuerySet["Floor"].as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company", "sku", "category"], name="one_floor_of_a_thing", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(sku=None) | Q(category=None), name="floor_of_one_thing"),
            models.CheckConstraint(
                condition=Q(min_price_minor__gt=0) | Q(min_margin__isnull=False), name="floor_says_something"
            ),
            models.CheckConstraint(
                condition=Q(min_margin=None) | Q(min_margin__range=(0, MAX_MARGIN)), name="floor_margin"
            ),
        ]

    def __str__(self) -> str:
        return f"floor:{self.pk}"

    @property
    def min_price(self) -> UnitPrice | None:
        return None if self.min_price_minor is None else UnitPrice(self.min_price_minor, self.currency)


class HeldOfferQuerySet(FencedQuerySet["HeldOffer"]):
    def waiting(self) -> HeldOfferQuerySet:
        return self.filter(state=HeldState.WAITING)

    def with_all(self) -> HeldOfferQuerySet:
        """With what lists and rooms show of it."""
        return self.select_related("room__enquiry", "room__buyer", "room__seller", "author", "decided_by")


class HeldOffer(models.Model):
    """An offer below a floor, or a yes to a buyer's, as its author would have it; `answers` is what is answered.

    `terms` are kept as keeping.py writes them, empty for a yes; `below` says of each line that is too cheap what it is
    and what it should be, as the floors were when it was asked.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    room = models.ForeignKey("negotiation.Room", models.CASCADE, related_name="+")
    answers = models.PositiveIntegerField()
    terms = models.JSONField(default=dict)
    below = models.JSONField(default=list)
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=HeldState.choices, default=HeldState.WAITING)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    word = models.CharField(max_length=MAX_WORD, blank=True)
    """Why it was returned."""
    asked_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)

    objects = HeldOfferQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=HeldState.values), name="held_offer_state"),
            models.UniqueConstraint(
                fields=["room"], condition=Q(state=HeldState.WAITING), name="one_held_offer_a_room"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-asked_at"], name="held_offer_of_company"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        return f"held_offer:{self.pk}"

    @property
    def is_acceptance(self) -> bool:
        return not self.terms
