"""What a company that buys has laid down: what needs an approval, how much a person may spend, who stands in."""

from __future__ import annotations

from datetime import UTC
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, TruncDate
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company, User
from backend.catalog.models import Category
from backend.core.fences import FencedQuerySet
from backend.core.money import Money
from backend.core.row_security import RowSecurity

TURNS = (1, 2, 3)
TODAY = TruncDate(Now(), tzinfo=UTC)


class ApprovalRule(models.Model):
    """Orders like this need this approval. All its conditions have to hold; every rule that holds is asked for."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="approval_rules")
    turn = models.PositiveSmallIntegerField(_("turn"), default=1)
    """Approvals of the first turn are asked for first."""
    approver = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    """None: everybody in the company who may approve."""
    from_minor = models.BigIntegerField(_("from"), default=0)
    """Net, of the lines that the other conditions are about; 0: any amount."""
    currency = models.CharField(max_length=3, default="GBP")
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="+")
    new_seller = models.BooleanField(_("of a seller of whom you have never ordered"), default=False)
    over_limit = models.BooleanField(_("over the person’s spending limit"), default=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["ApprovalRule"].as_manager()
    row_security = RowSecurity()

    class Meta:
        ordering: ClassVar[list[str]] = ["turn", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(turn__in=TURNS), name="approval_rule_turn"),
            models.CheckConstraint(condition=Q(from_minor__gte=0), name="approval_rule_from"),
        ]

    def __str__(self) -> str:
        return f"approval_rule:{self.pk}"

    @property
    def least(self) -> Money:
        return Money(self.from_minor, self.currency)


class SpendingLimit(models.Model):
    """How much a person may order without an approval. A person's own counts before that of their role."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="spending_limits")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=40, blank=True)
    """As forms name it: `buyer`, `custom-7`."""
    currency = models.CharField(max_length=3, default="GBP")
    per_order_minor = models.BigIntegerField(_("per order"), null=True)
    per_month_minor = models.BigIntegerField(_("per month"), null=True)
    """Calendar months, in UTC."""

    objects = FencedQuerySet["SpendingLimit"].as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company", "user"], condition=Q(user__isnull=False), name="one_limit_a_person"
            ),
            models.UniqueConstraint(fields=["company", "role"], condition=~Q(role=""), name="one_limit_a_role"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, role="") | (Q(user=None) & ~Q(role="")), name="limit_of_one_of_the_two"
            ),
            models.CheckConstraint(
                condition=Q(per_order_minor__gte=0) | Q(per_month_minor__gte=0), name="limit_limits_something"
            ),
        ]

    def __str__(self) -> str:
        return f"spending_limit:{self.pk}"

    @property
    def per_order(self) -> Money | None:
        return None if self.per_order_minor is None else Money(self.per_order_minor, self.currency)

    @property
    def per_month(self) -> Money | None:
        return None if self.per_month_minor is None else Money(self.per_month_minor, self.currency)


class DeputyQuerySet(FencedQuerySet["Deputy"]):
    def today(self) -> DeputyQuerySet:
        """Those who stand in today, by the database's clock in UTC."""
        return self.filter(starts_on__lte=TODAY, ends_on__gte=TODAY)

    def not_over(self) -> DeputyQuerySet:
        return self.filter(ends_on__gte=TODAY)


class Deputy(models.Model):
    """Who approves for an approver, from one day to another, both included."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="deputies")
    approver = models.ForeignKey(User, models.CASCADE, related_name="+")
    deputy = models.ForeignKey(User, models.CASCADE, related_name="+")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))

    objects = DeputyQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="deputy_days"),
            models.CheckConstraint(condition=~Q(deputy=F("approver")), name="nobody_is_their_own_deputy"),
        ]

    def __str__(self) -> str:
        return f"deputy:{self.pk}"
