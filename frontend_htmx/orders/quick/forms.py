"""What is written on a quick order pad, pasted onto it, or said about its columns. They parse; the actions decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.core.tables.sniffing import Rows
from backend.orders.quick.actions import Typed as TypedLine
from backend.orders.quick.files import MAX_MB, rows_of_file
from backend.orders.quick.models import MAX_LINES
from backend.orders.quick.pasting import MOST_CODE, MOST_QUANTITY, Columns, rows_of
from frontend_htmx.fields import KeyField, Typed
from frontend_htmx.tables import file_field, rows_sent, text_field

MOST_TEXT = 400_000
NONE = ""


def typed_lines(posted: QueryDict) -> Sequence[TypedLine]:
    """The lines that a form carries, as fields `code-<position>`, `quantity-<position>`, `sku-<position>`."""
    numbers = (name.removeprefix("code-") for name in posted if name.startswith("code-"))
    positions = {int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 5}
    return [_typed(posted, position) for position in sorted(positions)]


def _typed(posted: QueryDict, position: int) -> TypedLine:
    sku = _text(posted, f"sku-{position}", 19)
    return TypedLine(
        position,
        _text(posted, f"code-{position}", MOST_CODE),
        _text(posted, f"quantity-{position}", MOST_QUANTITY),
        int(sku) if sku.isascii() and sku.isdigit() and len(sku) < 19 else None,
    )


def _text(posted: QueryDict, name: str, most: int) -> str:
    return " ".join(posted.get(name, "").replace("\x00", "").split())[:most]


class PasteForm(forms.Form):
    """Rows of a spreadsheet, pasted or as a file."""

    text = text_field(
        MOST_TEXT, _("Copy the cells and paste them here: a column of SKUs or GTINs, one of quantities, in any order.")
    )
    file = file_field(
        format_lazy(_("CSV or XLSX, up to {lines} lines and {mb} MB."), lines=f"{MAX_LINES:,}", mb=MAX_MB)
    )
    key = KeyField()

    def __init__(self, data: Typed = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="paste-%s")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {"rows": rows_sent(self, given, rows_of, rows_of_file), "key": given.get("key")}


class ColumnsForm(forms.Form):
    """Which column holds what, and where the lines begin."""

    code = forms.TypedChoiceField(label=_("SKU or GTIN"), coerce=int)
    quantity = forms.TypedChoiceField(label=_("Quantity"), coerce=int, required=False, empty_value=None)
    unit = forms.TypedChoiceField(label=_("Unit"), coerce=int, required=False, empty_value=None)
    header = forms.TypedChoiceField(label=_("Lines begin in row"), coerce=int)
    decimals = forms.ChoiceField(label=_("Decimals are written"), choices=[("point", "2.95"), ("comma", "2,95")])

    def __init__(self, data: Typed = None, *, table: Rows, columns: Mapping[str, Any]) -> None:
        """`table` is what was pasted, `columns` how it was read."""
        given = {**columns, "decimals": "comma" if columns.get("decimal_comma") else "point"}
        given = {name: NONE if value is None else value for name, value in given.items()}
        super().__init__(data, initial=given, auto_id="columns-%s")
        named = self._named(table, int(columns.get("header") or 0))
        for name in ("code", "quantity", "unit"):
            none = [] if name == "code" else [(NONE, gettext("None"))]
            self._choices(name, [*none, *named])
        self._choices("header", [(row, str(row + 1)) for row in range(min(len(table), 11))])

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101
        field.choices = choices

    @staticmethod
    def _named(table: Rows, header: int) -> list[tuple[int, str]]:
        """Each column by its title, or by the first cell that stands in it."""
        width = max(map(len, table), default=0)
        rows = table[max(header - 1, 0) :]
        firsts = [
            next((row[column] for row in rows if column < len(row) and row[column]), "") for column in range(width)
        ]
        letter = gettext("Column %(n)d: %(cell)s")
        return [(column, letter % {"n": column + 1, "cell": cell[:30]}) for column, cell in enumerate(firsts)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        columns = Columns(
            code=given["code"],
            quantity=given["quantity"],
            unit=given["unit"],
            header=given["header"],
            decimal_comma=given["decimals"] == "comma",
        )
        return {"columns": columns}
