"""What is typed where a seller lets the market answer by itself. It parses; the action decides."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.catalog.models import Category
from backend.negotiation.automatic.actions import RuleDraft
from backend.negotiation.automatic.models import MAX_A_DAY, MAX_NAME, MAX_VALID_DAYS
from frontend_htmx.fields import QuantityField, Typed
from frontend_htmx.prices.forms import PercentField


class AnswerRuleForm(forms.Form):
    """Which enquiries are answered by themselves, and with what."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME, help_text=_("A rule of the same name is replaced."))
    code = forms.CharField(
        label=_("SKU"), max_length=40, required=False, help_text=_("Neither a SKU nor a category: all that you sell.")
    )
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.all(), required=False, empty_label=_("None")
    )
    min_quantity = QuantityField(label=_("Quantity from"), initial=1)
    max_quantity = QuantityField(label=_("to"))
    percent_off = PercentField(
        label=_("Percent off"), required=False, initial="0", help_text=_("Of what this buyer pays for the quantity.")
    )
    valid_days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=MAX_VALID_DAYS, initial=7)
    net_days = forms.IntegerField(label=_("Payment within days"), min_value=0, max_value=120, initial=30)
    lead_time_days = forms.IntegerField(label=_("Lead time in days"), min_value=0, max_value=365, required=False)
    per_day = forms.IntegerField(label=_("Answers a day at most"), min_value=1, max_value=MAX_A_DAY, initial=50)
    holds_stock = forms.BooleanField(label=_("Hold the stock until then"), required=False)

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="rule-%s")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        category = given.get("category")
        draft = RuleDraft(
            name=given.get("name", ""),
            code=given.get("code", ""),
            category_id=category.pk if category else None,
            min_quantity=given.get("min_quantity") or 1,
            max_quantity=given.get("max_quantity") or 0,
            percent_off=given.get("percent_off") or Decimal(0),
            valid_days=given.get("valid_days") or 0,
            net_days=given.get("net_days") or 0,
            lead_time_days=given.get("lead_time_days"),
            per_day=given.get("per_day") or 0,
            holds_stock=given.get("holds_stock", False),
        )
        return {"draft": draft}
