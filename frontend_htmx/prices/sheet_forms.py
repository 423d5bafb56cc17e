"""A table for a price list: the rows themselves, and how they are meant. They parse; the actions decide."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.catalog.lists.sheets.actions import MAX_LINES, MOST_ROWS, Plan
from backend.catalog.lists.sheets.fields import LINE_FIELDS
from backend.catalog.lists.sheets.models import ListSheet
from backend.core.tables.pasted import table_of
from backend.core.tables.sent import rows_of_file
from backend.core.tables.sniffing import Rows
from frontend_htmx.fields import Typed
from frontend_htmx.tables import file_field, rows_sent, text_field

MAX_MB = 5
MOST_TEXT = 800_000
SHOWN_CELLS = 3


class SheetForm(forms.Form):
    """Lines of a price list, pasted or as a file."""

    text = text_field(
        MOST_TEXT,
        _("Copy the cells and paste them here: SKU, from which quantity on, price or percent off. "
          "A dash instead of the price takes the line out."),
    )  # fmt: skip
    file = file_field(_("CSV or XLSX, up to %(lines)d lines and %(mb)d MB.") % {"lines": MAX_LINES, "mb": MAX_MB})

    def __init__(self, data: Typed = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="sheet-%s")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {"rows": rows_sent(self, given, table_of, self._of_file)}

    @staticmethod
    def _of_file(blocks: Iterable[bytes]) -> Rows:
        return rows_of_file(blocks, max_mb=MAX_MB, most_rows=MOST_ROWS)


class SheetColumnsForm(forms.Form):
    """What each column holds, and what becomes of the lines that the table does not name."""

    decimals = forms.ChoiceField(label=_("Decimals are written"), choices=[("point", "2.95"), ("comma", "2,95")])
    others = forms.ChoiceField(
        label=_("Lines that the table does not name"),
        choices=[("stay", _("stay as they are")), ("go", _("are taken out"))],
    )

    def __init__(self, data: Typed = None, *, of: ListSheet) -> None:
        given = {"decimals": "comma" if of.decimal_comma else "point", "others": "go" if of.replaces else "stay"}
        super().__init__(data, initial=given, auto_id="columns-%s")
        self.of = of
        holds = {column: field for field, column in of.mapping.items()}
        for column, title in enumerate(of.titles):
            self.fields[f"column{column}"] = forms.ChoiceField(
                label=title or gettext("Column %(number)d") % {"number": column + 1},
                choices=[("", gettext("Not imported")), *((field.name, field.label) for field in LINE_FIELDS)],
                initial=holds.get(column, ""),
                required=False,
            )

    @property
    def columns(self) -> Sequence[tuple[forms.BoundField, Sequence[str]]]:
        """Each column of the table with its first cells."""
        body = [row for row in self.of.rows[self.of.header_row :] if any(row)][:SHOWN_CELLS]
        return [
            (self[f"column{column}"], [row[column].lstrip("\x02") for row in body if column < len(row)])
            for column in range(self.of.width)
        ]

    def clean(self) -> dict[str, Any]:
        """No two columns hold the same."""
        given = super().clean() or self.cleaned_data
        held: dict[str, int] = {}
        for column in range(self.of.width):
            field = given.get(f"column{column}")
            if field and field in held:
                self.add_error(f"column{column}", gettext("Another column holds this already."))
            elif field:
                held[field] = column
        if self.errors:
            return given
        return {"plan": Plan(held, given["decimals"] == "comma", given["others"] == "go")}
