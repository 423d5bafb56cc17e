"""What is typed into an address book. It parses; the action decides."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.addresses.actions import AddressDraft
from backend.accounts.addresses.models import LENGTHS, Address, Use
from backend.accounts.countries import countries
from frontend_htmx.fields import Typed

NAMES = ("name", "recipient", "street", "city", "postcode", "country", "contact", "note")


class CountryField(forms.ChoiceField):
    """A country, by its name in the reader's language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Country"), choices=lambda: countries(get_language() or "en"), **kwargs)


class AddressForm(forms.Form):
    """An address, and what the company calls it."""

    use = forms.ChoiceField(label=_("For"), choices=Use.choices, initial=Use.DELIVERY)
    name = forms.CharField(
        label=_("What you call it"), max_length=LENGTHS["name"], help_text=_("Such as “Shop in Leeds” or “Accounts”.")
    )
    recipient = forms.CharField(label=_("Recipient"), max_length=LENGTHS["recipient"])
    street = forms.CharField(label=_("Street and number"), max_length=LENGTHS["street"])
    city = forms.CharField(label=_("Town"), max_length=LENGTHS["city"])
    postcode = forms.CharField(label=_("Postcode"), max_length=LENGTHS["postcode"])
    country = CountryField()
    contact = forms.CharField(
        label=_("Contact"), max_length=LENGTHS["contact"], required=False, help_text=_("A name, a telephone number.")
    )
    note = forms.CharField(
        label=_("Opening hours and notes"),
        max_length=LENGTHS["note"],
        required=False,
        help_text=_("Whoever delivers reads it."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Typed = None, *, address: Address | None = None, country: str = "") -> None:
        """Of an address that is there already, or a new one."""
        now = {name: getattr(address, name) for name in NAMES} if address else {"country": country}
        super().__init__(data, initial={**now, "seen": address.version if address else None}, auto_id="address-%s")
        if address:
            del self.fields["use"]
        else:
            del self.fields["seen"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        draft = AddressDraft(**{name: given[name] for name in NAMES})
        if "use" in given:
            return {"draft": draft, "use": Use(given["use"])}
        return {"draft": draft, "seen": given.get("seen") or 0}
