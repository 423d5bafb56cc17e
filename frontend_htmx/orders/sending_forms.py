"""What leaves, out of which warehouse, and who carries it. Forms parse; the actions decide."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.inventory.holds.queries import Allocated
from backend.logistics.steps import MAX_CARRIER, Consignment
from backend.orders.models import OrderLine
from frontend_htmx.fields import KeyField, Typed
from frontend_htmx.orders.line_rows import Countable, LineRowsForm


class CarrierField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(label=_("Carrier"), max_length=MAX_CARRIER, required=False)


class TrackingNumbersField(forms.CharField):
    """One tracking number for each parcel; an empty one where none was typed."""

    def __init__(self) -> None:
        help_text = _("One for each parcel, with a comma between them.")
        super().__init__(label=_("Tracking numbers"), max_length=2_000, required=False, help_text=help_text)

    def clean(self, value: object) -> Any:
        return [each.strip() for each in super().clean(value).split(",") if each.strip()] or [""]


class ShipmentForm(LineRowsForm):
    """What leaves one warehouse for an order, or is packed there, and who carries it: all that lies there, or less."""

    REST = (("line", _("All of it that lies there")), ("", _("Nothing of it")))

    warehouse = forms.IntegerField(widget=forms.HiddenInput)
    carrier = CarrierField()
    tracking_numbers = TrackingNumbersField()
    key = KeyField()

    def __init__(
        self, data: Typed = None, *, house: tuple[int, str], lines: Iterable[OrderLine], parts: Iterable[Allocated]
    ) -> None:
        """`house` is the warehouse's pk and its name, `lines` all those of the order, `parts` what waits there for
        some of them."""
        pk, self.of_warehouse = house
        here = {part.line: (part.quantity, part.there) for part in parts}
        own = [Countable(line.pk, line.code, *here.get(line.pk, (0, 0))) for line in lines]
        super().__init__(data, lines=own, name=f"ship-{pk}", initial={"warehouse": pk})

    def contents(self) -> list[tuple[str, int, int]]:
        """For the template: (code, units, how many of them do not lie there)."""
        return [(line.code, line.most, line.most - line.usual) for line in self.lines]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        how = Consignment(given.get("carrier", ""), given.get("tracking_numbers", ("",)))
        return {"quantities": self.counted(given)["line"], "how": how, "key": given.get("key")}


class WholeForm(forms.Form):
    """All that is open of an order, out of several warehouses at once: who carries the part of each."""

    key = KeyField()

    def __init__(
        self, data: Typed = None, *, parts: Mapping[int, Sequence[Allocated]], codes: Mapping[int, str]
    ) -> None:
        """`parts` are what each warehouse has for the order, `codes` names its lines."""
        super().__init__(data, auto_id="whole-%s")
        self.parts, self.codes = parts, codes
        for pk in parts:
            self.fields[f"carrier-{pk}"], self.fields[f"tracking-{pk}"] = CarrierField(), TrackingNumbersField()

    def houses(self) -> list[dict[str, Any]]:
        """For the template: each warehouse, what leaves it, what does not lie there, and its fields."""
        return [
            {
                "name": parts[0].warehouse,
                "contents": [(self.codes[part.line], part.quantity, part.quantity - part.there) for part in parts],
                "carrier": self[f"carrier-{pk}"],
                "tracking": self[f"tracking-{pk}"],
            }
            for pk, parts in self.parts.items()
        ]

    def can_leave(self) -> bool:
        return all(part.there == part.quantity for parts in self.parts.values() for part in parts)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said = {pk: (given.get(f"carrier-{pk}", ""), given.get(f"tracking-{pk}", ("",))) for pk in self.parts}
        return {"consignments": {pk: Consignment(*how) for pk, how in said.items()}, "key": given.get("key")}
