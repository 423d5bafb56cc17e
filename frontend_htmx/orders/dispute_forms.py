"""What is typed about a dispute. The forms parse; the actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.orders.disputes.states import DisputeReason, Side
from backend.orders.states import MAX_NOTE
from frontend_htmx.fields import KeyField, Typed


class WordsForm(forms.Form):
    """What one side says about a dispute."""

    words = forms.CharField(label=_("What you want to say"), max_length=MAX_NOTE, widget=forms.Textarea({"rows": 3}))
    key = KeyField()

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="dispute-%s")


class DisputeForm(WordsForm):
    """Why an order is disputed, and in one's own words."""

    reason = forms.TypedChoiceField(label=_("Why?"), choices=DisputeReason.choices, coerce=DisputeReason)
    field_order = ("reason", "words", "key")


class DecisionForm(forms.Form):
    """Whom an operator decides for, and why."""

    side = forms.TypedChoiceField(choices=Side.choices, coerce=Side)
    words = forms.CharField(label=_("Why?"), max_length=MAX_NOTE, widget=forms.Textarea({"rows": 3}))

    def __init__(self, data: Typed = None, *, dispute_id: int) -> None:
        super().__init__(data, auto_id=f"decision-{dispute_id}-%s")
        self.dispute_id = dispute_id

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "side" in self.errors:
            self.add_error(None, _("Say for whom you decide: with one of the two buttons."))
        return given
