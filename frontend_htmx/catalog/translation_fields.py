"""The fields that ask for what something says in further languages: written in that language, from its own side."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language_info

from backend.catalog.translations import AT, in_language

AREA_FROM = 500
"""A text that may be so long gets a field of several lines."""


def translation_fields(
    languages: list[str], labels: Mapping[str, Promise], most: Mapping[str, int], *, at: str = ""
) -> Iterator[tuple[str, forms.Field]]:
    """Under its key of catalog.description, a field for each text and language; all may stay empty."""
    for language in languages:
        for name, label in labels.items():
            yield f"{at}{AT}{name}.{language}", _field(language, label, most[name])


def _field(language: str, label: Promise, most: int) -> forms.Field:
    direction = "rtl" if get_language_info(language)["bidi"] else "ltr"
    attrs = {"lang": language, "dir": direction, **({"rows": 4} if most >= AREA_FROM else {})}
    widget = forms.Textarea(attrs=attrs) if most >= AREA_FROM else forms.TextInput(attrs=attrs)
    called = in_language(label, language)
    return forms.CharField(label=called, max_length=most, required=False, strip=False, widget=widget)


def further_of(form: forms.Form) -> list[forms.BoundField]:
    """These fields of a form, but for those of its parts."""
    return [form[name] for name in form.fields if name.startswith(AT)]


def with_translations(given: dict[str, Any]) -> dict[str, Any]:
    """What was typed, with what these fields say as one: `translations`."""
    called = {key.removeprefix(AT): text for key, text in given.items() if key.startswith(AT)}
    return {**{key: value for key, value in given.items() if not key.startswith(AT)}, "translations": called}
