"""What is typed of a warehouse. It parses; the actions decide."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.countries import countries
from backend.inventory.models import Warehouse
from backend.inventory.warehouses.actions import MAX_LENGTH, Place
from frontend_htmx.fields import KeyField, Typed


class WarehouseForm(forms.Form):
    """A name and an address; `seen` is the version that it was filled from."""

    name = forms.CharField(label=_("Name"), max_length=MAX_LENGTH["name"])
    street = forms.CharField(label=_("Street"), max_length=MAX_LENGTH["street"], required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=MAX_LENGTH["postcode"], required=False)
    city = forms.CharField(label=_("City"), max_length=MAX_LENGTH["city"], required=False)
    country = forms.ChoiceField(
        label=_("Country"), help_text=_("Buyers in this country are served from here before others.")
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = KeyField()

    def __init__(
        self, data: Typed = None, *, of: Warehouse | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        filled = {name: getattr(of, name) for name in (*MAX_LENGTH, "country")} | {"seen": of.version} if of else {}
        super().__init__(data, initial=filled or initial, auto_id="warehouse-%s")
        self.fields["country"].choices = countries(get_language() or "en")  # type: ignore[attr-defined]

    @property
    def place(self) -> Place:
        """What the actions take."""
        return Place(**{name: self.cleaned_data[name] for name in (*MAX_LENGTH, "country")})

    def rebase(self, now: Warehouse) -> None:
        """The same again, against what it says now."""
        self.data = {**dict(self.data.items()), "seen": str(now.version)}
