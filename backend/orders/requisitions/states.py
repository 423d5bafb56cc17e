"""The life of a requisition: what a person asks to order, until somebody has decided."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine
from backend.inventory.holds.limits import LIMITS
from backend.inventory.holds.models import HoldKind


class RequisitionState(TextChoices):
    PENDING = "pending", _("Waits for approval")
    APPROVED = "approved", _("Approved and ordered")
    OFFERED = "offered", _("Approved and offered")
    PROPOSED = "proposed", _("Approved and proposed")
    AGREED = "agreed", _("Approved and agreed to")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Nobody decided in time")
    OVERTAKEN = "overtaken", _("The seller has moved")


_S = RequisitionState
REQUISITION: Machine[RequisitionState] = Machine(
    {
        _S.PENDING: {
            _S.APPROVED,
            _S.OFFERED,
            _S.PROPOSED,
            _S.AGREED,
            _S.REJECTED,
            _S.WITHDRAWN,
            _S.EXPIRED,
            _S.OVERTAKEN,
        },
        _S.APPROVED: set(),
        _S.PROPOSED: set(),
        _S.AGREED: set(),
        _S.REJECTED: set(),
        _S.WITHDRAWN: set(),
        _S.EXPIRED: set(),
        _S.OFFERED: set(),
        _S.OVERTAKEN: set(),
    },
    field="state",
)
CAME_TO_NOTHING = (_S.REJECTED, _S.WITHDRAWN, _S.EXPIRED, _S.OVERTAKEN)
DECIDE_WITHIN = LIMITS[HoldKind.APPROVAL].longest
"""As long as the goods are held and the prices frozen."""
