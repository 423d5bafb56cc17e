"""What is typed about goods that come back. They parse; the actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.inventory.models import Warehouse
from backend.orders.returns.actions import MAX_NUMBER
from backend.orders.returns.queries import ReturnView
from backend.orders.returns.states import Outcome
from backend.orders.states import MAX_REASON
from frontend_htmx.fields import KeyField, Typed
from frontend_htmx.orders.line_rows import Countable, LineRowsForm


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


class ReceiptForm(LineRowsForm):
    """Where the goods came in, and how many of what is still expected; what differs from that is said in words."""

    REST = (("line", _("All of it has come")), ("", _("Nothing of it has come")))

    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    note = forms.CharField(label=_("What is different"), max_length=MAX_REASON, required=False)
    key = KeyField()

    def __init__(self, data: Typed = None, *, goods: ReturnView, seller_id: int) -> None:
        expected = [Countable(line.pk, line.code, line.expected, line.expected) for line in goods.lines]
        super().__init__(data, lines=expected, name=f"receipt-{goods.pk}")
        field: Any = self.fields["warehouse"]
        field.queryset = Warehouse.objects.of_company(seller_id).order_by("pk")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said = {name: given.get(name) for name in ("warehouse", "note", "key")}
        return {"quantities": self.counted(given)["line"], **said}


class InspectionForm(LineRowsForm):
    """What becomes of each unit that has come: how many of a line have which outcome."""

    AMOUNTS = dict(Outcome.choices)
    REST = Outcome.choices

    key = KeyField()

    def __init__(self, data: Typed = None, *, goods: ReturnView) -> None:
        there = [Countable(line.pk, line.code, line.uninspected, line.uninspected) for line in goods.lines]
        super().__init__(data, lines=there, name=f"inspection-{goods.pk}")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        found = self.counted(given)
        looked = {pk: {each: found[each][pk] for each in Outcome} for pk in found[Outcome.RESTOCK]}
        return {"looked": looked, "key": given.get("key")}
