"""What the buyer says of goods that were delivered. The form parses; the action decides."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.logistics.queries import ShipmentView
from backend.logistics.receipts.actions import Findings
from backend.orders.states import MAX_REASON
from frontend_htmx.fields import KeyField, QuantityField, Typed


class FindingsForm(forms.Form):
    """How much of which line is missing or damaged; nothing typed: all is well."""

    note = forms.CharField(label=_("What is wrong"), max_length=MAX_REASON, required=False)
    key = KeyField()

    def __init__(self, data: Typed = None, *, shipment: ShipmentView) -> None:
        super().__init__(data, auto_id=f"findings-{shipment.pk}-%s")
        self.shipment_id, self.lines = shipment.pk, shipment.lines
        for pk, _code, _units in self.lines:
            self.fields[f"missing-{pk}"] = QuantityField(label=_("Missing"), required=False)
            self.fields[f"damaged-{pk}"] = QuantityField(label=_("Damaged"), required=False)

    @property
    def of_lines(self) -> Iterator[tuple[str, int, Sequence[forms.BoundField]]]:
        """(code, units that were sent, the two fields) of each line."""
        for pk, code, units in self.lines:
            yield code, units, (self[f"missing-{pk}"], self[f"damaged-{pk}"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        missing, damaged = (
            {int(name.removeprefix(what)): value or 0 for name, value in given.items() if name.startswith(what)}
            for what in ("missing-", "damaged-")
        )
        return {"findings": Findings(missing, damaged, given.get("note", "")), "key": given.get("key")}
