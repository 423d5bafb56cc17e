"""The life of what one side proposes to change of an order, and the other answers."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class AmendmentKind(TextChoices):
    CANCELLATION = "cancellation", _("Cancellation")
    CHANGE = "change", _("Change")


class AmendmentState(TextChoices):
    OPEN = "open", _("Waits for an answer")
    ACCEPTED = "accepted", _("Agreed to")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Not answered in time")


ANSWER_WITHIN = {AmendmentKind.CANCELLATION: timedelta(days=2), AmendmentKind.CHANGE: timedelta(days=7)}
"""Nothing is sent meanwhile. Whoever asks for less waits as long as for an acceptance; a change may need an approval
inside the buyer's company, which takes up to seven days."""


_S = AmendmentState
AMENDMENT: Machine[AmendmentState] = Machine(
    {
        _S.OPEN: {_S.ACCEPTED, _S.DECLINED, _S.WITHDRAWN, _S.EXPIRED},
        _S.ACCEPTED: set(),
        _S.DECLINED: set(),
        _S.WITHDRAWN: set(),
        _S.EXPIRED: set(),
    },
    field="state",
)
