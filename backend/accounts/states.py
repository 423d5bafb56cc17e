"""The life of a company on the market."""

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
