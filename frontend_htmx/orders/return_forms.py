"""What is typed about goods that come back. They parse; the actions decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.inventory.models import Warehouse
from backend.orders.returns.actions import MAX_NUMBER
from backend.orders.returns.queries import ReturnedLine
from backend.orders.returns.states import Outcome
from frontend_htmx.fields import Typed


class HandoverForm(forms.Form):
    """That the goods are on their way back."""

    tracking_number = forms.CharField(label=_("Tracking number"), max_length=MAX_NUMBER, required=False)

    def __init__(self, data: Typed = None, *, return_id: int) -> None:
        super().__init__(data, auto_id=f"handover-{return_id}-%s")


class ReceiptForm(forms.Form):
    """Where the goods came in."""

    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)

    def __init__(self, data: Typed = None, *, return_id: int, seller_id: int) -> None:
        super().__init__(data, auto_id=f"receipt-{return_id}-%s")
        field: Any = self.fields["warehouse"]
        field.queryset = Warehouse.objects.of_company(seller_id).order_by("pk")


class InspectionForm(forms.Form):
    """What becomes of each line."""

    def __init__(self, data: Typed = None, *, return_id: int, lines: Sequence[ReturnedLine]) -> None:
        super().__init__(data, auto_id=f"inspection-{return_id}-%s")
        for line in lines:
            label = _("%(quantity)d of %(code)s") % {"quantity": line.quantity, "code": line.code}
            self.fields[f"outcome-{line.pk}"] = forms.ChoiceField(label=label, choices=Outcome.choices)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {"outcomes": {int(name[8:]): Outcome(value) for name, value in _outcomes(given).items()}}


def _outcomes(given: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: value for name, value in given.items() if name.startswith("outcome-")}
