"""What a person says about a file: the file itself, and what its columns hold."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.catalog.models import Category
from backend.catalog.transfer.actions import Plan
from backend.catalog.transfer.attributes import attribute_fields
from backend.catalog.transfer.fields import FIELDS
from backend.catalog.transfer.models import Import
from backend.core.money import EXPONENTS
from frontend_htmx.fields import Typed


def _choices() -> list[Any]:
    """What a column may hold. One query."""
    said = [(name, field.label) for name, field in attribute_fields().items()]
    fields = [(field.name, field.label) for field in FIELDS]
    return [("", gettext("Not imported")), *fields, *([(gettext("Attributes"), said)] if said else [])]


class UploadForm(forms.Form):
    """One CSV or XLSX file."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, up to 500 MB, with one row for each product and a row of titles above them."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )


class MappingForm(forms.Form):
    """What each column holds, and what the file does not say itself."""

    category = forms.ModelChoiceField(
        Category.objects.all(), label=_("Category of new products"), required=False, empty_label=_("As the file says"),
        help_text=_("For rows that name none."),
    )  # fmt: skip
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code) for code in EXPONENTS], help_text=_("For rows that name none.")
    )
    decimals = forms.ChoiceField(label=_("Decimals are written"), choices=[("point", "2.95"), ("comma", "2,95")])
    publishes = forms.BooleanField(label=_("Publish new products at once"), required=False)

    def __init__(self, data: Typed = None, *, of: Import) -> None:
        given = {
            "category": of.category_id,
            "currency": of.currency,
            "decimals": "comma" if of.decimal_comma else "point",
            "publishes": of.publishes,
        }
        super().__init__(data, initial=given, auto_id="import-%s")
        self.of = of
        choices = _choices()
        holds = {column: field for field, column in of.mapping.items()}
        for column, title in enumerate(of.header):
            self.fields[f"column{column}"] = forms.ChoiceField(
                label=title or gettext("Column %(number)d") % {"number": column + 1},
                choices=choices,
                initial=holds.get(column, ""),
                required=False,
            )

    @property
    def columns(self) -> Sequence[tuple[forms.BoundField, Sequence[str]]]:
        """Each column of the file with its first cells."""
        return [
            (self[f"column{column}"], [row[column].lstrip("\x02") for row in self.of.sample if column < len(row)])
            for column in range(len(self.of.header))
        ]

    def clean(self) -> dict[str, Any]:
        """No two columns hold the same."""
        given = super().clean() or self.cleaned_data
        held: dict[str, int] = {}
        for column in range(len(self.of.header)):
            field = given.get(f"column{column}")
            if field and field in held:
                self.add_error(f"column{column}", gettext("Another column holds this already."))
            elif field:
                held[field] = column
        self.mapping = held
        return given

    @property
    def plan(self) -> Plan:
        """What was said, in the import's words; the form is valid."""
        given = self.cleaned_data
        return Plan(
            mapping=self.mapping,
            category=given["category"],
            currency=given["currency"],
            decimal_comma=given["decimals"] == "comma",
            publishes=given["publishes"],
        )
