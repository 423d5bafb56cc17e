"""Count sheets: what several people count in one warehouse over hours, while goods go on moving."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.quantity import MAX_QUANTITY
from backend.inventory.counts.states import SheetStatus


class CountSheet(models.Model):
    company = models.ForeignKey(Company, models.PROTECT, related_name="count_sheets")
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="count_sheets")
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=SheetStatus.choices, default=SheetStatus.OPEN)
    version = models.BigIntegerField(default=1)
    begun_at = models.DateTimeField(db_default=Now())
    posted_at = models.DateTimeField(null=True)

    objects = FencedQuerySet["CountSheet"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=SheetStatus.values), name="count_sheet_status"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-begun_at"], name="count_sheet_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class CountLineQuerySet(FencedQuerySet["CountLine"]):
    def counted(self) -> CountLineQuerySet:
        return self.filter(counted__isnull=False)


class CountLine(models.Model):
    """What was counted of one SKU, or of one lot of it, and what should have lain there at that moment: `expected`,
    after the SKU's move `seen_seq`. What moves afterwards changes neither, so the difference holds whenever it is
    posted."""

    sheet = models.ForeignKey(CountSheet, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    lot = models.ForeignKey("inventory.Lot", models.PROTECT, null=True, related_name="+")
    """Of which lot, where the SKU is kept by lots."""
    counted = models.BigIntegerField(null=True)
    expected = models.BigIntegerField(null=True)
    seen_seq = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)
    actor_id = models.BigIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    of_company_by = "sheet__company"
    objects = CountLineQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["sheet", "sku", "lot"], nulls_distinct=False, name="one_count_line_a_sku_and_lot"
            ),
            models.CheckConstraint(
                condition=Q(counted=None, expected=None) | Q(counted__range=(0, MAX_QUANTITY), expected__gte=0),
                name="count_line_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.counted} of {self.sku_id}"

    @property
    def difference(self) -> int:
        """What lay there less (below 0) or more than it should have; 0 as long as nobody has counted."""
        return self.counted - self.expected if self.counted is not None and self.expected is not None else 0
