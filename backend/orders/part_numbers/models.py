"""What a buyer calls a seller's SKU in their own books."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.roles import Permission
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity

MOST_NUMBER = 40


class PartNumberQuerySet(FencedQuerySet["PartNumber"]):
    def visible_to(self, actor: Actor) -> PartNumberQuerySet:
        """What a company calls things is known to those of its people who see its orders."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        return self.of_company(actor.company_id)

    def narrowed(self, text: str) -> PartNumberQuerySet:
        """Whose number, SKU or product contains the text; empty: all."""
        named = Q(number__icontains=text) | Q(sku__code__icontains=text) | Q(sku__product__name__icontains=text)
        return self.filter(named) if text else self


class PartNumber(models.Model):
    """One for a SKU; the same one may stand for several sellers' SKUs, who sell the same thing.

    Its seller reads it where it is frozen: on the lines of an order.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="part_numbers")
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="+")
    number = models.CharField(max_length=MOST_NUMBER)

    objects = PartNumberQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "sku"], name="one_part_number_a_sku"),
            models.CheckConstraint(condition=~Q(number=""), name="part_number_says_something"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index("company", Upper("number"), name="part_number_exact")]

    def __str__(self) -> str:
        return self.number
