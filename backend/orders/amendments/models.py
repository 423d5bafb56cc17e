from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company, User
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.money import Money, UnitPrice
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity
from backend.orders.amendments.states import AmendmentKind, AmendmentState
from backend.orders.states import Commercial

OF_BOTH_SIDES = RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))


class AmendmentQuerySet(FencedQuerySet["Amendment"]):
    def of_order(self, order_id: int) -> AmendmentQuerySet:
        """Of an order of which somebody was asked before whether it may be seen."""
        return self.scoped(order=order_id)

    def open(self) -> AmendmentQuerySet:
        return self.filter(state=AmendmentState.OPEN)

    def overdue(self) -> AmendmentQuerySet:
        """Not answered in time, by the database's clock."""
        return self.open().filter(answer_by__lte=Now())


class Amendment(models.Model):
    """What one side would change of an order; the other answers, or it is withdrawn. One of them is open at a time.

    A cancellation only takes units off. `was` is how the order stood, and goes on. Amounts are those of the order,
    payable before and after, as both sides read them before they decide. `version` is the order's at the last step.
    """

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="amendments")
    kind = models.CharField(max_length=12, choices=AmendmentKind.choices)
    state = models.CharField(max_length=10, choices=AmendmentState.choices, default=AmendmentState.OPEN)
    was = models.CharField(max_length=20, choices=Commercial.choices)
    proposed_by = models.ForeignKey(Company, models.PROTECT, related_name="+")
    actor_id = models.BigIntegerField(null=True)
    bought_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """Who stands for it on the buyer's side: what the order rises by is of their spending limit."""
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True)
    requested_on = models.DateField(null=True)
    ship_to = models.JSONField(default=dict)
    old_net_minor = models.BigIntegerField()
    old_tax_minor = models.BigIntegerField()
    new_net_minor = models.BigIntegerField()
    new_tax_minor = models.BigIntegerField()
    version = models.BigIntegerField(default=0)
    proposed_at = models.DateTimeField(db_default=Now())
    answer_by = models.DateTimeField()
    """Until then the other side may answer; after that the order goes on as it was."""
    answered_at = models.DateTimeField(null=True)

    of_company_by = "order__seller"
    objects = AmendmentQuerySet.as_manager()
    row_security = OF_BOTH_SIDES

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order"], condition=Q(state="open"), name="one_open_amendment"),
            models.CheckConstraint(condition=Q(kind__in=AmendmentKind.values), name="amendment_kind"),
            models.CheckConstraint(condition=Q(state__in=AmendmentState.values), name="amendment_state"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["answer_by"], condition=Q(state="open"), name="amendment_answer_by"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} of {self.order_id}: {self.state}"

    @property
    def more(self) -> Money:
        """By how much what is payable would rise, tax included."""
        old, new = self.old_net_minor + self.old_tax_minor, self.new_net_minor + self.new_tax_minor
        return Money(new - old, self.order.currency)


class AmendmentLine(models.Model):
    """So many units of one SKU are to be delivered instead of `before`. Without a line of the order it is a new one.

    An order's line keeps the price that was frozen; a new one has today's price of this buyer.
    """

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", models.PROTECT, null=True, related_name="+")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    before = models.BigIntegerField(default=0)
    after = models.BigIntegerField()
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4)
    price_reason = models.JSONField(default=dict)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    old_net_minor = models.BigIntegerField(default=0)
    new_net_minor = models.BigIntegerField()

    of_company_by = "amendment__order__seller"
    objects = FencedQuerySet["AmendmentLine"].as_manager()
    row_security = RowSecurity(company="", follow=("amendment_id", "orders_amendment"))

    class Meta:
        ordering: ClassVar[list[str]] = ["amendment", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["amendment", "sku", "line"], name="amendment_line_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(before__gte=0, after__range=(0, MAX_QUANTITY)) & ~Q(before=F("after")),
                name="amendment_line_changes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} to {self.after} of {self.code}"

    def price_in(self, currency: str) -> UnitPrice:
        return UnitPrice(self.unit_price_minor, currency)
