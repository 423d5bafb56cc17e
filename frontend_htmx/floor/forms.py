"""Which entries of the floor are asked for: everything stands in the URL."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.analytics.floor.filters import Filters, Only
from backend.analytics.floor.states import SHOWN, shown_label
from backend.core.money import EXPONENTS
from frontend_htmx.fields import Typed

MAX_AMOUNT = Decimal(10**12)


class FloorForm(forms.Form):
    """What can't be read is said beside its field, and filters nothing."""

    kind = forms.ChoiceField(label=_("What happened"), required=False)
    company = forms.CharField(label=_("Company"), max_length=80, required=False)
    amount = forms.DecimalField(
        label=_("Amount from"), min_value=Decimal(0), max_value=MAX_AMOUNT, decimal_places=3, required=False
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    only = forms.ChoiceField(label=_("Stands now"), required=False)

    def __init__(self, data: Typed) -> None:
        super().__init__(data, auto_id="floor-%s")
        self.fields["kind"].choices = [("", _("Everything")), *((step, shown_label(step)) for step in SHOWN)]  # type: ignore[attr-defined]
        self.fields["currency"].choices = [("", _("Any currency")), *((each, each) for each in EXPONENTS)]  # type: ignore[attr-defined]
        self.fields["only"].choices = [("", _("Anywhere")), *Only.choices]  # type: ignore[attr-defined]

    def filters(self) -> Filters:
        """What was asked for, as far as it can be read."""
        self.full_clean()
        given: dict[str, Any] = self.cleaned_data
        return Filters(
            step=given.get("kind", ""),
            company=given.get("company", "").replace("\x00", "").strip(),
            currency=given.get("currency", ""),
            amount_from=given.get("amount"),
            only=given.get("only", ""),
        )
