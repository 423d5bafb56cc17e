"""What a seller's people say and offer again and again: words with gaps, and terms to begin an offer with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.negotiation.states import Incoterm

MAX_TITLE, MAX_TEXT, MAX_NOTE, MAX_VALID_DAYS = 60, 2_000, 1_000, 90


class CannedReply(models.Model):
    """A message to be sent again, with gaps such as {buyer} (filling.py says which)."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    text = models.CharField(_("text"), max_length=MAX_TEXT)

    objects = FencedQuerySet["CannedReply"].as_manager()
    row_security = RowSecurity()

    class Meta:
        verbose_name_plural = "canned replies"
        ordering: ClassVar[list[str]] = ["company", "title"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "title"], name="one_canned_reply_a_title"),
        ]

    def __str__(self) -> str:
        return self.title


class OfferTemplate(models.Model):
    """Terms that an offer may begin with. `percent_off` what the buyer pays otherwise; None: prices are typed."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    percent_off = models.DecimalField(_("percent off"), max_digits=5, decimal_places=2, null=True)
    freight_minor = models.BigIntegerField(_("freight"), default=0)
    incoterm = models.CharField(max_length=3, choices=Incoterm.choices, blank=True)
    net_days = models.PositiveSmallIntegerField(_("payment within days"), default=30)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time in days"), null=True)
    valid_days = models.PositiveSmallIntegerField(_("valid for days"), default=14)
    holds_stock = models.BooleanField(_("hold the stock"), default=False)
    note = models.CharField(_("what to say with it"), max_length=MAX_NOTE, blank=True)

    objects = FencedQuerySet["OfferTemplate"].as_manager()
    row_security = RowSecurity()

    class Meta:
        ordering: ClassVar[list[str]] = ["company", "title"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "title"], name="one_offer_template_a_title"),
            models.CheckConstraint(condition=Q(freight_minor__gte=0), name="offer_template_freight"),
            models.CheckConstraint(condition=Q(incoterm__in=["", *Incoterm.values]), name="offer_template_incoterm"),
            models.CheckConstraint(
                condition=Q(percent_off=None) | Q(percent_off__gte=0, percent_off__lt=100),
                name="offer_template_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.title
