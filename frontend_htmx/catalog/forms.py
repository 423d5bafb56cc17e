"""What a seller types to describe a product."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.catalog.actions import MAX_TIERS, Draft, Tier
from backend.catalog.models import Category, Sku
from backend.catalog.offers.actions import OfferDraft, OfferTerms
from backend.catalog.pricing.reading import written
from backend.catalog.translations import reading
from backend.core.money import EXPONENTS
from backend.core.quantity import OrderRule, Packing
from backend.core.units import NAMES, Unit
from frontend_htmx.fields import KeyField, PriceField, QuantityField, Typed

SPARE = 3
"""Blank steps below those of a ladder."""


class Steps(forms.Form):
    """What one costs from 1 on and, for `more` larger quantities, from those on, in a currency."""

    # Where the action puts its no: the catalogue's words on the left, this form's fields on the right.
    FIELD_OF: Mapping[str | None, str] = {"tiers": "price2"}

    def __init__(self, data: Typed = None, *, currency: str, more: int = 3, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.numbers = range(2, 2 + more)
        self.fields["price"] = PriceField(currency, label=_("Price of one"), help_text=_in(currency))
        for n in self.numbers:
            self.fields[f"from{n}"] = QuantityField(label=_("From"), required=False)
            self.fields[f"price{n}"] = PriceField(currency, label=_("Price each"), required=False)

    @property
    def more_tiers(self) -> Sequence[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"from{n}"], self[f"price{n}"]) for n in self.numbers]

    def clean(self) -> dict[str, Any]:
        """A step is a quantity with its price: half of one says nothing."""
        given = super().clean() or self.cleaned_data
        for n in self.numbers:
            if not self.errors and (given[f"from{n}"] is None) != (given[f"price{n}"] is None):
                self.add_error(f"price{n}", gettext("A step takes both a quantity and a price, or neither."))
        return given

    @property
    def tiers(self) -> Sequence[Tier]:
        """What was typed, in the order of quantities; the form is valid."""
        given = self.cleaned_data
        steps = [Tier(given[f"from{n}"], given[f"price{n}"]) for n in self.numbers if given[f"from{n}"] is not None]
        return [Tier(1, given["price"]), *sorted(steps, key=lambda tier: tier.min_quantity)]


class TiersForm(Steps):
    """How something is ordered, and up to four price tiers."""

    key = KeyField()
    code = forms.CharField(
        label=_("SKU"), max_length=40, help_text=_("Your own code for it; no two of yours are alike.")
    )
    unit = forms.ChoiceField(label=_("Sold by the"), choices=[(unit.value, name) for unit, name in NAMES.items()])
    moq = QuantityField(label=_("Minimum order"), initial="1")
    increment = QuantityField(label=_("In steps of"), initial="1")
    case_pack = QuantityField(label=_("Case pack"), initial="1", help_text=_("Pieces in a case."))

    FIELD_OF = {**Steps.FIELD_OF, "unit_of_sale": "unit"}


class ProductForm(TiersForm):
    """A product with its one SKU and up to four price tiers."""

    name = forms.CharField(label=_("Name"), max_length=160)
    category = forms.ModelChoiceField(Category.objects.all(), label=_("Category"), empty_label=_("Choose one"))
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.ChoiceField(
        label=_("These words are in"), choices=settings.LANGUAGES, initial=reading, required=False
    )
    gtin = forms.CharField(
        label="GTIN", max_length=14, required=False, help_text=_("The number below the barcode, if it has one.")
    )

    def __init__(self, data: Typed = None, *, currency: str) -> None:
        super().__init__(data, currency=currency, auto_id="product-%s")

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
            language=given["language"] or reading(),
            tiers=self.tiers,
        )


class NewOfferForm(TiersForm):
    """An offer of what somebody else describes."""

    def __init__(self, data: Typed = None, *, currency: str) -> None:
        super().__init__(data, currency=currency, auto_id="offer-%s")

    @property
    def draft(self) -> OfferDraft:
        """What was typed, in the catalogue's words; the form is valid."""
        given = self.cleaned_data
        rule = OrderRule(moq=given["moq"], increment=given["increment"], case_pack=given["case_pack"])
        terms = OfferTerms(Unit(given["unit"]), rule, Packing(case=given["case_pack"]))
        return OfferDraft(given["code"], self.tiers, terms)


class LadderForm(Steps):
    """What an offer costs whoever has no price list. A step that is emptied goes; nothing at all: on request."""

    key = KeyField()
    base_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, sku: Sku, ladder: Sequence[Tier], currency: str) -> None:
        first = next((tier for tier in ladder if tier.min_quantity == 1), None)
        rest = [tier for tier in ladder if tier is not first]
        initial = {"base_version": sku.version, "price": written(first.price) if first else ""}
        for n, tier in enumerate(rest, start=2):
            initial |= {f"from{n}": tier.min_quantity, f"price{n}": written(tier.price)}
        more = min(MAX_TIERS - 1, len(rest) + SPARE)
        super().__init__(data, currency=currency, more=more, initial=initial, auto_id="ladder-%s")
        self.fields["price"].required = False

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors and given["price"] is None and any(given[f"from{n}"] for n in self.numbers):
            self.add_error("price", gettext("The first price is the one from 1 unit on."))
        return given

    @property
    def tiers(self) -> Sequence[Tier]:
        """What was typed; the form is valid."""
        return [] if self.cleaned_data["price"] is None else super().tiers


def _in(currency: str) -> str:
    """How a price in this currency is typed."""
    example = "2.95" if EXPONENTS[currency] else "450"
    return gettext("In %(currency)s, such as %(example)s.") % {"currency": currency, "example": example}
