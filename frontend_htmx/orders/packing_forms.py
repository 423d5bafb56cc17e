"""What is packed, as it leaves. Forms parse; the actions decide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.logistics.queries import ParcelView, ShipmentView
from backend.logistics.steps import Consignment
from frontend_htmx.fields import KeyField, Typed
from frontend_htmx.orders.line_rows import Countable, LineRowsForm
from frontend_htmx.orders.sending_forms import CarrierField, TrackingNumbersField


class DepartureForm(forms.Form):
    """Who carries each of these packed shipments, which leave together."""

    named = forms.CharField(max_length=2_000, widget=forms.HiddenInput)
    """Their keys, with a comma between them."""

    def __init__(self, data: Typed = None, *, shipments: Sequence[ShipmentView]) -> None:
        self.shipments, self.auto = shipments, f"depart-{shipments[0].pk}"
        named = ",".join(str(each.pk) for each in shipments)
        super().__init__(data, initial={"named": named}, auto_id=f"{self.auto}-%s")
        for each in shipments:
            self.fields[f"carrier-{each.pk}"] = CarrierField()
            self.fields[f"tracking-{each.pk}"] = TrackingNumbersField()

    def parts(self) -> list[dict[str, Any]]:
        """For the template: what leaves from where, and its fields."""
        return [
            {
                "warehouse": each.warehouse,
                "parcels": len(each.parcels),
                "carrier": self[f"carrier-{each.pk}"],
                "tracking": self[f"tracking-{each.pk}"],
            }
            for each in self.shipments
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said = {each.pk: (given.get(f"carrier-{each.pk}", ""), given.get(f"tracking-{each.pk}", ("",)))
                for each in self.shipments}  # fmt: skip
        return {"consignments": {pk: Consignment(*how) for pk, how in said.items()}}


class UnpackingForm(LineRowsForm):
    """What is taken out of a parcel: all of it, if nobody says otherwise."""

    AMOUNTS = {"row": _("Quantity")}
    REST = (("row", _("All of it that is in the parcel")), ("", _("Nothing of it")))

    key = KeyField()

    def __init__(self, data: Typed = None, *, parcel: ParcelView) -> None:
        self.parcel_id = parcel.pk
        rows = [
            (part.pk, f"{part.code} ({part.lot})" if part.lot else part.code, part.units) for part in parcel.contents
        ]
        lines = [Countable(pk, code, units, units) for pk, code, units in rows]
        super().__init__(data, lines=lines, name=f"unpack-{parcel.pk}")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {"units": self.counted(given)["row"], "key": given.get("key")}
