"""What is typed of lots. It parses; the actions decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.inventory.guards import MAX_TEXT
from backend.inventory.lots.queries import DAYS, MAX_DAYS
from backend.inventory.lots.steps import MAX_NUMBER
from frontend_htmx.fields import Typed


def lot_field() -> forms.CharField:
    return forms.CharField(
        label=_("Lot"), max_length=MAX_NUMBER, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def best_before_field() -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=_("Best before"), required=False, widget=widget)


class LotForm(forms.Form):
    """A lot's number and its day."""

    lot = lot_field()
    best_before = best_before_field()

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="lots-%s")


class LeaveLotsForm(forms.Form):
    """Why a SKU is not kept by lots any more."""

    reason = forms.CharField(label=_("Why"), max_length=MAX_TEXT)

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="end-lots-%s")


def asked_days(text: str) -> int:
    """How far ahead somebody looks; DAYS for what is no number."""
    return min(int(text), MAX_DAYS) if text.isascii() and text.isdigit() and len(text) < 6 else DAYS
