"""What is typed where a seller says the least that he takes. They parse; the actions decide."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backend.catalog.costs.reading import MAX_LINES, read_costs
from backend.catalog.models import Category
from backend.core.errors import Refused
from backend.core.money import EXPONENTS
from backend.core.tables.pasted import table_of
from backend.core.tables.sent import rows_of_file
from backend.core.tables.sniffing import Rows
from backend.negotiation.floors.actions import FloorDraft
from backend.negotiation.floors.models import MAX_WORD
from frontend_htmx.fields import PriceField, Typed
from frontend_htmx.prices.forms import PercentField
from frontend_htmx.tables import file_field, rows_sent, text_field

MAX_MB = 2
MOST_TEXT = 800_000
CURRENCIES = [(code, code) for code in EXPONENTS]


class FloorForm(forms.Form):
    """The least that a SKU, a category or anything may cost."""

    code = forms.CharField(
        label=_("SKU"), max_length=40, required=False, help_text=_("Neither a SKU nor a category: all that you sell.")
    )
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.all(), required=False, empty_label=_("None")
    )
    min_margin = PercentField(
        label=_("Lowest margin, percent"),
        required=False,
        help_text=_("Of the price: 25 of a price of 4.00 is 1.00 over a cost of 3.00."),
    )

    def __init__(self, data: Typed = None, *, currency: str) -> None:
        super().__init__(data, auto_id="floor-%s")
        self.fields["min_price"] = PriceField(currency, label=_("Lowest price"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        category = given.get("category")
        draft = FloorDraft(
            code=given.get("code", ""),
            category_id=category.pk if category else None,
            min_price=given.get("min_price"),
            min_margin=given.get("min_margin"),
        )
        return {"draft": draft}


class CostsForm(forms.Form):
    """What goods cost, as a list that is pasted or a file."""

    text = text_field(
        MOST_TEXT,
        _("A SKU and what one costs on each row. A dash instead of the cost forgets it. What is not named stays as it "
          "is."),
    )  # fmt: skip
    file = file_field(
        format_lazy(_("CSV or XLSX, up to {lines} lines and {mb} MB."), lines=f"{MAX_LINES:,}", mb=MAX_MB)
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)

    def __init__(self, data: Typed = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="costs-%s")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        rows = rows_sent(self, given, table_of, self._of_file)
        try:
            return {"costs": {} if self.errors else read_costs(rows, given["currency"])}
        except Refused as no:
            self.add_error(no.field, no.message)
            return {"costs": {}}

    @staticmethod
    def _of_file(blocks: Iterable[bytes]) -> Rows:
        return rows_of_file(blocks, max_mb=MAX_MB, most_rows=MAX_LINES + 100)


class ReturnForm(forms.Form):
    """Why an offer does not go out."""

    word = forms.CharField(label=_("Why"), max_length=MAX_WORD)

    def __init__(self, data: Typed = None, *, held_id: int = 0) -> None:
        super().__init__(data, auto_id=f"return-{held_id}-%s")
