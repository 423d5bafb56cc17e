"""What is packed, as it leaves. Forms parse; the actions decide."""

from collections.abc import Sequence
from typing import Any

from django import forms

from backend.logistics.queries import ShipmentView
from backend.logistics.steps import Consignment
from frontend_htmx.fields import Typed
from frontend_htmx.orders.forms import CarrierField, TrackingNumbersField


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
