"""What is typed into a change of an order. It parses; the action decides."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.accounts.addresses.models import LENGTHS
from backend.orders.amendments.drafting import Wanted
from backend.orders.models import Order
from backend.orders.states import MAX_REASON
from frontend_htmx.fields import KeyField, QuantityField, Typed
from frontend_htmx.orders.destinations import ADDRESS
from frontend_htmx.orders.line_rows import Countable, LineRowsForm

MOVED = (*ADDRESS, "contact", "note")
ROWS = 3
"""SKUs that can be added in one go."""


class AmendmentForm(LineRowsForm):
    """How many of a line are to be delivered in all, a few more SKUs, the date and the address."""

    NAMED = "changed"

    requested_on = forms.DateField(
        label=_("Wanted on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    recipient = forms.CharField(label=_("Deliver to"), max_length=80, required=False)
    street = forms.CharField(label=_("Street and number"), max_length=120, required=False)
    city = forms.CharField(label=_("Town"), max_length=80, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)
    contact = forms.CharField(label=_("Contact"), max_length=LENGTHS["contact"], required=False)
    note = forms.CharField(label=_("Opening hours and notes"), max_length=LENGTHS["note"], required=False)
    reason = forms.CharField(label=_("Why"), max_length=MAX_REASON, required=False)
    seen_seq = forms.IntegerField(widget=forms.HiddenInput)
    key = KeyField()

    def __init__(self, data: Typed = None, *, order: Order) -> None:
        now = {name: order.ship_to.get(name, "") for name in MOVED}
        self.was = {**now, "requested_on": order.requested_on}
        lines = list(order.lines.filter(replaces=None).order_by("position"))
        own = [Countable(line.pk, line.code, line.quantity, line.due) for line in lines]
        super().__init__(data, lines=own, name="amend", initial={**self.was, "seen_seq": order.last_seq})
        self.FIELD_OF["added"] = "code-1"
        for line in [] if self.is_long else lines:
            field = self.fields[f"line-{line.pk}"]
            field.label, field.help_text = _("%(code)s, %(name)s") % {"code": line.code, "name": line.name}, ""
            field.initial = line.due
        for nth in range(1, ROWS + 1):
            self.fields[f"code-{nth}"] = forms.CharField(label=_("SKU"), max_length=40, required=False)
            self.fields[f"quantity-{nth}"] = QuantityField(label=_("Quantity"), required=False)

    def contents(self) -> list[tuple[str, int, int]]:
        """For the template: each line with how many of it are to be delivered now."""
        return [(line.code, line.usual, 0) for line in self.lines]

    def added(self) -> list[tuple[Any, Any]]:
        """The fields of what is added: (SKU, quantity)."""
        return [(self[f"code-{nth}"], self[f"quantity-{nth}"]) for nth in range(1, ROWS + 1)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        wanted = Wanted(
            quantities=self._said_of_lines(given),
            added=self._added(given),
            requested_on=self._if_other(given, "requested_on"),
            ship_to={name: given.get(name, "") for name in MOVED} if self._moves(given) else {},
        )
        said = {name: given.get(name) for name in ("reason", "seen_seq", "key")}
        return {"wanted": wanted, **said}

    def _said_of_lines(self, given: Mapping[str, Any]) -> Mapping[int, int]:
        """Of which nothing is said stays as it is."""
        counted = self.counted(given)["line"]
        return {pk: n for pk, n in counted.items() if given.get(self.FIELD_OF[f"line-{pk}"]) is not None}

    def _added(self, given: Mapping[str, Any]) -> dict[str, int]:
        rows = ((given.get(f"code-{n}", "").strip().upper(), given.get(f"quantity-{n}"), n) for n in range(1, ROWS + 1))
        found: dict[str, int] = {}
        for code, quantity, nth in rows:
            if code and not quantity:
                self.add_error(f"quantity-{nth}", _("Say how many."))
            elif code:
                found[code] = found.get(code, 0) + (quantity or 0)
        return found

    def _if_other(self, given: Mapping[str, Any], name: str) -> Any:
        return given.get(name) if given.get(name) != self.was[name] else None

    def _moves(self, given: Mapping[str, Any]) -> bool:
        return any(given.get(name, "") != self.was[name] for name in MOVED)
