"""How far the demo market has come: is it loaded, where does the replay stand, what is on its way and to be done."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from backend.catalog.models import Sku
from backend.orders.models import Order

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


class Act(models.TextChoices):
    """What the people of a market do for an order, one after the other."""

    ANSWER = "answer"
    PACK = "pack"
    CARRY = "carry"
    CONFIRM = "confirm"
    TAKE_BACK = "take_back"
    DISPUTE = "dispute"


class Errand(models.Model):
    """What somebody will do for an order when the replay reaches `due_step`; none for an order that is done with, or
    that a person has taken in hand."""

    order = models.OneToOneField(Order, models.CASCADE, related_name="errand")
    act = models.CharField(max_length=10, choices=Act.choices)
    due_step = models.BigIntegerField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(act__in=Act.values), name="errand_act"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.order_id} at step {self.due_step}"
