"""What a seller types to describe a product."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.catalog.actions import Draft, Tier
from backend.catalog.models import Category
from backend.catalog.offers.actions import OfferDraft, OfferTerms
from backend.core.quantity import OrderRule, Packing, Unit
from frontend_htmx.catalog.units import NAMES
from frontend_htmx.fields import KeyField, PriceField, QuantityField, Typed

MORE_TIERS = (2, 3, 4)


class TiersForm(forms.Form):
    """How something is ordered, and up to four price tiers."""

    key = KeyField()
    code = forms.CharField(
        label=_("SKU"), max_length=40, help_text=_("Your own code for it; no two of yours are alike.")
    )
    unit = forms.ChoiceField(label=_("Sold by the"), choices=[(unit.value, name) for unit, name in NAMES.items()])
    moq = QuantityField(label=_("Minimum order"), initial="1")
    increment = QuantityField(label=_("In steps of"), initial="1")
    case_pack = QuantityField(label=_("Case pack"), initial="1", help_text=_("Pieces in a case."))
    price = PriceField(label=_("Price of one"), help_text=_("In pounds, such as 2.95."))
    from2 = QuantityField(label=_("From"), required=False)
    price2 = PriceField(label=_("Price each"), required=False)
    from3 = QuantityField(label=_("From"), required=False)
    price3 = PriceField(label=_("Price each"), required=False)
    from4 = QuantityField(label=_("From"), required=False)
    price4 = PriceField(label=_("Price each"), required=False)

    # Where the action puts its no: the catalogue's words on the left, this form's fields on the right.
    FIELD_OF = {"tiers": "price2", "unit_of_sale": "unit"}

    @property
    def more_tiers(self) -> Sequence[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"from{n}"], self[f"price{n}"]) for n in MORE_TIERS]

    def clean(self) -> dict[str, Any]:
        """A step is a quantity with its price: half of one says nothing."""
        given = super().clean() or self.cleaned_data
        for n in MORE_TIERS:
            if not self.errors and (given[f"from{n}"] is None) != (given[f"price{n}"] is None):
                self.add_error(f"price{n}", gettext("A step takes both a quantity and a price, or neither."))
        return given

    @property
    def tiers(self) -> Sequence[Tier]:
        """What was typed; the form is valid."""
        given = self.cleaned_data
        steps = [Tier(given[f"from{n}"], given[f"price{n}"]) for n in MORE_TIERS if given[f"from{n}"] is not None]
        return [Tier(1, given["price"]), *steps]


class ProductForm(TiersForm):
    """A product with its one SKU and up to four price tiers."""

    name = forms.CharField(label=_("Name"), max_length=160)
    category = forms.ModelChoiceField(Category.objects.all(), label=_("Category"), empty_label=_("Choose one"))
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    gtin = forms.CharField(
        label="GTIN", max_length=14, required=False, help_text=_("The number below the barcode, if it has one.")
    )

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="product-%s")

    @property
    def draft(self) -> Draft:
        """What was typed, in the catalogue's words; the form is valid."""
        given = self.cleaned_data
        return Draft(
            name=given["name"],
            category=given["category"],
            code=given["code"],
            description=given["description"],
            unit=Unit(given["unit"]),
            rule=OrderRule(moq=given["moq"], increment=given["increment"], case_pack=given["case_pack"]),
            gtin=given["gtin"],
            tiers=self.tiers,
        )


class NewOfferForm(TiersForm):
    """An offer of what somebody else describes."""

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="offer-%s")

    @property
    def draft(self) -> OfferDraft:
        """What was typed, in the catalogue's words; the form is valid."""
        given = self.cleaned_data
        rule = OrderRule(moq=given["moq"], increment=given["increment"], case_pack=given["case_pack"])
        terms = OfferTerms(Unit(given["unit"]), rule, Packing(case=given["case_pack"]))
        return OfferDraft(given["code"], self.tiers, terms)
