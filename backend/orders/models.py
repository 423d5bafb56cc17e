from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company, User
from backend.accounts.roles import Permission
from backend.catalog.models import Sku
from backend.core.fences import FencedQuerySet
from backend.core.money import Money, UnitPrice
from backend.core.numbers import drawn_number
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import RowSecurity
from backend.negotiation.models import Revision
from backend.orders.amendments.models import Amendment, AmendmentLine
from backend.orders.carts.models import Cart, CartLine
from backend.orders.credit.models import NET_DAYS, CreditAccount, CreditPolicy, PaymentMethod
from backend.orders.disputes.models import OrderDispute
from backend.orders.documents.models import CheckoutDocument, OrderDocument
from backend.orders.part_numbers.models import PartNumber
from backend.orders.quick.models import QuickLine, QuickPad
from backend.orders.reordering.models import OrderTemplate, TemplateLine
from backend.orders.requisitions.models import ApprovalStep, Requisition, RequisitionLine
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.rules.models import ApprovalRule, Deputy, SpendingLimit
from backend.orders.standing.models import StandingOrder, StandingRun
from backend.orders.states import UNDER_DISPUTE, Axis, Commercial, Dispute, Fulfilment, Payment, Step

__all__ = [
    "Amendment",
    "AmendmentLine",
    "ApprovalRule",
    "ApprovalStep",
    "Cart",
    "CartLine",
    "CheckoutDocument",
    "CreditAccount",
    "CreditPolicy",
    "Deputy",
    "Order",
    "OrderDispute",
    "OrderDocument",
    "OrderEntry",
    "OrderGroup",
    "OrderLine",
    "OrderQuerySet",
    "OrderTemplate",
    "PartNumber",
    "QuickLine",
    "QuickPad",
    "Requisition",
    "RequisitionLine",
    "Return",
    "ReturnLine",
    "SpendingLimit",
    "StandingOrder",
    "StandingRun",
    "TemplateLine",
]

OF_ITS_ORDER = RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))
"""Both companies that trade read and write it, and nobody else."""


def new_number() -> str:
    """An order's number. It counts nothing: nobody learns from theirs how much a seller sells."""
    return drawn_number()


class OrderGroup(models.Model):
    """What was placed in one go: one order for each seller."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="order_groups")
    placed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    placed_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["OrderGroup"].as_manager()
    row_security = RowSecurity()

    def __str__(self) -> str:
        return f"order_group:{self.pk}"


class OrderQuerySet(FencedQuerySet["Order"]):
    def visible_to(self, actor: Actor) -> OrderQuerySet:
        """An order is the business of the two companies that trade: of those of their people who see orders."""
        if actor.company_id is None or not actor.may(Permission.ORDERS_VIEW):
            return self.none()
        return self.scoped(Q(seller=actor.company_id) | Q(buyer=actor.company_id))

    def bought_by(self, company_id: int) -> OrderQuerySet:
        return self.scoped(buyer=company_id)

    def sold_by(self, company_id: int) -> OrderQuerySet:
        return self.scoped(seller=company_id)

    def narrowed(self, status: str, text: str) -> OrderQuerySet:
        """Those that stand so, and whose number, PO number or partner contains the text; empty: all."""
        named = Q(number__icontains=text) | Q(po_number__icontains=text)
        found = self.filter(named | Q(seller__name__icontains=text) | Q(buyer__name__icontains=text)) if text else self
        return found.filter(commercial=status) if status else found

    def due_to_close(self) -> OrderQuerySet:
        """Completed, some days ago by the database's clock, not disputed, and nothing of them is on its way back."""
        coming_back = Return.objects.scoped(order=OuterRef("pk")).open()
        done = self.filter(commercial=Commercial.COMPLETED, closes_at__lte=Now())
        return done.filter(~Exists(coming_back), ~Q(dispute__in=UNDER_DISPUTE))

    def with_parties(self) -> OrderQuerySet:
        return self.select_related("seller", "buyer", "agreement")


class Order(models.Model):
    """What one company buys of one seller. Everything that it says was frozen when it was placed.

    Amounts are in minor units of `currency`; `net_minor` and `tax_minor` are the sums of the lines' and the
    freight, `reduced_…` what has been taken off since: cancelled, or sent back and refunded. What is left is `payable`.
    """

    group = models.ForeignKey(OrderGroup, models.PROTECT, related_name="orders")
    seller = models.ForeignKey(Company, models.PROTECT, related_name="sales")
    buyer = models.ForeignKey(Company, models.PROTECT, related_name="purchases")
    number = models.CharField(max_length=12, unique=True, default=new_number)
    commercial = models.CharField(max_length=20, choices=Commercial.choices, default=Commercial.PLACED)
    fulfilment = models.CharField(max_length=20, choices=Fulfilment.choices, default=Fulfilment.NONE)
    payment = models.CharField(max_length=20, choices=Payment.choices, default=Payment.NOT_DUE)
    dispute = models.CharField(max_length=20, choices=Dispute.choices, default=Dispute.NONE)
    currency = models.CharField(max_length=3)
    rounding = models.CharField(max_length=20)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    reduced_net_minor = models.BigIntegerField(default=0)
    reduced_tax_minor = models.BigIntegerField(default=0)
    freight_minor = models.BigIntegerField(default=0)
    freight_tax_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    """What was paid of it, tax included, before it rose: while it is partly paid."""
    agreement = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="orders")
    """The offer that was accepted, where it was negotiated."""
    po_number = models.CharField(_("PO number"), max_length=40, blank=True)
    requested_on = models.DateField(_("wanted on"), null=True)
    note = models.CharField(_("note to the seller"), max_length=1000, blank=True)
    only_whole = models.BooleanField(default=False)
    """The buyer wants it in one go: no part of it leaves alone."""
    ship_to = models.JSONField(default=dict)
    bill_to = models.JSONField(default=dict)
    method = models.CharField(max_length=12, choices=PaymentMethod.choices, default=PaymentMethod.ON_ACCOUNT)
    net_days = models.PositiveSmallIntegerField(default=NET_DAYS)
    """0: paid in advance."""
    accept_by = models.DateTimeField()
    closes_at = models.DateTimeField(null=True)
    """Until then goods can be sent back; nothing, as long as it is not completed."""
    placed_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)
    last_seq = models.BigIntegerField(default=0)

    of_company_by = "seller"
    objects = OrderQuerySet.as_manager()
    row_security = RowSecurity(company="seller_id", partner="buyer_id")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(commercial__in=Commercial.values), name="order_commercial"),
            models.CheckConstraint(condition=Q(fulfilment__in=Fulfilment.values), name="order_fulfilment"),
            models.CheckConstraint(condition=Q(payment__in=Payment.values), name="order_payment"),
            models.CheckConstraint(condition=Q(method__in=PaymentMethod.values), name="order_method"),
            models.CheckConstraint(condition=Q(dispute__in=Dispute.values), name="order_dispute"),
            models.CheckConstraint(condition=Q(net_minor__gte=0, tax_minor__gte=0), name="order_amounts"),
            models.CheckConstraint(
                condition=Q(reduced_net_minor__range=(0, F("net_minor")), reduced_tax_minor__range=(0, F("tax_minor"))),
                name="no_more_taken_off_than_ordered",
            ),
            models.CheckConstraint(
                condition=Q(freight_minor__range=(0, F("net_minor")), freight_tax_minor__range=(0, F("tax_minor"))),
                name="freight_is_part_of_the_order",
            ),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="nobody_buys_of_themselves"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["seller", "-placed_at"], name="order_sold"),
            models.Index(fields=["buyer", "-placed_at"], name="order_bought"),
            models.Index(fields=["accept_by"], condition=Q(commercial=Commercial.PLACED), name="order_accept_by"),
            models.Index(fields=["closes_at"], condition=Q(commercial=Commercial.COMPLETED), name="order_closes_at"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """What its holds and its events are about."""
        return f"order:{self.pk}"

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def freight(self) -> Money:
        """Part of the net amount."""
        return Money(self.freight_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)

    @property
    def total(self) -> Money:
        """As it was ordered."""
        return self.net + self.tax

    @property
    def awaits_payment(self) -> bool:
        """It is paid in advance, and the money has not come: its goods are held back."""
        return self.method == PaymentMethod.PREPAID and self.payment != Payment.PAID and self.payable.amount_minor > 0

    @property
    def unpaid(self) -> Money:
        """What is still to be paid for it, whenever that is due."""
        paid = self.payable.amount_minor if self.payment == Payment.PAID else self.paid_minor
        return Money(max(self.payable.amount_minor - paid, 0), self.currency)

    @property
    def payable_net(self) -> Money:
        return Money(self.net_minor - self.reduced_net_minor, self.currency)

    @property
    def payable_tax(self) -> Money:
        return Money(self.tax_minor - self.reduced_tax_minor, self.currency)

    @property
    def payable(self) -> Money:
        """What the buyer owes for it now: without what was cancelled, or sent back and refunded."""
        return self.payable_net + self.payable_tax


class OrderLine(models.Model):
    """So many units of sale of one SKU, as they were named and priced when they were ordered.

    What is sent again free of charge, because what came was sent back, is a line of its own: it `replaces` the one that
    was paid for.
    What becomes of them only grows: refunded <= returned <= delivered <= dispatched <= quantity - cancelled. What is
    packed may be unpacked again.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    part_number = models.CharField(max_length=40, blank=True, default="")
    """What its buyer called it; empty: nothing of their own."""
    name = models.CharField(max_length=300)
    unit_of_sale = models.CharField(max_length=10)
    quantity = models.BigIntegerField()
    unit_price_minor = models.DecimalField(max_digits=18, decimal_places=4)
    price_reason = models.JSONField(default=dict)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    owed = models.BigIntegerField(default=0)
    """How many of them do not lie anywhere yet."""
    due_on = models.DateField(null=True)
    """When the last of those is expected; None: nobody knows, or none is owed."""
    packed = models.BigIntegerField(default=0)
    """How many are in parcels and have not left yet."""
    dispatched = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    confirmed = models.BigIntegerField(default=0)
    """Of how many the buyer said that they have them, or did not say otherwise in time."""
    cancelled = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replacements")

    of_company_by = "order__seller"
    objects = FencedQuerySet["OrderLine"].as_manager()
    row_security = OF_ITS_ORDER

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "sku"], condition=Q(replaces=None), name="order_line_sku"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MAX_QUANTITY)), name="order_line_quantity"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, returned__gte=F("refunded"), delivered__gte=F("returned"))
                & Q(cancelled__gte=0, dispatched__gte=F("delivered"))
                & Q(confirmed__range=(0, F("delivered")))
                & Q(packed__gte=0, quantity__gte=F("packed") + F("dispatched") + F("cancelled")),
                name="order_line_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.code}"

    @property
    def unit_price(self) -> UnitPrice:
        return UnitPrice(self.unit_price_minor, self.order.currency)

    @property
    def open_quantity(self) -> int:
        """What is still to be sent."""
        return self.quantity - self.cancelled - self.dispatched

    @property
    def due(self) -> int:
        """How many are to be delivered in all."""
        return self.quantity - self.cancelled

    @property
    def kept(self) -> int:
        """What the buyer pays for."""
        return self.quantity - self.cancelled - self.refunded


class OrderEntry(models.Model):
    """One thing that happened to an order, as both sides read it. Append-only; `seq` counts from 1 without a gap."""

    append_only = True
    of_company_by = "order__seller"

    order = models.ForeignKey(Order, models.PROTECT, related_name="entries")
    seq = models.BigIntegerField()
    axis = models.CharField(max_length=12, choices=Axis.choices)
    step = models.CharField(max_length=20, choices=Step.choices)
    note = models.CharField(max_length=1000, blank=True)
    data = models.JSONField(default=dict)
    company = models.ForeignKey(Company, models.PROTECT, null=True, related_name="+")
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["OrderEntry"].as_manager()
    row_security = OF_ITS_ORDER

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "seq"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "seq"], name="order_entry_seq"),
            models.CheckConstraint(condition=Q(step__in=Step.values), name="order_entry_step"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.seq} {self.step}"
