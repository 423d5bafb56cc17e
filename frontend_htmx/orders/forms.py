"""What is typed into carts and orders. They parse; the actions decide."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.logistics.actions import MAX_PLACE
from backend.logistics.states import FAILED, ShipmentStatus, Tracking
from backend.orders.models import OrderLine
from backend.orders.placing.details import MAX_PO_NUMBER, Details
from backend.orders.states import MAX_NOTE
from frontend_htmx.fields import KeyField, QuantityField, Typed
from frontend_htmx.orders.destinations import DestinationForm, Places
from frontend_htmx.orders.line_rows import Countable, LineRowsForm
from frontend_htmx.prices.forms import MomentField


class CartLineForm(forms.Form):
    """So many units of a SKU; 0 takes it out of the cart."""

    sku = forms.IntegerField(widget=forms.HiddenInput)
    quantity = QuantityField(label=_("Quantity"))

    def __init__(self, data: Typed = None, *, sku_id: int = 0, quantity: int | None = None) -> None:
        super().__init__(data, initial={"sku": sku_id, "quantity": quantity}, auto_id=f"cart-{sku_id}-%s")


class CheckoutForm(DestinationForm):
    """What the buyer says about all orders that a cart becomes."""

    po_number = forms.CharField(label=_("Your PO number"), max_length=MAX_PO_NUMBER, required=False)
    requested_on = forms.DateField(
        label=_("Wanted on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("Note to the sellers"), max_length=MAX_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    only_whole = forms.BooleanField(
        label=_("Send it only whole"),
        required=False,
        help_text=_(
            "A seller sends nothing before all of your order with them can leave, if need be from several warehouses."
        ),
    )
    key = KeyField()

    def __init__(self, data: Typed = None, *, places: Places, given: Mapping[str, object] | None = None) -> None:
        super().__init__(data, places=places, given=given, auto_id="checkout-%s")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        details = Details(
            given.get("po_number", ""),
            given.get("requested_on"),
            given.get("note", ""),
            ship_to=given["ship_to"],
            bill_to=given["bill_to"],
            currencies=seen_currencies(self.data),
            taxes=seen_taxes(self.data),
            methods=chosen_methods(self.data),
            only_whole=given.get("only_whole", False),
        )
        return {"details": details, "key": given.get("key")}


def seen_prices(posted: Mapping[str, str]) -> Mapping[int, Decimal]:
    """The unit prices, in minor units, that stood on the buyer's page: fields `seen-<sku>`; nonsense was not seen."""
    found = {}
    for name, value in posted.items():
        pk = name.removeprefix("seen-")
        price = _decimal(value)
        if pk != name and pk.isascii() and pk.isdigit() and price is not None:
            found[int(pk)] = price
    return found


def seen_currencies(posted: Mapping[str, Any]) -> Mapping[int, str]:
    """In which currency each seller's prices stood on the buyer's page: fields `currency-<seller>`."""
    named = {name.removeprefix("currency-"): str(value) for name, value in posted.items() if "currency-" in name}
    return {int(pk): currency[:3] for pk, currency in named.items() if pk.isascii() and pk.isdigit()}


def seen_taxes(posted: Mapping[str, Any]) -> Mapping[int, int]:
    """How much tax of each seller's order stood on the buyer's page, in minor units: fields `tax-<seller>`."""
    named = {name.removeprefix("tax-"): str(value) for name, value in posted.items() if name.startswith("tax-")}
    return {int(pk): int(tax) for pk, tax in named.items() if _is_number(pk) and _is_number(tax)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def chosen_methods(posted: Mapping[str, Any]) -> Mapping[int, str]:
    """How each seller is to be paid: fields `method-<seller>`."""
    named = {name.removeprefix("method-"): str(value) for name, value in posted.items() if name.startswith("method-")}
    return {int(pk): method[:12] for pk, method in named.items() if pk.isascii() and pk.isdigit() and len(pk) < 19}


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


class RefusalForm(forms.Form):
    """Why somebody says no: to an order, or to what is proposed of it."""

    reason = forms.CharField(label=_("Why"), max_length=200)

    def __init__(self, data: Typed = None, *, name: str = "refusal") -> None:
        super().__init__(data, auto_id=f"{name}-%s")


class LinesForm(LineRowsForm):
    """So much of which line, and why: what is to be taken off an order, or sent back. An empty line stays so."""

    reason = forms.CharField(label=_("Why"), max_length=200)
    key = KeyField()

    def __init__(
        self, data: Typed = None, *, lines: Sequence[tuple[OrderLine, int]], name: str, needs_reason: bool = True
    ) -> None:
        """`lines` say how many there can be at most; `name` tells the page's forms apart."""
        super().__init__(data, lines=[Countable(line.pk, line.code, most) for line, most in lines], name=name)
        self.fields["reason"].required = needs_reason

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        quantities = self.counted(given)["line"]
        return {"quantities": quantities, "reason": given.get("reason", ""), "key": given.get("key")}


class TrackingForm(forms.Form):
    """What somebody heard of a parcel's way."""

    status = forms.ChoiceField(label=_("Where it is"), choices=Tracking.choices)
    at = MomentField(label=_("When (UTC)"), help_text=_("Empty: now."))
    place = forms.CharField(label=_("Place"), max_length=MAX_PLACE, required=False)
    key = KeyField()

    def __init__(self, data: Typed = None, *, parcel_id: int) -> None:
        super().__init__(data, initial={"status": Tracking.IN_TRANSIT}, auto_id=f"parcel-{parcel_id}-%s")
        self.parcel_id = parcel_id


class FailingForm(forms.Form):
    """What became of a shipment that doesn't arrive, and whether what was in it is sent again."""

    now = forms.ChoiceField(
        label=_("What became of it"),
        choices=[("", _("Choose one")), *((each.value, each.label) for each in ShipmentStatus if each in FAILED)],
    )
    then = forms.ChoiceField(
        label=_("What was in it"),
        choices=[("", _("Choose one")), ("again", _("is sent again")), ("off", _("is taken off the order"))],
    )

    def __init__(self, data: Typed = None, *, shipment_id: int) -> None:
        super().__init__(data, auto_id=f"failing-{shipment_id}-%s")
        self.shipment_id = shipment_id
