"""The life of an expected delivery."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class IncomingStatus(TextChoices):
    EXPECTED = "expected", _("Expected")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


_S = IncomingStatus
INCOMING: Machine[IncomingStatus] = Machine(
    {
        _S.EXPECTED: {_S.RECEIVED, _S.CANCELLED},
        _S.RECEIVED: set(),
        _S.CANCELLED: set(),
    }
)
