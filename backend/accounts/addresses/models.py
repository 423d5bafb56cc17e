"""A company's address book: where its goods and its bills go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity

LENGTHS: Mapping[str, int] = {
    "name": 60, "recipient": 80, "street": 120, "city": 80, "postcode": 12, "contact": 120, "note": 200,
}  # fmt: skip
"""How long each of its texts may be."""
PRINTED = ("recipient", "street", "city", "postcode", "country", "contact", "note")
"""What an order says of an address, in that order."""


class Use(models.TextChoices):
    DELIVERY = "delivery", _("Deliveries")
    BILLING = "billing", _("Bills")


class AddressQuerySet(FencedQuerySet["Address"]):
    def visible_to(self, actor: Actor) -> AddressQuerySet:
        """Where a company is to be found is known to its own people."""
        return self.of_company(actor.company_id)

    def in_order(self) -> AddressQuerySet:
        """That which is chosen by itself comes first."""
        return self.order_by("-is_default", Lower("name"), "pk")


class Address(models.Model):
    """Where goods, or bills, of a company go. An order freezes its words: they stay when it is changed or gone."""

    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="addresses")
    use = models.CharField(max_length=10, choices=Use.choices)
    name = models.CharField(max_length=LENGTHS["name"])
    recipient = models.CharField(max_length=LENGTHS["recipient"])
    street = models.CharField(max_length=LENGTHS["street"])
    city = models.CharField(max_length=LENGTHS["city"])
    postcode = models.CharField(max_length=LENGTHS["postcode"])
    country = models.CharField(max_length=2)
    contact = models.CharField(max_length=LENGTHS["contact"], blank=True)
    note = models.CharField(max_length=LENGTHS["note"], blank=True)
    """When it is open, and what whoever delivers should know."""
    is_default = models.BooleanField(default=False)
    version = models.BigIntegerField(default=1)

    objects = AddressQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        verbose_name_plural = "addresses"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("company", "use", Lower("name"), name="one_address_of_a_name"),
            models.UniqueConstraint(
                fields=["company", "use"], condition=Q(is_default=True), name="one_default_address"
            ),
            models.CheckConstraint(condition=Q(use__in=Use.values), name="address_use"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def printed(self) -> Mapping[str, str]:
        """As an order freezes it."""
        return {name: text for name in PRINTED if (text := getattr(self, name))}
