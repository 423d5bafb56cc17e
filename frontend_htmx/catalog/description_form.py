"""The sheet of a product as a form: its fields are the keys of catalog.description."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.countries import countries
from backend.catalog.attributes import definitions_of
from backend.catalog.description import MOST_OF_PRODUCT, MOST_OF_VARIANT, described
from backend.catalog.models import AttributeDefinition, AttributeKind, Category, Product, Variant
from backend.catalog.translations import further
from frontend_htmx.catalog.translation_fields import further_of, translation_fields
from frontend_htmx.fields import KeyField, QuantityField, Typed

MEASURES = {
    "weight_g": _("Weight, in grams"),
    "length_mm": _("Length, in millimetres"),
    "width_mm": _("Width, in millimetres"),
    "height_mm": _("Height, in millimetres"),
}

NAMED = {"name": _("Name"), "description": _("Description")}
VARIANT_NAMED = {"name": _("Variant")}


class DescriptionForm(forms.Form):
    """What a product and its variants say, with the attributes of its category."""

    key = KeyField()
    base_version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=160)
    category = forms.ModelChoiceField(Category.objects.all(), label=_("Category"), empty_label=None)
    brand = forms.CharField(label=_("Brand"), max_length=80, required=False)
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    language = forms.ChoiceField(label=_("Its own words are in"), choices=settings.LANGUAGES)
    origin_country = forms.ChoiceField(label=_("Country of origin"), required=False)
    hs_code = forms.CharField(
        label=_("HS code"), max_length=20, required=False, help_text=_("6 to 10 digits, for customs: 6912.00.")
    )
    lead_time_days = QuantityField(
        label=_("Lead time, in days"), required=False, help_text=_("From the order to dispatch.")
    )
    second_eyes = forms.BooleanField(label=_("Have somebody else approve it"), required=False)

    def __init__(self, data: Typed = None, *, product: Product) -> None:
        sheet = described(product)
        super().__init__(data, auto_id="sheet-%s", initial={**sheet, "base_version": product.version})
        self.definitions = definitions_of(product.category)
        self.variants = list(product.variants.all())
        country: forms.ChoiceField = self.fields["origin_country"]  # type: ignore[assignment]
        country.choices = [("", _("Not said")), *countries(get_language() or "en")]
        for code, definition in self.definitions.items():
            if not definition.is_variant_axis:
                self.fields[f"attributes.{code}"] = attribute_field(definition)
        self.languages = further(product.language)
        self.fields |= translation_fields(self.languages, NAMED, MOST_OF_PRODUCT)
        for variant in self.variants:
            self._add_variant(variant)

    def _add_variant(self, variant: Variant) -> None:
        at = f"variants.{variant.pk}"
        self.fields[f"{at}.name"] = forms.CharField(label=_("Variant"), max_length=120, required=False)
        self.fields |= translation_fields(self.languages, VARIANT_NAMED, MOST_OF_VARIANT, at=f"{at}.")
        for code, definition in self.definitions.items():
            if definition.is_variant_axis:
                self.fields[f"{at}.attributes.{code}"] = attribute_field(definition)
        self.fields[f"{at}.gtin"] = forms.CharField(label="GTIN", max_length=14, required=False)
        for name, label in MEASURES.items():
            self.fields[f"{at}.{name}"] = QuantityField(label=label, required=False)

    @property
    def shared_attributes(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("attributes.")]

    @property
    def translation_fields(self) -> list[forms.BoundField]:
        return further_of(self)

    @property
    def variant_fields(self) -> list[tuple[Variant, list[forms.BoundField]]]:
        return [
            (variant, [self[name] for name in self.fields if name.startswith(f"variants.{variant.pk}.")])
            for variant in self.variants
        ]

    @property
    def sheet(self) -> Mapping[str, Any]:
        """What was typed, in the words of catalog.description; the form is valid."""
        other = {"key", "base_version", "second_eyes", "category"}
        typed = {name: value for name, value in self.cleaned_data.items() if name not in other}
        return {**typed, "category": self.cleaned_data["category"].pk}


def attribute_field(definition: AttributeDefinition) -> forms.Field:
    """The field that asks for an attribute. Whether it may stay empty is the action's to say."""
    label = f"{definition.local_name}, {definition.local_unit}" if definition.unit else definition.local_name
    if definition.kind == AttributeKind.NUMBER:
        return NumberField(label=label, required=False)
    if definition.kind == AttributeKind.CHOICE:
        choices = [("", _("Not said")), *((choice, definition.local_choice(choice)) for choice in definition.choices)]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if definition.kind == AttributeKind.YES_NO:
        return YesNoField(label=label, required=False)
    return forms.CharField(label=label, max_length=200, required=False)


class NumberField(forms.DecimalField):
    """A number as JSON holds it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_digits=15, decimal_places=4, widget=widget, **kwargs)

    def clean(self, value: object) -> Any:
        number = super().clean(value)
        if number is None:
            return None
        return int(number) if number == number.to_integral_value() else float(number)


class YesNoField(forms.TypedChoiceField):
    """Yes, no, or not said."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("Not said")), ("yes", _("Yes")), ("no", _("No"))]
        super().__init__(choices=choices, coerce=lambda word: word == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value: object) -> object:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
