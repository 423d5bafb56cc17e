"""What is typed about goods that come back. They parse; the actions decide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.inventory.models import Warehouse
from backend.orders.returns.actions import MAX_NUMBER
from backend.orders.returns.queries import ReturnedLine
from backend.orders.returns.states import Outcome
from backend.orders.states import MAX_REASON
from frontend_htmx.fields import KeyField, QuantityField, Typed


class HandoverForm(forms.Form):
    """That the goods are on their way back."""

    tracking_number = forms.CharField(label=_("Tracking number"), max_length=MAX_NUMBER, required=False)

    def __init__(self, data: Typed = None, *, return_id: int) -> None:
        super().__init__(data, auto_id=f"handover-{return_id}-%s")


class TraceForm(forms.Form):
    """Under which number they are on it still."""

    tracking_number = forms.CharField(label=_("Tracking number"), max_length=MAX_NUMBER)

    def __init__(self, data: Typed = None, *, return_id: int, number: str = "") -> None:
        super().__init__(data, initial={"tracking_number": number}, auto_id=f"trace-{return_id}-%s")


class ReceiptForm(forms.Form):
    """Where the goods came in, and how many of what is still expected; what differs from that is said in words."""

    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    key = KeyField()

    def __init__(self, data: Typed = None, *, return_id: int, seller_id: int, lines: Sequence[ReturnedLine]) -> None:
        super().__init__(data, auto_id=f"receipt-{return_id}-%s")
        field: Any = self.fields["warehouse"]
        field.queryset = Warehouse.objects.of_company(seller_id).order_by("pk")
        for line in lines:
            came = QuantityField(label=line.code, required=False, initial=line.expected)
            came.help_text = _("of %(quantity)d") % {"quantity": line.expected}
            self.fields[f"line-{line.pk}"] = came
        self.fields["note"] = forms.CharField(label=_("What is different"), max_length=MAX_REASON, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        quantities = {int(name[5:]): value or 0 for name, value in given.items() if name.startswith("line-")}
        said = {name: given.get(name) for name in ("warehouse", "note", "key")}
        return {"quantities": quantities, **said}


class InspectionForm(forms.Form):
    """What becomes of each unit that has come: how many of a line have which outcome."""

    key = KeyField()

    def __init__(self, data: Typed = None, *, return_id: int, lines: Sequence[ReturnedLine]) -> None:
        super().__init__(data, auto_id=f"inspection-{return_id}-%s")
        self.lines = lines
        for line in lines:
            for outcome in Outcome:
                field = QuantityField(label=outcome.label, required=False)
                field.initial = line.uninspected if outcome == Outcome.RESTOCK else None
                self.fields[f"{outcome}-{line.pk}"] = field

    def of_lines(self) -> list[tuple[ReturnedLine, list[Any]]]:
        """For the template: each line with the fields of its outcomes."""
        return [(line, [self[f"{outcome}-{line.pk}"] for outcome in Outcome]) for line in self.lines]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        looked = {line.pk: {each: given.get(f"{each}-{line.pk}") or 0 for each in Outcome} for line in self.lines}
        return {"looked": looked, "key": given.get("key")}
