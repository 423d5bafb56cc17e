from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.orders.disputes.states import BETWEEN_THEM, ESCALATES_FROM, DisputeReason, Side
from backend.orders.states import UNDER_DISPUTE, Dispute

OF_BOTH_SIDES = RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))
THE_DISPUTES = 1
"""There is one list of disputes that wait for an operator: the topic `disputes:1`."""


class OrderDisputeQuerySet(FencedQuerySet["OrderDispute"]):
    def of_order(self, order_id: int) -> OrderDisputeQuerySet:
        """Of an order of which somebody was asked before whether it may be seen."""
        return self.scoped(order=order_id)

    def open(self) -> OrderDisputeQuerySet:
        return self.filter(status__in=UNDER_DISPUTE)

    def unsettled(self) -> OrderDisputeQuerySet:
        """The two had their days to agree, by the database's clock."""
        return self.filter(status__in=BETWEEN_THEM, escalates_at__lte=Now())

    def ripe(self) -> OrderDisputeQuerySet:
        """Either side may ask the operators to decide."""
        return self.filter(status__in=BETWEEN_THEM, opened_at__lte=Now() - ESCALATES_FROM)


class OrderDispute(models.Model):
    """What a buyer holds against an order that was sent. What was said of it stands on the order's timeline."""

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="disputes")
    nth = models.PositiveSmallIntegerField()
    """Counts the disputes of its order from 1."""
    status = models.CharField(max_length=20, choices=Dispute.choices, default=Dispute.OPEN)
    reason = models.CharField(max_length=20, choices=DisputeReason.choices)
    opened_at = models.DateTimeField(db_default=Now())
    escalates_at = models.DateTimeField(null=True)
    """When the operators are asked by the clock; None: they are, or it is over."""
    decided_for = models.CharField(max_length=10, choices=Side.choices, blank=True)
    """Empty: nobody has decided it."""

    of_company_by = "order__seller"
    objects = OrderDisputeQuerySet.as_manager()
    row_security = OF_BOTH_SIDES

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "nth"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["escalates_at"], condition=Q(status__in=["open", "negotiating"]), name="dispute_escalates_at"
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "nth"], name="dispute_of_order"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=UNDER_DISPUTE), name="one_dispute_is_open"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[each for each in Dispute.values if each != Dispute.NONE]), name="dispute_status"
            ),
            models.CheckConstraint(condition=Q(reason__in=DisputeReason.values), name="dispute_reason"),
            models.CheckConstraint(
                condition=Q(status=Dispute.DECIDED, decided_for__in=Side.values)
                | (~Q(status=Dispute.DECIDED) & Q(decided_for="")),
                name="dispute_decided",
            ),
            models.CheckConstraint(
                condition=Q(status__in=BETWEEN_THEM, escalates_at__isnull=False)
                | (~Q(status__in=BETWEEN_THEM) & Q(escalates_at=None)),
                name="dispute_escalates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order.number}-D{self.nth}"
