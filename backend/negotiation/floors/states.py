"""The life of an offer that waits for an approval inside the seller's company."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class HeldState(TextChoices):
    WAITING = "waiting", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")
    WITHDRAWN = "withdrawn", _("Taken back")


_S = HeldState
HELD: Machine[HeldState] = Machine(
    {
        _S.WAITING: {_S.APPROVED, _S.RETURNED, _S.WITHDRAWN},
        _S.APPROVED: set(),
        _S.RETURNED: set(),
        _S.WITHDRAWN: set(),
    },
    field="state",
)
