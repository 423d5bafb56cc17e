from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.accounts.roles import Permission
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.money import UnitPrice
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity

MAX_NAME = 80


class OrderTemplateQuerySet(FencedQuerySet["OrderTemplate"]):
    def visible_to(self, actor: Actor) -> OrderTemplateQuerySet:
        """One's own, and those that are shared in the company, for whoever sees its orders."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        return self.scoped(Q(is_shared=True) | Q(made_by=actor.user_id), company=actor.company_id)


class OrderTemplate(models.Model):
    """A named list of what a company orders again and again: its maker's alone, or shared in the company."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=MAX_NAME)
    is_shared = models.BooleanField(_("shared in the company"), default=False)
    version = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())

    objects = OrderTemplateQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "made_by", "name"], name="one_template_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateLine(models.Model):
    """So many of a SKU, with its code, its name and its buyer's price as they were when the line was written."""

    template = models.ForeignKey(OrderTemplate, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="+")
    quantity = models.BigIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)

    of_company_by = "template__company"
    objects = FencedQuerySet["TemplateLine"].as_manager()
    row_security = RowSecurity(follow=("template_id", "orders_ordertemplate"))

    class Meta:
        ordering: ClassVar[list[str]] = ["template", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["template", "sku"], name="once_in_a_template"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="template_line_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.code}"

    @property
    def unit_price(self) -> UnitPrice | None:
        return None if self.unit_price_minor is None else UnitPrice(self.unit_price_minor, self.currency)
