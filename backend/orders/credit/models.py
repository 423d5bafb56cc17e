"""On which terms a seller lets companies order: in general, and each of those with whom he has agreed something."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity

NET_DAYS = 30


class PaymentMethod(models.TextChoices):
    ON_ACCOUNT = "on_account", _("On account")
    PREPAID = "prepaid", _("Bank transfer in advance")


class CreditPolicy(models.Model):
    """A seller's terms for buyers with whom nothing is agreed. Who never said has the defaults."""

    company = models.OneToOneField(Company, models.CASCADE, primary_key=True, related_name="credit_policy")
    on_account = models.BooleanField(_("may order on account"), default=True)
    limit_minor = models.BigIntegerField(_("credit limit"), null=True)
    """None: no limit."""
    currency = models.CharField(max_length=3, default="GBP")
    net_days = models.PositiveSmallIntegerField(_("net days"), default=NET_DAYS, validators=[MinValueValidator(1)])

    objects = FencedQuerySet["CreditPolicy"].as_manager()

    class Meta:
        verbose_name_plural = "credit policies"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(limit_minor=None) | Q(limit_minor__gte=0), name="credit_policy_limit"),
        ]

    def __str__(self) -> str:
        return f"credit_policy of {self.company_id}"


class CreditAccount(models.Model):
    """What one buyer may owe one seller in one currency; the two read it. What is owed is the sum of the orders'."""

    seller = models.ForeignKey(Company, models.CASCADE, related_name="credit_given")
    buyer = models.ForeignKey(Company, models.CASCADE, related_name="credit_taken")
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField(null=True)
    """None: as the seller's policy has it."""
    net_days = models.PositiveSmallIntegerField(null=True)
    is_stopped = models.BooleanField(default=False)

    of_company_by = "seller"
    objects = FencedQuerySet["CreditAccount"].as_manager()
    row_security = RowSecurity(company="seller_id", partner="buyer_id")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["seller", "buyer", "currency"], name="one_credit_account_a_currency"),
            models.CheckConstraint(condition=Q(limit_minor=None) | Q(limit_minor__gte=0), name="credit_limit"),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="nobody_owes_themselves"),
        ]

    def __str__(self) -> str:
        return f"credit_account:{self.pk}"
