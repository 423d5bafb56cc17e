"""What may be reported, and what the market's operators decide about it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class Reason(TextChoices):
    FRAUD = "fraud", _("It tries to cheat us")
    ABUSE = "abuse", _("It insults or threatens")
    AROUND = "around", _("It leads the trade away from the market")
    SPAM = "spam", _("It is advertising that nobody asked for")
    OTHER = "other", _("Something else")


class ReportStatus(TextChoices):
    OPEN = "open", _("Open")
    DISMISSED = "dismissed", _("Dismissed")
    HIDDEN = "hidden", _("Message hidden")
    SUSPENDED = "suspended", _("Negotiation suspended")


_R = ReportStatus
REPORT: Machine[ReportStatus] = Machine(
    {
        _R.OPEN: {_R.DISMISSED, _R.HIDDEN, _R.SUSPENDED},
        _R.DISMISSED: set(),
        _R.HIDDEN: set(),
        _R.SUSPENDED: set(),
    }
)
DECISIONS = (_R.DISMISSED, _R.HIDDEN, _R.SUSPENDED)
