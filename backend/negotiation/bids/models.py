from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.core.fences import FencedQuerySet
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity
from backend.negotiation.enquiries.models import EnquiryLine


class Award(models.Model):
    """So much of what an enquiry asked for is ordered of one seller."""

    append_only = True
    of_company_by = "room__seller"

    room = models.ForeignKey("negotiation.Room", models.PROTECT, related_name="awards")
    line = models.ForeignKey(EnquiryLine, models.PROTECT, related_name="awards")
    quantity = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["Award"].as_manager()
    row_security = RowSecurity(company="seller_id", partner="buyer_id", follow=("room_id", "negotiation_room"))

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["room", "line"], name="one_award_a_line_and_seller"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="award_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id} in {self.room_id}"
