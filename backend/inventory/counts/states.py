"""The life of a count sheet."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class SheetStatus(TextChoices):
    OPEN = "open", _("Being counted")
    POSTED = "posted", _("Posted")
    ABANDONED = "abandoned", _("Abandoned")


_S = SheetStatus
SHEET: Machine[SheetStatus] = Machine(
    {
        _S.OPEN: {_S.POSTED, _S.ABANDONED},
        _S.POSTED: set(),
        _S.ABANDONED: set(),
    }
)
