"""A form's field is written once for each state that it has, and never in the place of another."""

from decimal import Decimal

import pytest
from django import forms
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from frontend_htmx import rendering


class Small(forms.Form):
    name = forms.CharField(max_length=20, help_text="short")
    kind = forms.ChoiceField(choices=[("a", _("Cart")), ("b", "B")])
    is_new = forms.BooleanField(required=False)


def written() -> int:
    """How often a widget had to be rendered so far."""
    return rendering._written.cache_info().misses


def test_what_looks_the_same_is_written_once() -> None:
    first, before = Small().as_p(), written()
    assert Small().as_p() == first
    assert written() == before


def test_it_is_written_as_django_writes_it() -> None:
    for form in (Small(), Small({"name": "<b>", "kind": "b", "is_new": "on"}), Small({})):
        kept = str(form["name"]) + str(form["kind"]) + str(form["is_new"])
        form.renderer = rendering._PLAIN_RENDERER
        assert kept == str(form["name"]) + str(form["kind"]) + str(form["is_new"])


def test_what_differs_in_its_kind_alone_is_written_apart() -> None:
    values = ["1", 1, True, Decimal("1.0"), Decimal("1.00"), "<i>", mark_safe("<i>"), None]
    assert len({rendering._said({"value": value}) for value in values}) == len(values)
    for value in values:
        form = Small(initial={"name": value})
        kept = str(form["name"])
        form.renderer = rendering._PLAIN_RENDERER
        assert kept == str(form["name"])


def test_each_language_has_its_own_choices() -> None:
    assert ">Cart<" in str(Small()["kind"])
    with translation.override("ar"):
        assert ">Cart<" not in str(Small()["kind"])
    assert ">Cart<" in str(Small()["kind"])


def test_what_is_not_plain_is_written_anew() -> None:
    before = written()
    with pytest.raises(rendering.NotPlain):
        rendering._said({"widget": object()})
    assert rendering.KeptRenderer().render(
        "django/forms/widgets/text.html", {"widget": {"name": "x", "value": object(), "type": "text", "attrs": {}}}
    )
    assert written() == before
