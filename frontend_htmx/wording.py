"""What forms say by themselves, in the words of the house rather than of Django."""

from django import forms
from django.utils.translation import gettext_lazy as _


def speak() -> None:
    """Of every field that is made from now on: what is missing, and what to do about it."""
    forms.Field.default_error_messages["required"] = _("Fill this in: it is required.")
    for choice in (forms.ChoiceField, forms.ModelChoiceField):
        choice.default_error_messages["required"] = _("Choose one: it is required.")
