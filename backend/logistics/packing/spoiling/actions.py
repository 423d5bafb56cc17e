"""What lies in parcels may pass its day there. It is told once; whoever packed it unpacks it, and packs other goods."""

from collections.abc import Sequence

from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.db.transaction import atomic

from backend.accounts.actor import Actor
from backend.logistics.models import ParcelLine, Shipment
from backend.logistics.packing.steps import said_of
from backend.logistics.states import ShipmentStatus
from backend.orders.states import Step
from backend.orders.steps import lock_order, tell

_SPOILT = {"parcel__shipment__status": ShipmentStatus.PACKED, "lot__expired_at__isnull": False, "spoilt_at": None}


def spoilt_shipments(limit: int, *, why: str) -> Sequence[Shipment]:
    """Those in which something is past its day that nobody was told of, at most so many. Two queries."""
    spoilt = ParcelLine.objects.across_companies(why=why).filter(**_SPOILT).order_by()
    packed = list(spoilt.values_list("parcel__shipment", flat=True).distinct()[:limit])
    return list(Shipment.objects.scoped(pk__in=packed).select_related("order").order_by("pk"))


@atomic(durable=True)
def note_spoilt(shipment: Shipment, *, actor: Actor) -> int:
    """Both sides read on the timeline what in a packed shipment is past its day; of how many units. Said again it says
    only what is new, or nothing. Raises Busy."""
    order = lock_order(shipment.order)
    spoilt: QuerySet[ParcelLine] = ParcelLine.objects.scoped(parcel__shipment=shipment.pk, **_SPOILT)
    rows = list(spoilt.select_related("line").order_by("line__position", "pk"))
    if not rows:
        return 0
    units = {row: row.quantity for row in rows}
    ParcelLine.objects.scoped(pk__in=[row.pk for row in rows]).update(spoilt_at=Now())
    Shipment.objects.this(shipment).update(version=F("version") + 1)
    tell(order, Step.PACKED_EXPIRED, actor=actor, data=said_of(shipment, units))
    return sum(units.values())
