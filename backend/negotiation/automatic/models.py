"""What a seller lets the market answer by itself, and what came of it. All of it is the seller's alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company, User
from backend.catalog.models import Category, Sku
from backend.core.fences import FencedQuerySet
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity

MAX_NAME, MAX_WHY = 60, 300
MAX_VALID_DAYS, MAX_A_DAY = 30, 1_000


class AnswerRule(models.Model):
    """Enquiries that are answered by themselves: every line of a SKU, a category, or (neither named) anything, in a
    quantity within the band, at so many percent off what this buyer pays. As whoever set it up."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="answer_rules")
    name = models.CharField(_("name"), max_length=MAX_NAME)
    sku = models.ForeignKey(Sku, models.CASCADE, null=True, related_name="+")
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="+")
    min_quantity = models.BigIntegerField(_("from"), default=1)
    max_quantity = models.BigIntegerField(_("to"))
    percent_off = models.DecimalField(_("percent off"), max_digits=5, decimal_places=2, default=0)
    valid_days = models.PositiveSmallIntegerField(_("valid for days"), default=7)
    net_days = models.PositiveSmallIntegerField(_("payment within days"), default=30)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time in days"), null=True)
    holds_stock = models.BooleanField(_("hold the stock"), default=False)
    per_day = models.PositiveSmallIntegerField(_("answers a day at most"), default=50)
    is_on = models.BooleanField(default=True)
    set_up_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = FencedQuerySet["AnswerRule"].as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "name"], name="one_answer_rule_a_name"),
            models.CheckConstraint(condition=Q(sku=None) | Q(category=None), name="answer_rule_of_one_thing"),
            models.CheckConstraint(
                condition=Q(min_quantity__gte=1, max_quantity__lte=MAX_QUANTITY, max_quantity__gte=F("min_quantity")),
                name="answer_rule_band",
            ),
            models.CheckConstraint(condition=Q(percent_off__gte=0, percent_off__lt=100), name="answer_rule_percent"),
        ]

    def __str__(self) -> str:
        return self.name


class Outcome(models.TextChoices):
    """What came of an enquiry that could have been answered by itself."""

    ANSWERED = "answered", _("Answered")
    NO_RULE = "no_rule", _("No rule covers all of its lines")
    PERSON = "person", _("A person was faster")
    CAP = "cap", _("Enough for one day")
    FLOOR = "floor", _("Below your lowest price")
    NO_PRICE = "no_price", _("Something has no price for this buyer")
    NOBODY = "nobody", _("Whoever set the rule up may not any more")
    REFUSED = "refused", _("It could not be offered")


class AnswerRun(models.Model):
    """That an enquiry was looked at, once, and what came of it."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    room = models.OneToOneField("negotiation.Room", models.CASCADE, related_name="+")
    rule = models.ForeignKey(AnswerRule, models.SET_NULL, null=True, related_name="runs")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    why = models.CharField(max_length=MAX_WHY, blank=True)
    """What was said where it could not be offered."""
    revision = models.PositiveIntegerField(null=True)
    """The number of the offer that it made."""
    ran_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["AnswerRun"].as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="answer_run_outcome"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-ran_at"], name="answer_run_of_company"),
            models.Index(fields=["rule", "-ran_at"], condition=Q(outcome="answered"), name="answer_run_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}: {self.outcome}"
