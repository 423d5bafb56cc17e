from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity


class CartQuerySet(FencedQuerySet["Cart"]):
    def of_person(self, actor: Actor) -> CartQuerySet:
        """The cart that a person fills for the company that they act for."""
        return self.scoped(company=actor.company_id, user=actor.user_id, standing=None)


class Cart(models.Model):
    """What a person is about to order for a company, from any number of sellers: one cart each.

    One with `standing` is no person's to see: the worker fills and orders it on the days of that standing order.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="carts")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    standing = models.OneToOneField("orders.StandingOrder", models.CASCADE, null=True, related_name="+")
    version = models.BigIntegerField(default=0)

    objects = CartQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "user"], condition=Q(standing=None), name="one_cart_a_person"),
        ]

    def __str__(self) -> str:
        return f"cart:{self.pk}"

    @property
    def checkout(self) -> str:
        """The subject of what is reserved for it."""
        return f"checkout:{self.pk}"


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="+")
    quantity = models.BigIntegerField()
    added_at = models.DateTimeField(db_default=Now())

    of_company_by = "cart__company"
    objects = FencedQuerySet["CartLine"].as_manager()
    row_security = RowSecurity(follow=("cart_id", "orders_cart"))

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cart", "sku"], name="one_line_a_sku"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="cart_line_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id}"

    @property
    def code(self) -> str:
        return self.sku.code
