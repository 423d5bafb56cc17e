"""What is typed of a transfer. It parses; the actions decide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from backend.inventory.guards import MAX_TEXT
from backend.inventory.models import Warehouse
from backend.inventory.transfers.actions import Arrived
from backend.inventory.transfers.queries import TransferRow
from frontend_htmx.fields import KeyField, QuantityField, Typed
from frontend_htmx.inventory.forms import WarehouseField


class TransferForm(forms.Form):
    """From where to where, and why."""

    source = WarehouseField(label=_("From"))
    target = WarehouseField(label=_("To"))
    note = forms.CharField(label=_("Note"), max_length=MAX_TEXT, required=False)
    key = KeyField()

    def __init__(
        self, data: Typed = None, *, warehouses: Sequence[Warehouse], initial: dict[str, Any] | None = None
    ) -> None:
        last = {"target": warehouses[-1].pk} if len(warehouses) > 1 else {}
        super().__init__(data, initial=initial or last, auto_id="transfer-%s")
        for name in ("source", "target"):
            self.fields[name].offer(warehouses)  # type: ignore[attr-defined]


class LinesForm(forms.Form):
    """A quantity for each line of a transfer."""

    def __init__(
        self, data: Typed = None, *, rows: Sequence[TransferRow], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial, auto_id="%s")
        self.rows = rows
        for row in rows:
            self._add(row)

    def _add(self, row: TransferRow) -> None:
        label = _("Quantity of %(code)s") % {"code": row.line.sku.code}
        self.fields[f"quantity-{row.line.pk}"] = QuantityField(label=label)

    @property
    def quantities(self) -> dict[int, int]:
        """Units by line."""
        return {row.line.pk: self.cleaned_data[f"quantity-{row.line.pk}"] for row in self.rows}

    @property
    def with_fields(self) -> list[tuple[TransferRow, BoundField, BoundField | None]]:
        """Each line with its field for a quantity, and for a reason if it has one."""
        return [(row, self[f"quantity-{row.line.pk}"], self._reason(row)) for row in self.rows]

    def _reason(self, row: TransferRow) -> BoundField | None:
        name = f"reason-{row.line.pk}"
        return self[name] if name in self.fields else None


class SendingForm(LinesForm):
    """What leaves."""


class ArrivalForm(LinesForm):
    """What came, and why it is another number than was sent."""

    def _add(self, row: TransferRow) -> None:
        super()._add(row)
        label = _("Reason for %(code)s, if another number came") % {"code": row.line.sku.code}
        self.fields[f"reason-{row.line.pk}"] = forms.CharField(label=label, max_length=MAX_TEXT, required=False)

    @property
    def arrived(self) -> dict[int, Arrived]:
        """What the action takes."""
        reasons = {row.line.pk: self.cleaned_data[f"reason-{row.line.pk}"] for row in self.rows}
        return {pk: Arrived(quantity, reasons[pk]) for pk, quantity in self.quantities.items()}


def sending_of(rows: Sequence[TransferRow]) -> SendingForm:
    """All that was asked for, as far as it is free."""
    return SendingForm(rows=rows, initial={f"quantity-{r.line.pk}": min(r.line.requested, r.free) for r in rows})


def arrival_of(rows: Sequence[TransferRow]) -> ArrivalForm:
    """All that was sent."""
    return ArrivalForm(rows=rows, initial={f"quantity-{r.line.pk}": r.line.sent for r in rows})
