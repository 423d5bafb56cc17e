from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity
from backend.inventory.models import Lot, Warehouse
from backend.logistics.states import CONFIRM_AFTER, NOT_SENT, ShipmentStatus, Tracking
from backend.orders.models import OF_ITS_ORDER, Order, OrderLine
from backend.orders.states import ENDED, UNDER_DISPUTE


class ShipmentQuerySet(FencedQuerySet["Shipment"]):
    def due_to_confirm(self) -> ShipmentQuerySet:
        """Delivered some days ago by the database's clock, of an order that nobody disputes."""
        late = self.filter(status=ShipmentStatus.DELIVERED, delivered_at__lte=Now() - CONFIRM_AFTER)
        return late.exclude(order__commercial__in=ENDED).exclude(order__dispute__in=UNDER_DISPUTE)

    def visible_to(self, actor: Actor) -> ShipmentQuerySet:
        """Whoever sees an order sees what was sent of it."""
        return self.scoped(order__in=Order.objects.visible_to(actor))

    def of_order(self, order_id: int) -> ShipmentQuerySet:
        """Of an order of which somebody was asked before whether it may be seen."""
        return self.scoped(order=order_id)


class Shipment(models.Model):
    """What leaves one warehouse for one order in one go: packed first, parcel by parcel, or sent in one act."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    nth = models.PositiveSmallIntegerField()
    """Counts the shipments of its order from 1."""
    status = models.CharField(max_length=12, choices=ShipmentStatus.choices, default=ShipmentStatus.DISPATCHED)
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    packed_at = models.DateTimeField(null=True)
    """When its first parcel was; None: it was packed and sent in one act."""
    dispatched_at = models.DateTimeField(null=True, db_default=Now())
    """None: it has not left."""
    delivered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    """When its buyer said that they have it, or did not say otherwise in time."""
    receipt_note = models.CharField(max_length=200, blank=True, db_default="")
    """What its buyer said of it then."""
    version = models.BigIntegerField(default=1)

    of_company_by = "order__seller"
    objects = ShipmentQuerySet.as_manager()
    row_security = OF_ITS_ORDER

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "nth"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "nth"], name="shipment_of_order"),
            models.UniqueConstraint(
                fields=["order", "warehouse"],
                condition=Q(status=ShipmentStatus.PACKED),
                name="one_shipment_is_packed_at_a_time",
            ),
            models.CheckConstraint(condition=Q(status__in=ShipmentStatus.values), name="shipment_status"),
            models.CheckConstraint(
                condition=Q(status__in=NOT_SENT, packed_at__isnull=False, dispatched_at=None)
                | (~Q(status__in=NOT_SENT) & Q(dispatched_at__isnull=False)),
                name="shipment_left",
            ),
            models.CheckConstraint(
                condition=Q(status=ShipmentStatus.CONFIRMED, confirmed_at__isnull=False)
                | (~Q(status=ShipmentStatus.CONFIRMED) & Q(confirmed_at=None)),
                name="shipment_confirmed",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["delivered_at"], condition=Q(status=ShipmentStatus.DELIVERED), name="shipment_to_confirm"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{self.order.number}-{self.nth}"


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="shipped")
    quantity = models.BigIntegerField()
    missing = models.BigIntegerField(db_default=0)
    damaged = models.BigIntegerField(db_default=0)
    """As its buyer found them; they were delivered all the same."""

    of_company_by = "shipment__order__seller"
    objects = FencedQuerySet["ShipmentLine"].as_manager()
    row_security = RowSecurity(company="", follow=("shipment_id", "logistics_shipment"))

    class Meta:
        ordering: ClassVar[list[str]] = ["shipment", "line__position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shipment", "line"], name="once_in_a_shipment"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_ships"),
            models.CheckConstraint(
                condition=Q(missing__gte=0, damaged__gte=0, quantity__gte=F("missing") + F("damaged")),
                name="no_more_at_fault_than_shipped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"


class ShipmentLot(models.Model):
    """Of which lot so many units of a shipment's line were, as both sides read it."""

    shipment_line = models.ForeignKey(ShipmentLine, models.PROTECT, related_name="lots")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="shipped")
    quantity = models.BigIntegerField()

    of_company_by = "shipment_line__shipment__order__seller"
    objects = FencedQuerySet["ShipmentLot"].as_manager()
    row_security = RowSecurity(company="", follow=("shipment_line_id", "logistics_shipmentline"))

    class Meta:
        ordering: ClassVar[list[str]] = ["shipment_line", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shipment_line", "lot"], name="once_a_lot_in_a_shipment"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_lot_ships"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.lot_id}"


class Parcel(models.Model):
    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="parcels")
    nth = models.PositiveSmallIntegerField()
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    tracking = models.CharField(max_length=20, choices=Tracking.choices, default=Tracking.PENDING)

    of_company_by = "shipment__order__seller"
    objects = FencedQuerySet["Parcel"].as_manager()
    row_security = RowSecurity(company="", follow=("shipment_id", "logistics_shipment"))

    class Meta:
        ordering: ClassVar[list[str]] = ["shipment", "nth"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shipment", "nth"], name="parcel_of_shipment"),
            models.CheckConstraint(condition=Q(tracking__in=Tracking.values), name="parcel_tracking"),
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"parcel {self.nth}"

    @property
    def number(self) -> str:
        """As both sides know it: of which shipment of its order, and which of its parcels."""
        return f"{self.shipment.nth}-{self.nth}"


class ParcelLine(models.Model):
    """So many units of a line, and of which lot, that were packed into a parcel. What was sent in one act has none."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="contents")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+")
    quantity = models.BigIntegerField()
    spoilt_at = models.DateTimeField(null=True)
    """When both sides were told that its lot is past its day: it has to be unpacked."""

    of_company_by = "parcel__shipment__order__seller"
    objects = FencedQuerySet["ParcelLine"].as_manager()
    row_security = RowSecurity(company="", follow=("parcel_id", "logistics_parcel"))

    class Meta:
        ordering: ClassVar[list[str]] = ["parcel", "line__position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["parcel", "line", "lot"], nulls_distinct=False, name="once_in_a_parcel"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="parcel_line_packs"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"


class TrackingEvent(models.Model):
    """What somebody said of a parcel's way, and when it was by their clock. Append-only; said twice it counts once."""

    append_only = True
    of_company_by = "parcel__shipment__order__seller"

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="events")
    status = models.CharField(max_length=20, choices=Tracking.choices)
    at = models.DateTimeField()
    place = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=40, default="hand")
    external_id = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField(db_default=Now())

    objects = FencedQuerySet["TrackingEvent"].as_manager()
    row_security = RowSecurity(company="", follow=("parcel_id", "logistics_parcel"))

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="one_event_a_source_and_id"
            ),
            models.CheckConstraint(condition=Q(status__in=Tracking.values), name="tracking_event_status"),
        ]

    def __str__(self) -> str:
        return f"{self.status} at {self.at}"
