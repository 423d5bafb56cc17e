from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.roles import Permission
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.negotiation.enquiries.models import MAX_NOTE, MAX_TITLE, Enquiry
from backend.negotiation.states import Board

FOR_VERIFIED_SELLERS = (
    "closes_at > now() AND EXISTS (SELECT FROM accounts_company AS reader WHERE reader.id = {company}"
    " AND reader.status = 'approved' AND reader.kind IN ('manufacturer', 'distributor'))"
)
"""Every verified seller reads what is asked for as long as it is open; who asks stands in another table."""


class NoticeQuerySet(FencedQuerySet["Notice"]):
    def visible_to(self, actor: Actor) -> NoticeQuerySet:
        """Open ones of others, for those of a verified seller's people who see negotiations."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        verified = Company.objects.verified_sellers().filter(pk=actor.company_id)
        own = Enquiry.objects.scoped(pk=OuterRef("enquiry"), company=actor.company_id)
        return self.scoped(Q(Exists(verified)), ~Q(Exists(own)), closes_at__gt=Now())


class Notice(models.Model):
    """What every verified seller may know of an enquiry that is open to them all: what is wanted, where it goes and
    until when, and not who asks. It says nothing that its enquiry doesn't, and is gone when that has ended.

    `lines` are [variant's number, name, quantity, larger quantities that prices are asked for]; `words` is what is
    searched, in small letters.
    """

    enquiry = models.OneToOneField(Enquiry, models.CASCADE, related_name="notice")
    title = models.CharField(max_length=MAX_TITLE)
    note = models.CharField(max_length=MAX_NOTE, blank=True)
    country = models.CharField(max_length=2)
    """Where the goods go."""
    incoterm = models.CharField(max_length=3, blank=True)
    wanted_on = models.DateField(null=True)
    board = models.CharField(max_length=8, choices=Board.choices)
    lines = models.JSONField(default=list)
    categories = ArrayField(models.BigIntegerField(), default=list)
    words = models.TextField(blank=True)
    opened_at = models.DateTimeField(db_default=Now())
    closes_at = models.DateTimeField()

    of_company_by = "enquiry__company"
    objects = NoticeQuerySet.as_manager()
    row_security = RowSecurity(follow=("enquiry_id", "negotiation_enquiry"), readers=FOR_VERIFIED_SELLERS)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["closes_at"], name="notice_closes")]

    def __str__(self) -> str:
        return f"notice:{self.pk}"


class Pass(models.Model):
    """A seller has looked at an open enquiry and takes no part in it: it no longer stands in his list."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="passes")
    passed_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["Pass"].as_manager()
    row_security = RowSecurity()

    class Meta:
        verbose_name_plural = "passes"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "notice"], name="one_pass_a_seller"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} passes {self.notice_id}"
