from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.inventory.models import Warehouse
from backend.orders.returns.states import COUNTED_AS, DUE_AFTER, OPEN, Outcome, ReturnStatus
from backend.orders.states import UNDER_DISPUTE

OF_BOTH_SIDES = RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))


class ReturnQuerySet(FencedQuerySet["Return"]):
    def of_order(self, order_id: int) -> ReturnQuerySet:
        """Of an order of which somebody was asked before whether it may be seen."""
        return self.scoped(order=order_id)

    def visible_to(self, actor: Actor) -> ReturnQuerySet:
        """Whoever sees an order sees what comes back of it."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        return self.scoped(Q(order__seller=actor.company_id) | Q(order__buyer=actor.company_id))

    def open(self) -> ReturnQuerySet:
        return self.filter(status__in=OPEN)

    def overdue(self) -> ReturnQuerySet:
        """Not answered, not sent or not all there in time, by the database's clock; not as long as its order is
        disputed."""
        return self.filter(status__in=DUE_AFTER, due_at__lte=Now()).exclude(order__dispute__in=UNDER_DISPUTE)


class Return(models.Model):
    """Goods that the buyer sends back of one order, in one go. What it refunded is said once it is resolved.

    `version` is the order's at the return's last step.
    """

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="returns")
    nth = models.PositiveSmallIntegerField()
    """Counts the returns of its order from 1."""
    status = models.CharField(max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.REQUESTED)
    reason = models.CharField(_("reason"), max_length=200)
    answer = models.CharField(_("answer"), max_length=200, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, null=True, related_name="+")
    """Where it was received last; all that nobody has looked at lies there."""
    short_reason = models.CharField(max_length=200, blank=True)
    """Why the rest of it is not expected any more."""
    looks = models.PositiveSmallIntegerField(default=0)
    """How often goods of it were looked at."""
    refund_net_minor = models.BigIntegerField(default=0)
    refund_tax_minor = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    requested_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True)
    """When it changes by itself, or both are reminded of it; None: it doesn't (any more)."""
    reminded_at = models.DateTimeField(null=True)
    """When both were, since something of it came, or the buyer said that it is on its way."""

    of_company_by = "order__seller"
    objects = ReturnQuerySet.as_manager()
    row_security = OF_BOTH_SIDES

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "nth"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["due_at"],
                condition=Q(status__in=["requested", "approved", "in_transit", "partly_received"]),
                name="return_due_at",
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "nth"], name="return_of_order"),
            models.CheckConstraint(condition=Q(status__in=ReturnStatus.values), name="return_status"),
            models.CheckConstraint(
                condition=Q(refund_net_minor__gte=0, refund_tax_minor__gte=0),
                name="return_refunds_no_less_than_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{self.order.number}-R{self.nth}"


class ReturnLine(models.Model):
    """So many units of one line of the order that are to come back, and what became of them.

    Each of them was received, is missing (the seller no longer expects it), or is still expected; of what was received
    the inspection says how much was restocked, refunded, replaced or rejected: all of it, once it was looked at.
    """

    of_return = models.ForeignKey(Return, models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    restocked = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    replaced = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)

    of_company_by = "of_return__order__seller"
    objects = FencedQuerySet["ReturnLine"].as_manager()
    row_security = RowSecurity(company="", follow=("of_return_id", "orders_return"))

    class Meta:
        ordering: ClassVar[list[str]] = ["of_return", "line__position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["of_return", "line"], name="once_in_a_return"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_returns"),
            models.CheckConstraint(
                condition=Q(received__gte=0, missing__gte=0, quantity__gte=F("received") + F("missing")),
                name="return_line_received",
            ),
            models.CheckConstraint(
                condition=Q(restocked__gte=0, refunded__gte=0, replaced__gte=0, rejected__gte=0)
                & Q(received__gte=F("restocked") + F("refunded") + F("replaced") + F("rejected")),
                name="return_line_inspected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"

    @property
    def expected(self) -> int:
        """Still to come."""
        return self.quantity - self.received - self.missing

    @property
    def uninspected(self) -> int:
        """Received, and nobody has said what becomes of them."""
        return self.received - sum(self.outcomes.values())

    @property
    def outcomes(self) -> Mapping[Outcome, int]:
        return {outcome: getattr(self, name) for outcome, name in COUNTED_AS.items()}

    @property
    def taken_back(self) -> int:
        return self.restocked + self.refunded + self.replaced
