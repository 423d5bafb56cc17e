"""How far the demo market has come: is it loaded, where does the replay stand, what is on its way, what was missed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from backend.catalog.models import Sku

THE_ONE = 1


class Replay(models.Model):
    """The one row of the loaded market. `step` counts the stream's lines that were replayed, over all laps."""

    is_open = models.BooleanField(default=False)
    step = models.BigIntegerField(default=0)
    loaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(pk=THE_ONE), name="one_replay"),
        ]

    def __str__(self) -> str:
        return f"step {self.step}"


class Delivery(models.Model):
    """Goods that a maker has ordered from its workshop and that come in when the replay reaches `due_step`."""

    sku = models.OneToOneField(Sku, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    due_step = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id} at step {self.due_step}"


class LostSale(models.Model):
    """What a retailer wanted in this lap and did not get, because too little was left. Quantities are units of sale."""

    sku = models.ForeignKey(Sku, models.CASCADE, related_name="+")
    retailer = models.PositiveIntegerField()
    lap = models.PositiveIntegerField()
    reference = models.CharField(max_length=80, unique=True)
    quantity = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index("retailer", "sku", "lap", name="lost_sale_of_retailer")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id} to retailer {self.retailer}"
