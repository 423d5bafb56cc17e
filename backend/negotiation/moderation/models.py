from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.negotiation.moderation.states import Reason, ReportStatus

MAX_WORDS = 1_000
THE_REPORTS = 1
"""There is one list of them."""


class ReportQuerySet(FencedQuerySet["Report"]):
    def visible_to(self, actor: Actor) -> ReportQuerySet:
        """A report is known to the company that made it; the other one never learns who did."""
        return self.of_company(actor.company_id)

    def open(self) -> ReportQuerySet:
        return self.filter(status=ReportStatus.OPEN)

    def decided(self) -> ReportQuerySet:
        return self.exclude(status=ReportStatus.OPEN)

    def with_what_was_said(self) -> ReportQuerySet:
        return self.select_related("company", "made_by", "about", "decided_by", "entry", "room__enquiry")


class Report(models.Model):
    """A company tells the market's operators of a message, or without one of how the other company behaves in a room;
    and what they decided, who of them, and why."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    about = models.ForeignKey(Company, models.PROTECT, related_name="+")
    room = models.ForeignKey("negotiation.Room", models.PROTECT, related_name="reports")
    entry = models.ForeignKey("negotiation.Entry", models.PROTECT, null=True, related_name="reports")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    words = models.CharField(max_length=MAX_WORDS, blank=True)
    status = models.CharField(max_length=10, choices=ReportStatus.choices, default=ReportStatus.OPEN)
    made_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_why = models.CharField(max_length=MAX_WORDS, blank=True)

    objects = ReportQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company", "room", "entry"],
                condition=Q(status="open"),
                nulls_distinct=False,
                name="reported_once_until_it_is_decided",
            ),
            models.CheckConstraint(condition=Q(status__in=ReportStatus.values), name="report_status"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="report_reason"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["status", "-made_at"], name="report_status_at")]

    def __str__(self) -> str:
        return f"{self.room_id} {self.reason}"

    @property
    def subject(self) -> str:
        return f"report:{self.pk}"


class Block(models.Model):
    """A company wants no enquiries, messages and offers from another. What they have ordered of each other stays."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Company, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["Block"].as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "blocked"], name="blocked_once"),
            models.CheckConstraint(condition=~Q(company=F("blocked")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} blocks {self.blocked_id}"
