"""What is typed where a seller gives credit. They parse; the actions decide."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.core.money import Money
from backend.orders.credit.actions import CreditDraft
from backend.orders.models import CreditPolicy
from frontend_htmx.fields import AmountField, Typed, minor_units
from frontend_htmx.orders.buying_forms import CURRENCIES


class PolicyForm(forms.Form):
    """The terms of customers with whom nothing is agreed."""

    on_account = forms.BooleanField(label=_("They may order on account"), required=False)
    limit = AmountField(label=_("Up to (tax included)"), required=False, help_text=_("Empty: no limit."))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    net_days = forms.IntegerField(label=_("Net days"), min_value=1, max_value=365)

    def __init__(self, data: Typed = None, *, of: CreditPolicy | None = None) -> None:
        super().__init__(data, initial=_initial(of) if of else {}, auto_id="policy-%s")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {"draft": _draft(given), "on_account": given.get("on_account", False)}


class AgreementForm(forms.Form):
    """What one customer may owe."""

    customer = forms.CharField(label=_("Customer"), max_length=120, help_text=_("As the company writes its name."))
    limit = AmountField(label=_("Credit limit (tax included)"))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    net_days = forms.IntegerField(label=_("Net days"), min_value=1, max_value=365, initial=30)

    FIELD_OF: Mapping[str | None, str] = {"companies": "customer"}

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="agreement-%s")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {"customer": given.get("customer", ""), "draft": _draft(given)}


def _draft(given: Mapping[str, Any]) -> CreditDraft:
    currency = given.get("currency", "GBP")
    return CreditDraft(currency, minor_units(given.get("limit"), currency), given.get("net_days") or 0)


def _initial(policy: CreditPolicy) -> dict[str, object]:
    limit = None if policy.limit_minor is None else Money(policy.limit_minor, policy.currency).amount
    return {
        "on_account": policy.on_account,
        "limit": limit,
        "currency": policy.currency,
        "net_days": policy.net_days,
    }
