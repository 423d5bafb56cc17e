"""What a person asks to order. It is the buying company's alone: no seller ever reads a row of it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.accounts.roles import Permission
from backend.catalog.models import Sku
from backend.catalog.pricing.reasons import Reason, read
from backend.core.fences import FencedQuerySet
from backend.core.money import Money, UnitPrice
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity
from backend.negotiation.models import Room
from backend.orders.requisitions.states import RequisitionState

SEEN_BY = frozenset({Permission.ORDERS_PLACE, Permission.ORDERS_APPROVE, Permission.ORDERS_RULE})
OF_ITS_REQUISITION = RowSecurity(follow=("requisition_id", "orders_requisition"))


class RequisitionQuerySet(FencedQuerySet["Requisition"]):
    def visible_to(self, actor: Actor) -> RequisitionQuerySet:
        """Those of the company's people see it who order, approve, or say what needs an approval."""
        return self.of_company(actor.company_id) if SEEN_BY & actor.permissions else self.none()

    def pending(self) -> RequisitionQuerySet:
        """Those that can still be decided, by the database's clock: one that has lapsed can't, swept or not."""
        return self.filter(state=RequisitionState.PENDING, expires_at__gt=Now())

    def with_all(self) -> RequisitionQuerySet:
        """With what lists and screens show: four queries more."""
        steps = ApprovalStep.objects.across_companies(why="each hangs on a request that was found by its company")
        people = steps.select_related("approver", "decided_by", "decided_for")
        return self.select_related("buyer", "order").prefetch_related(
            "lines__seller", models.Prefetch("steps", people.order_by("turn", "pk"))
        )

    def lapsed(self) -> RequisitionQuerySet:
        return self.filter(state=RequisitionState.PENDING, expires_at__lte=Now())


class Requisition(models.Model):
    """A cart as it was when its buyer asked for it: prices, tax and address frozen, the goods held."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="requisitions")
    buyer = models.ForeignKey(User, models.PROTECT, related_name="+")
    """Who asks."""
    state = models.CharField(max_length=12, choices=RequisitionState.choices, default=RequisitionState.PENDING)
    po_number = models.CharField(_("PO number"), max_length=40, blank=True)
    requested_on = models.DateField(_("wanted on"), null=True)
    note = models.CharField(_("note to the seller"), max_length=1000, blank=True)
    only_whole = models.BooleanField(default=False)
    ship_to = models.JSONField(default=dict)
    bill_to = models.JSONField(default=dict)
    """Empty: where the goods go."""
    methods = models.JSONField(default=dict)
    """How each seller is to be paid, by his key, where the buyer chose."""
    asked_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    """Why it was rejected."""
    room = models.ForeignKey(Room, models.PROTECT, null=True, related_name="requisitions")
    """The negotiation in which somebody would accept an offer, or (with `terms`) make one; `answers` names the offer
    that they saw. Its freight is beside its lines."""
    answers = models.PositiveIntegerField(default=0)
    terms = models.JSONField(default=dict)
    freight_minor = models.BigIntegerField(default=0)
    freight_tax_minor = models.BigIntegerField(default=0)
    order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="requisitions")
    """The order that would be changed: so, as `change` says (amendments/asking/keeping.py), or as the seller proposes,
    whose change `agrees_to` is."""
    change = models.JSONField(default=dict)
    agrees_to = models.ForeignKey("orders.Amendment", models.PROTECT, null=True, related_name="requisitions")
    group = models.OneToOneField("orders.OrderGroup", models.PROTECT, null=True, related_name="requisition")
    """The orders that it became."""
    version = models.BigIntegerField(default=1)

    objects = RequisitionQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=RequisitionState.values), name="requisition_state"),
            models.CheckConstraint(
                condition=~Q(state=RequisitionState.APPROVED) | Q(group__isnull=False),
                name="approved_is_ordered",
            ),
            models.UniqueConstraint(
                fields=["room"], condition=Q(state=RequisitionState.PENDING), name="one_requisition_a_room"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state=RequisitionState.PENDING), name="one_requisition_an_order"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "-asked_at"], name="requisition_of_company"),
            models.Index(
                fields=["expires_at"], condition=Q(state=RequisitionState.PENDING), name="requisition_expires"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_offer(self) -> bool:
        """Whether it is an offer that would be made, instead of an order."""
        return bool(self.terms)

    @property
    def is_of_cart(self) -> bool:
        """Otherwise it is about an offer, or a change of an order."""
        return self.room_id is None and self.order_id is None

    @property
    def subject(self) -> str:
        """What its holds and its events are about."""
        return f"requisition:{self.pk}"


class RequisitionLine(models.Model):
    """So many units of sale of one SKU, as they were named and priced when they were asked for."""

    requisition = models.ForeignKey(Requisition, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    seller = models.ForeignKey(Company, models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    unit_of_sale = models.CharField(max_length=10)
    quantity = models.BigIntegerField()
    ordered = models.BigIntegerField(default=0)
    """How many of them are on the order already that would be changed."""
    currency = models.CharField(max_length=3)
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4)
    price_reason = models.JSONField(default=dict)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    is_held = models.BooleanField(default=True)
    """Otherwise it is more than one company may hold, and is ordered if it is still there."""

    of_company_by = "requisition__company"
    objects = FencedQuerySet["RequisitionLine"].as_manager()
    row_security = OF_ITS_REQUISITION

    class Meta:
        ordering: ClassVar[list[str]] = ["requisition", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["requisition", "sku"], name="requisition_line_sku"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="requisition_line_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.code}"

    @property
    def unit_price(self) -> UnitPrice:
        return UnitPrice(self.unit_price_minor, self.currency)

    @property
    def reason(self) -> Reason:
        """Why it costs that."""
        return read(self.price_reason)

    @property
    def net(self) -> Money:
        return self.unit_price.times(self.quantity)


class ApprovalStep(models.Model):
    """One approval that a requisition needs: by whom and why, as the rules were when it was asked for."""

    requisition = models.ForeignKey(Requisition, models.CASCADE, related_name="steps")
    turn = models.PositiveSmallIntegerField()
    approver = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    """None: anybody in the company who may approve."""
    reasons = models.JSONField(default=list)
    """As rules/wording.py writes and reads them."""
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """Whose deputy decided."""
    decided_at = models.DateTimeField(null=True)

    of_company_by = "requisition__company"
    objects = FencedQuerySet["ApprovalStep"].as_manager()
    row_security = OF_ITS_REQUISITION

    class Meta:
        ordering: ClassVar[list[str]] = ["requisition", "turn", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="approval_step_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"approval_step:{self.pk}"
