"""The life of a transfer between two warehouses of one company."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class TransferStatus(TextChoices):
    REQUESTED = "requested", _("Requested")
    SENT = "sent", _("On the way")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


_S = TransferStatus
TRANSFER: Machine[TransferStatus] = Machine(
    {
        _S.REQUESTED: {_S.SENT, _S.CANCELLED},
        _S.SENT: {_S.RECEIVED},
        _S.RECEIVED: set(),
        _S.CANCELLED: set(),
    }
)
