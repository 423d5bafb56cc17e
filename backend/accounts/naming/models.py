from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.naming.states import NamingStatus
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity


class NamingQuerySet(FencedQuerySet["Naming"]):
    def visible_to(self, actor: Actor) -> NamingQuerySet:
        """What a company was called, and wants to be called, is known to its own people and to the operators."""
        return self.of_company(actor.company_id)

    def waiting(self) -> NamingQuerySet:
        return self.filter(status=NamingStatus.WAITING)


class Naming(models.Model):
    """A new name for a company: who asked for it, what it was called before, and what became of it. Kept for good."""

    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="namings")
    before = models.CharField(max_length=120)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=NamingStatus.choices, default=NamingStatus.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    """Why an operator refused it."""
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)

    objects = NamingQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=NamingStatus.values), name="naming_status"),
            models.UniqueConstraint(
                fields=["company"], condition=Q(status=NamingStatus.WAITING), name="one_waiting_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
