"""The life of a shipment as its seller and its buyer say it, and of a parcel as its carrier does."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class ShipmentStatus(TextChoices):
    PACKED = "packed", _("Packed")
    UNPACKED = "unpacked", _("Unpacked again")
    DISPATCHED = "dispatched", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    CONFIRMED = "confirmed", _("Receipt confirmed")
    LOST = "lost", _("Lost on its way")
    CAME_BACK = "came_back", _("Came back")


_S = ShipmentStatus
FAILED = frozenset({_S.LOST, _S.CAME_BACK})
NOT_SENT = (_S.PACKED, _S.UNPACKED)
SHIPMENT: Machine[ShipmentStatus] = Machine(
    {
        _S.PACKED: {_S.DISPATCHED, _S.UNPACKED},
        _S.DISPATCHED: {_S.DELIVERED, *FAILED},
        _S.DELIVERED: {_S.CONFIRMED},
        **{ended: set() for ended in (_S.UNPACKED, _S.CONFIRMED, *FAILED)},
    }
)


CONFIRM_AFTER = timedelta(days=7)
"""From the delivery on its buyer has so long to look; then the receipt is confirmed by itself."""


class Tracking(TextChoices):
    PENDING = "pending", _("Not handed over yet")
    INFO_RECEIVED = "info_received", _("Announced to the carrier")
    IN_TRANSIT = "in_transit", _("In transit")
    CUSTOMS = "customs", _("At customs")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    ATTEMPT_FAILED = "attempt_failed", _("Nobody was there")
    AVAILABLE_FOR_PICKUP = "available_for_pickup", _("Can be picked up")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Trouble on the way")
    RETURNED = "returned", _("Returned to the sender")
    EXPIRED = "expired", _("No word from the carrier any more")


# Of two events of one moment the later in this order counts.
RANK: Mapping[str, int] = {status: rank for rank, status in enumerate(Tracking)}
TERMINAL = frozenset({Tracking.DELIVERED, Tracking.RETURNED})
"""Once there, a parcel stays there, whatever comes in late; only a return follows a delivery."""
