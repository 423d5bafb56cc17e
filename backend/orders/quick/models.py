from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.orders.quick.pasting import MOST_CODE, MOST_QUANTITY

MAX_LINES = 1_000


class QuickPadQuerySet(FencedQuerySet["QuickPad"]):
    def of_person(self, actor: Actor) -> QuickPadQuerySet:
        """The pad that a person writes on for the company that they act for."""
        return self.scoped(company=actor.company_id, user=actor.user_id)


class QuickPad(models.Model):
    """The lines that a person has typed or pasted and not put into the cart yet: one pad each, as good as paper.

    `table` is what was pasted last, cell by cell, and `columns` how it was read; its lines are those of `batch`.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    batch = models.PositiveIntegerField(default=0)
    table = models.JSONField(default=list)
    columns = models.JSONField(default=dict)

    objects = QuickPadQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "user"], name="one_pad_a_person"),
        ]

    def __str__(self) -> str:
        return f"quick_pad:{self.pk}"


class QuickLine(models.Model):
    """One line of a pad, as it was typed: nothing of it need make sense yet.

    `sku` is which of several sellers' SKUs of this code was chosen. `rows` says where it stood in what was pasted.
    """

    pad = models.ForeignKey(QuickPad, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=MOST_CODE, blank=True)
    quantity = models.CharField(max_length=MOST_QUANTITY, blank=True)
    sku = models.ForeignKey(Sku, models.CASCADE, null=True, related_name="+")
    batch = models.PositiveIntegerField(default=0)
    rows = ArrayField(models.PositiveIntegerField(), default=list)

    of_company_by = "pad__company"
    objects = FencedQuerySet["QuickLine"].as_manager()
    row_security = RowSecurity(follow=("pad_id", "orders_quickpad"))

    class Meta:
        ordering: ClassVar[list[str]] = ["pad", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pad", "position"], name="one_line_a_position"),
            models.CheckConstraint(condition=Q(position__range=(1, MAX_LINES)), name="quick_line_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.quantity} of {self.code}"
