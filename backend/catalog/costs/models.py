"""What goods cost their seller. It is his alone: no buyer ever reads a row of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.models import Company
from backend.core.fences import FencedQuerySet
from backend.core.money import UnitPrice
from backend.core.row_security import RowSecurity


class CostPrice(models.Model):
    """What one unit of sale of a SKU costs its seller. Who never said has none."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    sku = models.OneToOneField("catalog.Sku", models.CASCADE, related_name="+")
    unit_cost_minor = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, default="GBP")
    changed_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["CostPrice"].as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(unit_cost_minor__gt=0), name="cost_price_above_nothing"),
        ]

    def __str__(self) -> str:
        return f"cost of {self.sku_id}"

    @property
    def unit_cost(self) -> UnitPrice:
        return UnitPrice(self.unit_cost_minor, self.currency)
