from __future__ import annotations

import hashlib
import json
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity


class SheetQuerySet(FencedQuerySet["ListSheet"]):
    def of_person(self, actor: Actor) -> SheetQuerySet:
        """What somebody sent for lists of the company that they act for."""
        return self.scoped(company_id=actor.company_id, actor_id=actor.user_id)


class ListSheet(models.Model):
    """A table that somebody sent for a price list and that is not written yet; the next one takes its place.

    `rows` count as the spreadsheet counts them, from 1; `header_row` is 0 where there are no titles.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    price_list = models.ForeignKey("catalog.PriceList", models.CASCADE, related_name="sheets")
    actor_id = models.BigIntegerField()
    rows = models.JSONField(default=list)
    header_row = models.IntegerField(default=0)
    mapping = models.JSONField(default=dict)
    """Field -> the column that it is read from, counted from 0."""
    decimal_comma = models.BooleanField(default=False)
    replaces = models.BooleanField(default=False)
    """Whether what the table does not name is taken out of the list."""
    sent_at = models.DateTimeField(db_default=Now())

    objects = SheetQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["price_list", "actor_id"], name="one_sheet_a_person"),
        ]

    def __str__(self) -> str:
        return f"{len(self.rows)} rows for {self.price_list_id}"

    @property
    def mark(self) -> str:
        """Another table, or the same one read otherwise, has another."""
        said = [self.pk, sorted(self.mapping.items()), self.decimal_comma, self.replaces]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]

    @property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)

    @property
    def titles(self) -> list[str]:
        """One for each column; "" where nothing stands above it."""
        header = self.rows[self.header_row - 1] if self.header_row else []
        return [*header, *[""] * (self.width - len(header))]
