"""Fields that read what people of the trade type. They parse; whether it may be is the action's to say."""

import uuid
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from backend.catalog.pricing.reading import read_price
from backend.core.errors import Refused
from backend.core.money import EXPONENTS
from backend.core.quantity import parse_quantity

MAX_AMOUNT = Decimal(1_000_000_000)

# What a form is filled with: a POST, or nothing yet.
Typed = Mapping[str, Any] | None


def new_key() -> str:
    """An idempotency key: a form carries one, so that sent twice it counts once."""
    return uuid.uuid4().hex


class KeyField(forms.CharField):
    """The form's idempotency key."""

    def __init__(self) -> None:
        super().__init__(max_length=100, initial=new_key, widget=forms.HiddenInput)


class QuantityField(forms.CharField):
    """A whole number of units of sale, as typed."""

    def __init__(self, *, unit: str = "", **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off", **kwargs.pop("attrs", {})}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.unit = unit

    def clean(self, value: object) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            return parse_quantity(str(text), unit=self.unit or _("piece"))
        except Refused as refused:
            raise ValidationError(refused.message) from None


class PriceField(forms.CharField):
    """The price of one unit of sale in a currency, as typed."""

    def __init__(self, currency: str = "GBP", **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=30, widget=widget, **kwargs)
        self.currency = currency

    def clean(self, value: object) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            return read_price(str(text), self.currency)
        except Refused as refused:
            raise ValidationError(refused.message) from None


class AmountField(forms.CharField):
    """An amount in whole coins of a currency that stands beside it, as typed."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value: object) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            amount = Decimal(str(text).replace(",", "").replace(" ", "").lstrip("£€$"))
        except InvalidOperation:
            amount = Decimal(-1)
        if not (amount.is_finite() and 0 <= amount <= MAX_AMOUNT):
            raise ValidationError(
                _("“%(text)s” is not an amount. Give one from 0 to %(max)s, such as 500 or 499.95.")
                % {"text": str(text)[:20], "max": f"{MAX_AMOUNT:,}"}
            )
        return amount


def minor_units(amount: Decimal | None, currency: str) -> int | None:
    """An amount in the smallest coins of its currency, rounded half to even; None stays None."""
    return None if amount is None else int(amount.scaleb(EXPONENTS[currency]).to_integral_value(ROUND_HALF_EVEN))
