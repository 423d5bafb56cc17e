"""What is typed of a count. It parses; the actions decide."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.inventory.counts.actions import MAX_NAME
from backend.inventory.counts.queries import CountLineView, SheetRow
from backend.inventory.guards import MAX_TEXT
from backend.inventory.models import CountLine, Warehouse
from frontend_htmx.fields import KeyField, QuantityField, Typed
from frontend_htmx.inventory.forms import WarehouseField


class BeginForm(forms.Form):
    """Where is counted, and what of it."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME, help_text=_("Such as “Aisle 3, spring”."))
    warehouse = WarehouseField(label=_("Warehouse"))
    text = forms.CharField(
        label=_("Only"), max_length=80, required=False, help_text=_("Part of a name, or how a code begins. Empty: all.")
    )
    key = KeyField()

    def __init__(self, data: Typed = None, *, warehouses: Sequence[Warehouse]) -> None:
        super().__init__(data, auto_id="begin-%s")
        self.fields["warehouse"].offer(warehouses)  # type: ignore[attr-defined]


class EntryForm(forms.Form):
    """What somebody counted of a line; `shown` is the version that the live number beside it has, `seen` what stood
    there when typing began, and counts before it."""

    counted = QuantityField(label=_("Counted"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=MAX_TEXT, required=False)
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    shown = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, line: CountLine) -> None:
        super().__init__(data, auto_id=f"count-line-{line.pk}-%s")
        for name in ("counted", "reason"):
            self.fields[name].widget.attrs["placeholder"] = self.fields[name].label
        self.line = line

    def clean(self) -> dict[str, object]:
        given = super().clean() or self.cleaned_data
        seen = given.get("shown") if given.get("seen") is None else given["seen"]
        return {"counted": given.get("counted"), "reason": given.get("reason", ""), "seen": seen}

    def rebase(self, now: Mapping[str, object]) -> None:
        """The same again, against what somebody else counted."""
        self.data = {**dict(self.data.items()), "seen": str(now["version"])}


class PostingForm(forms.Form):
    """Why the differences are, where a line does not say so itself."""

    reason = forms.CharField(
        label=_("Reason for all that say none"), max_length=MAX_TEXT, required=False, initial=_("Counted")
    )

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="posting-%s")


def entries_of(rows: Sequence[SheetRow], typed: EntryForm | None) -> list[tuple[CountLineView, EntryForm]]:
    """What was counted of each line, and a form; the one that was refused as it was typed."""
    return [(row.view, typed if typed and typed.line.pk == row.line.pk else EntryForm(line=row.line)) for row in rows]
