"""The life of a name that a company wants to bear."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from backend.core.machine import Machine


class NamingStatus(TextChoices):
    WAITING = "waiting", pgettext_lazy("a company's name", "waits for an operator")
    TAKEN = "taken", pgettext_lazy("a company's name", "taken")
    REFUSED = "refused", pgettext_lazy("a company's name", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("a company's name", "withdrawn")


NAMING: Machine[NamingStatus] = Machine(
    {
        NamingStatus.WAITING: {NamingStatus.TAKEN, NamingStatus.REFUSED, NamingStatus.WITHDRAWN},
        NamingStatus.TAKEN: set(),
        NamingStatus.REFUSED: set(),
        NamingStatus.WITHDRAWN: set(),
    }
)
