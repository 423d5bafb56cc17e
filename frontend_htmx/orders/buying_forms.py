"""What is typed where a company lays down how it buys, and where somebody decides. They parse; the actions decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.catalog.models import Category
from backend.core.money import EXPONENTS
from backend.orders.rules.actions import RuleDraft
from backend.orders.rules.models import TURNS
from backend.orders.rules.queries import RulesPage
from frontend_htmx.fields import AmountField, Typed, minor_units

CURRENCIES = [(code, code) for code in EXPONENTS]
TURN_NAMES = dict(zip(TURNS, (_("First"), _("Then"), _("Last")), strict=True))
Choices = Sequence[tuple[Any, Any]]


class DecisionForm(forms.Form):
    """Which approval is given."""

    step = forms.IntegerField(widget=forms.HiddenInput)


class RejectionForm(forms.Form):
    """Which approval is refused, and why."""

    step = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), max_length=200)


class RuleForm(forms.Form):
    """What needs an approval, and whose."""

    from_amount = AmountField(label=_("From (net)"), required=False, help_text=_("Empty: any amount."))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    category = forms.ModelChoiceField(
        label=_("Of the category"), queryset=Category.objects.all(), required=False, empty_label=_("Any")
    )
    new_seller = forms.BooleanField(label=_("Of a seller of whom you have never ordered"), required=False)
    over_limit = forms.BooleanField(label=_("Over the person’s spending limit"), required=False)
    turn = forms.TypedChoiceField(label=_("Turn"), choices=list(TURN_NAMES.items()), coerce=int)
    approver = forms.TypedChoiceField(label=_("Approved by"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Typed = None, *, page: RulesPage) -> None:
        super().__init__(data, auto_id="rule-%s")
        choices: Choices = [("", _("Anybody who may approve")), *page.approvers]
        self.fields["approver"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        currency = given.get("currency", "GBP")
        return {
            "draft": RuleDraft(
                turn=given.get("turn", 1),
                approver_id=given.get("approver"),
                from_minor=minor_units(given.get("from_amount"), currency) or 0,
                currency=currency,
                category=given.get("category"),
                new_seller=given.get("new_seller", False),
                over_limit=given.get("over_limit", False),
            )
        }


class LimitForm(forms.Form):
    """How much a person, or everybody of a role, may order without an approval."""

    whose = forms.ChoiceField(label=_("For"))
    per_order = AmountField(label=_("An order (net)"), required=False)
    per_month = AmountField(label=_("A month (net)"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)

    FIELD_OF: Mapping[str | None, str] = {"role": "whose"}

    def __init__(self, data: Typed = None, *, page: RulesPage) -> None:
        super().__init__(data, auto_id="limit-%s")
        people = [(f"person-{pk}", name) for pk, name in page.people]
        roles = [(f"role-{key}", name) for key, name in page.roles]
        choices: Choices = [(_("People"), people), (_("Roles"), roles)]
        self.fields["whose"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        kind, _dash, name = given.get("whose", "").partition("-")
        currency = given.get("currency", "GBP")
        return {
            "user_id": int(name) if kind == "person" else None,
            "role": name if kind == "role" else "",
            "currency": currency,
            "per_order_minor": minor_units(given.get("per_order"), currency),
            "per_month_minor": minor_units(given.get("per_month"), currency),
        }


class DeputyForm(forms.Form):
    """Who stands in for whom, from when to when."""

    approver = forms.TypedChoiceField(label=_("For"), coerce=int)
    deputy = forms.TypedChoiceField(label=_("Stands in"), coerce=int)
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: Typed = None, *, approvers: Choices, deputies: Choices) -> None:
        super().__init__(data, auto_id="deputy-%s")
        self.fields["approver"].choices = approvers  # type: ignore[attr-defined]
        self.fields["deputy"].choices = deputies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {
            "approver_id": given.get("approver"),
            "deputy_id": given.get("deputy"),
            "starts_on": given.get("starts_on"),
            "ends_on": given.get("ends_on"),
        }
