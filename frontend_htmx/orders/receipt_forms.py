"""What the buyer says of goods that were delivered. The form parses; the action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.logistics.queries import ShipmentView
from backend.logistics.receipts.actions import Findings
from backend.orders.states import MAX_REASON
from frontend_htmx.fields import KeyField, Typed
from frontend_htmx.orders.line_rows import Countable, LineRowsForm


class FindingsForm(LineRowsForm):
    """How much of which line is missing or damaged; nothing typed: all is well."""

    AMOUNTS = {"missing": _("Missing"), "damaged": _("Damaged")}

    note = forms.CharField(label=_("What is wrong"), max_length=MAX_REASON, required=False)
    key = KeyField()

    def __init__(self, data: Typed = None, *, shipment: ShipmentView) -> None:
        super().__init__(data, lines=[Countable(*line) for line in shipment.lines], name=f"findings-{shipment.pk}")
        self.shipment_id = shipment.pk

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {"findings": Findings(**self.counted(given), note=given.get("note", "")), "key": given.get("key")}
