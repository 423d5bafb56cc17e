"""A table for a price list: the rows themselves, and how they are meant. They parse; the actions decide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.catalog.lists.sheets.actions import Plan, blocks_of
from backend.catalog.lists.sheets.fields import LINE_FIELDS
from backend.catalog.transfer.files import MAX_MB
from backend.catalog.transfer.models import Import
from backend.core.tables.pasted import table_of
from frontend_htmx.fields import Typed
from frontend_htmx.tables import file_field, text_field
from frontend_htmx.transfer.columns import columns_held, shown_columns, with_columns

MOST_TEXT = 800_000


class SheetForm(forms.Form):
    """Lines of a price list, pasted or as a file."""

    text = text_field(
        MOST_TEXT,
        _("Copy the cells and paste them here: SKU, from which quantity on, price or percent off. "
          "A dash instead of the price takes the line out."),
    )  # fmt: skip
    file = file_field(format_lazy(_("CSV or XLSX, up to {mb} MB."), mb=MAX_MB))

    def __init__(self, data: Typed = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="sheet-%s")

    def clean(self) -> dict[str, Any]:
        """A name and the blocks of a file."""
        given = super().clean() or self.cleaned_data
        file: UploadedFile[bytes] | None = given.get("file")
        if file is not None:
            return {"filename": file.name or "", "blocks": file.chunks()}
        rows = table_of(given.get("text") or "")
        if not rows and not self.errors:
            self.add_error(
                "text", _("There are no rows in this: a row for each line is expected, such as 85123A, 12, 2.40.")
            )
        return {"filename": gettext("Pasted rows"), "blocks": blocks_of(rows)}


class SheetColumnsForm(forms.Form):
    """What each column holds, and what becomes of the lines that the table does not name."""

    decimals = forms.ChoiceField(label=_("Decimals are written"), choices=[("point", "2.95"), ("comma", "2,95")])
    others = forms.ChoiceField(
        label=_("Lines that the table does not name"),
        choices=[("stay", _("stay as they are")), ("go", _("are taken out"))],
    )

    def __init__(self, data: Typed = None, *, of: Import) -> None:
        given = {"decimals": "comma" if of.decimal_comma else "point", "others": "go" if of.replaces else "stay"}
        super().__init__(data, initial=given, auto_id="columns-%s")
        self.of = of
        choices = [("", gettext("Not imported")), *((field.name, field.label) for field in LINE_FIELDS)]
        with_columns(self, of, choices)

    @property
    def columns(self) -> Sequence[tuple[forms.BoundField, Sequence[str]]]:
        """Each column of the table with its first cells."""
        return shown_columns(self, self.of)

    def clean(self) -> dict[str, Any]:
        """No two columns hold the same."""
        given = super().clean() or self.cleaned_data
        held = columns_held(self, self.of)
        if self.errors:
            return given
        return {"plan": Plan(held, given["decimals"] == "comma", given["others"] == "go")}
