"""The lives of a company on the market, and of an invitation into one."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class CompanyStatus(TextChoices):
    APPLIED = "applied", _("Applied")
    APPROVED = "approved", _("Approved")


COMPANY: Machine[CompanyStatus] = Machine(
    {
        CompanyStatus.APPLIED: {CompanyStatus.APPROVED},
        CompanyStatus.APPROVED: set(),
    }
)


class InvitationStatus(TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


INVITATION: Machine[InvitationStatus] = Machine(
    {
        InvitationStatus.OPEN: {InvitationStatus.ACCEPTED, InvitationStatus.WITHDRAWN},
        InvitationStatus.ACCEPTED: set(),
        InvitationStatus.WITHDRAWN: set(),
    }
)
"""An open one that is past its day is expired: nothing has to happen for that, and sent again it is open once more."""
