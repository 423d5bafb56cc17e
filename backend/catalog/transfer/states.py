"""The life of an import, from the file to the last row."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class ImportState(TextChoices):
    UPLOADED = "uploaded", _("Columns to be matched")
    READING = "reading", _("Reading the file")
    CHECKING = "checking", _("Checking the rows")
    COMPARING = "comparing", _("Comparing with what there is")
    CHECKED = "checked", _("Checked, nothing changed yet")
    WRITING = "writing", _("Writing")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Could not be read")


_S = ImportState
WORKING = frozenset({_S.READING, _S.CHECKING, _S.COMPARING, _S.WRITING})
"""A worker has something to do, or had when it died: whoever finds it goes on."""
ENDED = frozenset({_S.DONE, _S.CANCELLED, _S.FAILED})
STEPS = {
    False: (_S.READING, _S.CHECKING, _S.WRITING),
    True: (_S.READING, _S.CHECKING, _S.COMPARING),
}
"""What is done one after the other: for an import, and for a dry run."""

IMPORT: Machine[ImportState] = Machine(
    {
        _S.UPLOADED: {_S.READING, _S.CANCELLED},
        _S.READING: {_S.CHECKING, _S.CANCELLED, _S.FAILED},
        _S.CHECKING: {_S.COMPARING, _S.WRITING, _S.READING, _S.CANCELLED, _S.FAILED},
        _S.COMPARING: {_S.CHECKED, _S.READING, _S.CANCELLED, _S.FAILED},
        _S.CHECKED: {_S.WRITING, _S.READING, _S.CANCELLED},
        _S.WRITING: {_S.DONE, _S.READING, _S.CANCELLED, _S.FAILED},
        _S.DONE: set(),
        _S.CANCELLED: set(),
        _S.FAILED: set(),
    },
    field="state",
)
