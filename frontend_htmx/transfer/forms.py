"""What a person says about a file: the file itself, and what its columns hold."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.catalog.models import Category
from backend.catalog.transfer.actions import Plan
from backend.catalog.transfer.attributes import attribute_fields
from backend.catalog.transfer.fields import FIELDS
from backend.catalog.transfer.models import Import
from backend.core.money import EXPONENTS
from frontend_htmx.fields import Typed
from frontend_htmx.transfer.columns import columns_held, shown_columns, with_columns


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
    language = forms.ChoiceField(
        label=_("Language of its words"), choices=settings.LANGUAGES, help_text=_("For new products that name none.")
    )
    decimals = forms.ChoiceField(label=_("Decimals are written"), choices=[("point", "2.95"), ("comma", "2,95")])
    publishes = forms.BooleanField(label=_("Publish new products at once"), required=False)

    def __init__(self, data: Typed = None, *, of: Import) -> None:
        given = {
            "category": of.category_id,
            "currency": of.currency,
            "language": of.language,
            "decimals": "comma" if of.decimal_comma else "point",
            "publishes": of.publishes,
        }
        super().__init__(data, initial=given, auto_id="import-%s")
        self.of = of
        with_columns(self, of, _choices())

    @property
    def columns(self) -> Sequence[tuple[forms.BoundField, Sequence[str]]]:
        """Each column of the file with its first cells."""
        return shown_columns(self, self.of)

    def clean(self) -> dict[str, Any]:
        """No two columns hold the same."""
        given = super().clean() or self.cleaned_data
        self.mapping = columns_held(self, self.of)
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
            language=given["language"],
        )
