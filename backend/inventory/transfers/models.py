"""Goods that go from one warehouse of a company to another. Between the two they belong to no shelf."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.quantity import MAX_QUANTITY
from backend.inventory.transfers.states import TransferStatus


class Transfer(models.Model):
    """Asked for, sent, received. What was sent and what arrived is said by its lines, and moved by the ledger."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="transfers")
    source = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="transfers_out")
    target = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="transfers_in")
    status = models.CharField(max_length=10, choices=TransferStatus.choices, default=TransferStatus.REQUESTED)
    note = models.CharField(max_length=200, blank=True)
    version = models.BigIntegerField(default=1)
    requested_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)

    objects = FencedQuerySet["Transfer"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=TransferStatus.values), name="transfer_status"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_goes_elsewhere"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-requested_at"], name="transfer_newest"),
        ]

    def __str__(self) -> str:
        return f"T-{self.pk:05}"


class TransferLine(models.Model):
    """So many units of one SKU. `reason` says why another number arrived than was sent."""

    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    requested = models.BigIntegerField()
    sent = models.BigIntegerField(null=True)
    received = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    of_company_by = "transfer__company"
    objects = FencedQuerySet["TransferLine"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["transfer", "sku"], name="one_transfer_line_a_sku"),
            models.CheckConstraint(condition=Q(requested__range=(1, MAX_QUANTITY)), name="transfer_requested"),
            models.CheckConstraint(
                condition=Q(sent=None) | Q(sent__range=(0, F("requested"))), name="transfer_sends_what_was_requested"
            ),
            models.CheckConstraint(
                condition=Q(received=None) | Q(received=F("sent")) | (Q(received__gte=0) & ~Q(reason="")),
                name="transfer_difference_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requested} of {self.sku_id}"

    @property
    def difference(self) -> int:
        """What came less (below 0) or more than was sent."""
        return (self.received or 0) - (self.sent or 0) if self.received is not None else 0
