from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.accounts.models import Company
from backend.analytics.floor.states import SHOWN, Stage
from backend.core.fences import FencedQuerySet
from backend.core.money import Money
from backend.core.row_security import RowSecurity
from backend.orders.models import OF_ITS_ORDER, Order

THE_ONE = 1
"""There is one floor, as there is one market: the topics `floor:1`, `floor_figures:1` and `floor_list:1`."""


class Floor(models.Model):
    """One row: how far the floor has come. Whoever writes to the floor holds its lock."""

    position = models.BigIntegerField(default=0)
    """Of the last event that was followed: whatever comes again is known by it."""
    last_seq = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    """Rises with whatever changes the figures."""
    late = models.IntegerField(default=0)
    stuck = models.IntegerField(default=0)
    """How many orders were late and stuck when the clock last changed that."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(pk=THE_ONE), name="one_floor"),
        ]

    def __str__(self) -> str:
        return f"floor at {self.last_seq}"


class FloorEntry(models.Model):
    """One transaction, as it was when it happened. Append-only; `seq` counts from 1 without a gap."""

    append_only = True
    of_company_by = "seller"

    seq = models.BigIntegerField(primary_key=True, db_column="id")
    step = models.CharField(max_length=20)
    at = models.DateTimeField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    seller = models.ForeignKey(Company, models.PROTECT, related_name="+")
    buyer = models.ForeignKey(Company, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    objects = FencedQuerySet["FloorEntry"].as_manager()
    row_security = RowSecurity(company="seller_id", partner="buyer_id")

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(step__in=SHOWN), name="floor_entry_step"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.step}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Standing(models.Model):
    """Where an open order stands, since when, and by which entry of the floor; no row for one that is done with."""

    of_company_by = "order__seller"

    order = models.OneToOneField(Order, models.CASCADE, related_name="+")
    stage = models.CharField(max_length=12, choices=Stage.choices)
    since = models.DateTimeField()
    entry = models.OneToOneField(FloorEntry, models.CASCADE, related_name="standing")

    objects = FencedQuerySet["Standing"].as_manager()
    row_security = OF_ITS_ORDER

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="standing_stage"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["stage", "since"], name="standing_stage_since")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.stage}"


class DayTotal(models.Model):
    """How many orders took a step on a day (in UTC), and what they come to."""

    day = models.DateField()
    step = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "step", "currency"], name="one_total_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.step}: {self.orders}"
