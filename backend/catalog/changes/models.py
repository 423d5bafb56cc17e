from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from backend.accounts.models import Company, User
from backend.catalog.states import ChangeState
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity


class ChangeSetQuerySet(FencedQuerySet["ChangeSet"]):
    def open(self) -> ChangeSetQuerySet:
        return self.filter(state=ChangeState.OPEN)

    def waiting_first(self) -> ChangeSetQuerySet:
        """What waits for a decision, then what was decided, the newest first."""
        return self.order_by(models.Case(models.When(state=ChangeState.OPEN, then=0), default=1), "-pk")


class ChangeSet(models.Model):
    """What somebody would change of a published product, as they saw it in `base_version`.

    `patch` holds what was and what becomes of each thing, by the keys of catalog.description. `company` repeats the
    product's.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="change_sets")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    patch = models.JSONField()
    base_version = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=ChangeState.choices, default=ChangeState.OPEN)
    note = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    objects = ChangeSetQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(state__in=ChangeState.values), name="change_set_state"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-id"], condition=models.Q(state="open"), name="change_set_open"),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of product {self.product_id}: {self.state}"
