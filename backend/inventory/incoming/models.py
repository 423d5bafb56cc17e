"""Goods that a warehouse expects on a day: bought or being made, and not there yet."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.core.fences import FencedQuerySet
from backend.core.quantity import MAX_QUANTITY
from backend.inventory.incoming.states import IncomingStatus


class IncomingQuerySet(FencedQuerySet["Incoming"]):
    def expected(self) -> IncomingQuerySet:
        return self.filter(status=IncomingStatus.EXPECTED)

    def expected_of(self, sku_ids: Collection[int]) -> IncomingQuerySet:
        """Of these SKUs, of which somebody was asked before whether they may be seen; the next first."""
        return self.scoped(level__item__in=sku_ids).expected().order_by("due_on", "pk")


class Incoming(models.Model):
    """So many units of one SKU for one shelf. Its level's `incoming` is the sum of what is still expected."""

    level = models.ForeignKey("inventory.StockLevel", models.PROTECT, related_name="coming")
    quantity = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    due_on = models.DateField()
    reference = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=IncomingStatus.choices, default=IncomingStatus.EXPECTED)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    of_company_by, of_sku_by = "level__warehouse__company", "level__item"
    objects = IncomingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=IncomingStatus.values), name="incoming_status"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="incoming_quantity"),
            models.CheckConstraint(
                condition=Q(received__gte=0) & (~Q(status="expected") | Q(received__lt=F("quantity"))),
                name="incoming_received",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["level", "due_on"], condition=Q(status="expected"), name="incoming_expected"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.due_on}"

    @property
    def rest(self) -> int:
        """What is still to come."""
        return self.quantity - self.received if self.status == IncomingStatus.EXPECTED else 0
