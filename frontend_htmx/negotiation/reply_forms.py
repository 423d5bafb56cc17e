"""What is typed where a seller's people keep replies and offer templates. They parse; the actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.core.money import Money
from backend.negotiation.replies.actions import TemplateDraft
from backend.negotiation.replies.models import MAX_NOTE, MAX_TEXT, MAX_TITLE, MAX_VALID_DAYS
from frontend_htmx.fields import PriceField, Typed
from frontend_htmx.negotiation.forms import INCOTERMS
from frontend_htmx.prices.forms import PercentField


class ReplyForm(forms.Form):
    """A message to be sent again."""

    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE, help_text=_("One of the same title is replaced."))
    text = forms.CharField(label=_("Text"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="reply-%s")


class TemplateForm(forms.Form):
    """Terms to begin an offer with."""

    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE, help_text=_("One of the same title is replaced."))
    percent_off = PercentField(
        label=_("Percent off"),
        required=False,
        help_text=_("Of what the buyer pays for the quantity. Empty: prices are typed each time."),
    )
    incoterm = forms.ChoiceField(label=_("Incoterm"), choices=INCOTERMS, required=False)
    net_days = forms.IntegerField(label=_("Payment within days"), min_value=0, max_value=120, initial=30)
    lead_time_days = forms.IntegerField(label=_("Lead time in days"), min_value=0, max_value=365, required=False)
    valid_days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=MAX_VALID_DAYS, initial=14)
    holds_stock = forms.BooleanField(label=_("Hold the stock until then"), required=False)
    note = forms.CharField(
        label=_("What to say with it"),
        max_length=MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Typed = None, *, currency: str) -> None:
        super().__init__(data, auto_id="template-%s")
        self.currency = currency
        self.fields["freight"] = PriceField(currency, label=_("Freight"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        freight = given.get("freight")
        draft = TemplateDraft(
            title=given.get("title", ""),
            percent_off=given.get("percent_off"),
            freight=Money(int(freight.minor) if freight else 0, self.currency),
            incoterm=given.get("incoterm", ""),
            net_days=given.get("net_days") or 0,
            lead_time_days=given.get("lead_time_days"),
            valid_days=given.get("valid_days") or 0,
            holds_stock=given.get("holds_stock", False),
            note=given.get("note", ""),
        )
        return {"draft": draft}
