"""What a seller says once for all SKUs that say nothing themselves."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.accounts.models import Company
from backend.core.fences import FencedQuerySet


class StockDefaults(models.Model):
    """`low_at`: a SKU runs low at so many available units. None: nobody is told."""

    company = models.OneToOneField(Company, models.CASCADE, primary_key=True, related_name="stock_defaults")
    low_at = models.BigIntegerField(null=True)

    objects = FencedQuerySet["StockDefaults"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(low_at__gte=0), name="stock_defaults_low_at"),
        ]

    def __str__(self) -> str:
        return f"low at {self.low_at}"
