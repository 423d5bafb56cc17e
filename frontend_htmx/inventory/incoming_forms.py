"""What is typed of an expected delivery. It parses; the actions decide."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.inventory.guards import MAX_TEXT
from backend.inventory.models import Incoming, Warehouse
from frontend_htmx.fields import KeyField, QuantityField, Typed
from frontend_htmx.inventory.forms import WarehouseField
from frontend_htmx.inventory.lot_forms import best_before_field, lot_field


def day_field() -> forms.DateField:
    return forms.DateField(label=_("Expected on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def reference_field() -> forms.CharField:
    return forms.CharField(label=_("Purchase order"), max_length=MAX_TEXT, required=False)


class ExpectForm(forms.Form):
    """What is bought or being made, and when it comes."""

    code = forms.CharField(
        label=_("SKU"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    quantity = QuantityField(label=_("Quantity"))
    due_on = day_field()
    warehouse = WarehouseField(label=_("Into warehouse"))
    reference = reference_field()
    key = KeyField()

    def __init__(self, data: Typed = None, *, warehouses: Sequence[Warehouse]) -> None:
        super().__init__(data, auto_id="expect-%s")
        self.fields["warehouse"].offer(warehouses)  # type: ignore[attr-defined]


class ChangeForm(forms.Form):
    """Another day, another number; `seen` is the version that it was filled from."""

    quantity = QuantityField(label=_("Quantity"))
    due_on = day_field()
    reference = reference_field()
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, of: Incoming) -> None:
        now = {"quantity": of.quantity, "due_on": of.due_on, "reference": of.reference, "seen": of.version}
        super().__init__(data, initial=now, auto_id="change-%s")

    def rebase(self, now: Incoming) -> None:
        """The same again, against what it says now."""
        self.data = {**dict(self.data.items()), "seen": str(now.version)}


class ArrivalForm(forms.Form):
    """How many have come, and whether that was the last of it."""

    quantity = QuantityField(label=_("Has come"))
    is_last = forms.BooleanField(label=_("That is all: the rest does not come"), required=False)
    key = KeyField()

    def __init__(self, data: Typed = None, *, of: Incoming) -> None:
        super().__init__(data, initial={"quantity": of.rest}, auto_id="arrival-%s")
        if of.level.item.by_lots:
            self.fields |= {"lot": lot_field(), "best_before": best_before_field()}
