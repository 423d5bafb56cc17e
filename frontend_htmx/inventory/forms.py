"""What is typed into the forms of stock. They parse; the actions decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.catalog.models import Sku
from backend.core.units import unit_name
from backend.inventory.actions import MAX_RECEIPT_LINES
from backend.inventory.disclosure import Disclosure
from backend.inventory.models import Warehouse
from backend.inventory.queries import LevelView
from frontend_htmx.fields import KeyField, QuantityField, Typed
from frontend_htmx.inventory.lot_forms import best_before_field, lot_field

BLANK_LINES = 5


class WarehouseField(forms.TypedChoiceField):
    """One of the acting company's warehouses, which the form is given."""

    def offer(self, warehouses: Sequence[Warehouse]) -> None:
        by_pk = {str(warehouse.pk): warehouse for warehouse in warehouses}
        self.choices = [(pk, warehouse.name) for pk, warehouse in by_pk.items()]
        self.coerce = by_pk.__getitem__


class CountForm(forms.Form):
    """Sets one level to what was counted, if it still stands as it was seen.

    `shown` comes from the live fragment beside the form, whatever a push brings; `seen` is what stood there when
    typing began, or what a refusal showed, and counts before it.
    """

    warehouse = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    shown = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    key = KeyField()
    quantity = QuantityField(label=_("Set to"))

    def __init__(self, data: Typed = None, *, sku: Sku, warehouse: Warehouse) -> None:
        super().__init__(data, initial={"warehouse": warehouse.pk}, auto_id=f"count-{sku.pk}-{warehouse.pk}-%s")
        self.sku, self.of_warehouse = sku, warehouse
        self.difference: int | None = None
        self.fields["quantity"].unit = unit_name(sku.unit_of_sale)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        seen = given.get("shown") if given.get("seen") is None else given["seen"]
        return {"quantity": given.get("quantity"), "key": given.get("key"), "seen": seen or 0}

    def rebase(self, now: Mapping[str, object]) -> None:
        """The same count, but against what the reader is about to see (a Conflict's detail): sent again, it counts."""
        if "version" in now:
            self.data = {**dict(self.data.items()), "seen": str(now["version"])}
            self.difference = int(str(now["counted"])) - int(str(now["on_hand"]))


class AdjustForm(forms.Form):
    """Adds so many units to a level, or takes them off, for a reason."""

    warehouse = WarehouseField(label=_("Warehouse"))
    quantity = QuantityField(label=_("By"), help_text=_("12 adds, -3 takes off."))
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Breakage, a find, samples …"))
    key = KeyField()

    def __init__(
        self, data: Typed = None, *, sku: Sku, warehouses: Sequence[Warehouse], lots: Sequence[str] | None = None
    ) -> None:
        """`lots` are the numbers of a SKU that is kept by them."""
        super().__init__(data, auto_id="adjust-%s")
        if lots is not None:
            choices = [(number, number) for number in lots]
            self.fields["lot"] = forms.ChoiceField(label=_("Lot"), choices=choices)
        self.fields["warehouse"].offer(warehouses)  # type: ignore[attr-defined]
        self.fields["quantity"].unit = unit_name(sku.unit_of_sale)  # type: ignore[attr-defined]


class LimitsForm(forms.Form):
    """What is kept back of one level, and how much more than lies there may be ordered; and what it was before."""

    safety = QuantityField(label=_("Kept back"), help_text=_("Sold to nobody."))
    backorder = QuantityField(label=_("May be owed"), help_text=_("Beyond what is there."))
    was_safety = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    was_backorder = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, sku: Sku, warehouse: Warehouse, level: LevelView | None = None) -> None:
        safety, backorder = (level.safety, level.backorder_limit) if level else (0, 0)
        now = {"safety": safety, "backorder": backorder, "was_safety": safety, "was_backorder": backorder}
        super().__init__(data, initial=now, auto_id=f"limits-{sku.pk}-{warehouse.pk}-%s")
        self.of_warehouse = warehouse

    def rebase(self, now: Mapping[str, object]) -> None:
        """The same again, against what the refusal named: sent once more, it counts."""
        if "safety" in now:
            seen = {"was_safety": str(now["safety"]), "was_backorder": str(now["backorder"])}
            self.data = {**dict(self.data.items()), **seen}


class LowMarkForm(forms.Form):
    """At how many available units somebody wants to know; empty where that is said elsewhere, or by nobody."""

    low_at = QuantityField(label=_("Runs low at"), required=False)

    def __init__(self, data: Typed = None, *, low_at: int | None = None, default: int | None = None) -> None:
        super().__init__(data, initial={"low_at": low_at}, auto_id="low-mark-%s")
        if default is not None:
            self.fields["low_at"].help_text = _("Empty: at %(n)d, as all that say nothing.") % {"n": default}


class DisclosureForm(forms.Form):
    """What buyers may know of a SKU's stock."""

    disclosure = forms.ChoiceField(label=_("Buyers see"), choices=Disclosure.choices)

    def __init__(self, data: Typed = None, *, sku: Sku, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id=f"disclosure-{sku.pk}-%s")
        self.sku = sku


class ReceiptForm(forms.Form):
    """The head of a delivery note."""

    warehouse = WarehouseField(label=_("Into warehouse"))
    reference = forms.CharField(
        label=_("Delivery note"), max_length=200, help_text=_("Its number, as the carrier’s paper says.")
    )
    key = KeyField()

    def __init__(
        self, data: Typed = None, *, warehouses: Sequence[Warehouse], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial, auto_id="receipt-%s")
        self.fields["warehouse"].offer(warehouses)  # type: ignore[attr-defined]


class LineForm(forms.Form):
    """One line of goods; a blank one counts for nothing."""

    code = forms.CharField(
        label=_("SKU"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    quantity = QuantityField(label=_("Quantity"))

    def __init__(self, data: Typed = None, *, number: int, initial: dict[str, Any] | None = None) -> None:
        super().__init__(
            data, initial=initial, prefix=f"line{number}", empty_permitted=True, use_required_attribute=False
        )

    @property
    def as_typed(self) -> dict[str, Any]:
        return {name: self[name].value() or "" for name in self.fields}


class ReceivedLineForm(LineForm):
    """One line of a delivery note: with its lot, where the SKU is kept by lots."""

    lot = lot_field()
    best_before = best_before_field()


def blank_lines(count: int = BLANK_LINES, *, kind: type[LineForm] = LineForm) -> list[LineForm]:
    return [kind(number=number) for number in range(count)]


def typed_lines(data: Mapping[str, str], *, kind: type[LineForm] = LineForm) -> list[LineForm]:
    """The lines that were sent; `lines` says how many."""
    count = data.get("lines", "")
    number = min(int(count), MAX_RECEIPT_LINES) if count.isascii() and count.isdigit() and len(count) < 6 else 0
    return [kind(data, number=number) for number in range(number)]


def more_lines(lines: Sequence[LineForm]) -> list[LineForm]:
    """The same lines as they were typed, without complaints yet, and blank ones after them."""
    kind = type(lines[0]) if lines else LineForm
    again = [kind(number=number, initial=line.as_typed) for number, line in enumerate(lines)]
    count = min(len(lines) + BLANK_LINES, MAX_RECEIPT_LINES)
    return again + [kind(number=number) for number in range(len(lines), count)]


def limits_forms(sku: Sku, warehouses: Sequence[Warehouse], levels: Sequence[LevelView]) -> list[LimitsForm]:
    """The limits of each warehouse as they are."""
    by_house = {level.warehouse_id: level for level in levels}
    return [LimitsForm(sku=sku, warehouse=house, level=by_house.get(house.pk)) for house in warehouses]
