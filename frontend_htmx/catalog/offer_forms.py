"""What a seller types about how he sells."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.catalog.models import SellerTerms, Sku
from backend.catalog.offers.actions import OfferTerms
from backend.core.money import EXPONENTS, Money
from backend.core.quantity import OrderRule, Packing
from backend.core.units import NAMES, Unit
from frontend_htmx.fields import AmountField, KeyField, QuantityField, Typed
from frontend_htmx.prices.forms import WordsField


class VariantForm(forms.Form):
    """Another variant: a name and a code; the rest is as its first."""

    key = KeyField()
    name = forms.CharField(label=_("Variant"), max_length=120, help_text=_("What it differs in, such as its colour."))
    code = forms.CharField(label=_("SKU"), max_length=40)

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="variant-%s")


class OfferForm(forms.Form):
    """How one SKU is ordered."""

    key = KeyField()
    base_version = forms.IntegerField(widget=forms.HiddenInput)
    unit = forms.ChoiceField(label=_("Sold by the"), choices=[(unit.value, name) for unit, name in NAMES.items()])
    moq = QuantityField(label=_("Minimum order"))
    increment = QuantityField(label=_("In steps of"))
    inner_pack = QuantityField(label=_("Inner pack"), required=False, help_text=_("Pieces in an inner, if there are."))
    case_pack = QuantityField(label=_("Case pack"), help_text=_("Pieces in a case."))
    pallet_cases = QuantityField(label=_("Cases on a pallet"), required=False)
    lead_time_days = QuantityField(
        label=_("Lead time, in days"), required=False, help_text=_("Empty: as your terms say for everything.")
    )
    listed = forms.BooleanField(label=_("Buyers see it"), required=False)

    FIELD_OF = {"unit_of_sale": "unit"}

    def __init__(self, data: Typed = None, *, sku: Sku) -> None:
        names = ("moq", "increment", "inner_pack", "case_pack", "pallet_cases", "lead_time_days", "listed")
        initial = {name: getattr(sku, name) for name in names}
        super().__init__(
            data, auto_id="offer-%s", initial={**initial, "unit": sku.unit_of_sale, "base_version": sku.version}
        )

    @property
    def terms(self) -> OfferTerms:
        """What was typed, in the catalogue's words; the form is valid."""
        given = self.cleaned_data
        return OfferTerms(
            unit=Unit(given["unit"]),
            rule=OrderRule(moq=given["moq"], increment=given["increment"], case_pack=given["case_pack"]),
            packing=Packing(given["inner_pack"], given["case_pack"], given["pallet_cases"]),
            lead_time_days=given["lead_time_days"],
            listed=given["listed"],
        )


class SellerTermsForm(forms.Form):
    """What holds for everything that a company sells."""

    key = KeyField()
    base_version = forms.IntegerField(widget=forms.HiddenInput)
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in EXPONENTS],
        help_text=_("In which you sell. Price lists in another one price nothing while it is this."),
    )
    order_minimum = AmountField(
        label=_("Order minimum"), help_text=_("The least that one order from you comes to; 0 for none.")
    )
    lead_time_days = QuantityField(
        label=_("Lead time, in days"), required=False, help_text=_("Where a product does not say another.")
    )

    delivers_to = WordsField(
        label=_("Delivers to the countries"),
        rows=2,
        help_text=_("Codes such as GB, DE. None: to each buyer’s own country, and nowhere else."),
    )

    def __init__(self, data: Typed = None, *, terms: SellerTerms) -> None:
        initial: dict[str, Any] = {
            "base_version": terms.version,
            "currency": terms.currency,
            "order_minimum": Money(terms.order_minimum_minor, terms.currency).amount,
            "lead_time_days": terms.lead_time_days,
            "delivers_to": ", ".join(terms.delivers_to),
        }
        super().__init__(data, auto_id="terms-%s", initial=initial)
