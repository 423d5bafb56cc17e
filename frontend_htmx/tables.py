"""A table that is sent in a form: its rows pasted, or as a file."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from backend.core.errors import Refused
from backend.core.tables.sniffing import Rows


def text_field(most: int, help_text: Any) -> forms.CharField:
    """Where rows of a spreadsheet are pasted."""
    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "none"})
    label = _("Rows of a spreadsheet")
    return forms.CharField(
        label=label, required=False, strip=False, max_length=most, widget=widget, help_text=help_text
    )


def file_field(help_text: Any) -> forms.FileField:
    """Where a file of them is chosen."""
    widget = forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"})
    return forms.FileField(label=_("Or a file"), required=False, help_text=help_text, widget=widget)


def rows_sent(
    form: forms.Form,
    given: Mapping[str, Any],
    of_text: Callable[[str], Rows],
    of_file: Callable[[Iterable[bytes]], Rows],
) -> Rows:
    """The file's, if there is one, else those that were pasted; what can't be read is said beside the file."""
    file: UploadedFile[bytes] | None = given.get("file")
    if file is None:
        return of_text(given.get("text") or "")
    try:
        return of_file(file.chunks())
    except Refused as refused:
        form.add_error("file", refused.message)
        return []
