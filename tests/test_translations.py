"""Arabic is the proof that every string can be translated, and is."""

from babel.messages.catalog import Catalog
from babel.messages.checkers import python_format
from django.template import engines
from django.utils.translation import override

from frontend_htmx import translating


def ids(catalogue: Catalog) -> set[object]:
    return {(message.context, message.id) for message in catalogue if message.id}


def test_the_arabic_catalogue_holds_every_string_and_no_other() -> None:
    """`./dev manage extract_messages` brings it up to date; then translate what is new."""
    assert ids(translating.read_catalogue("ar")) == ids(translating.extracted())


def test_no_string_waits_for_its_translation() -> None:
    assert translating.untranslated(translating.read_catalogue("ar")) == []


def test_a_translation_names_what_the_original_names() -> None:
    catalogue = translating.read_catalogue("ar")
    for message in catalogue:
        if message.id and message.python_format and not isinstance(message.string, tuple):
            python_format(catalogue, message)


def test_strings_are_found_in_python_and_in_templates() -> None:
    found = {message.id for message in translating.extracted()}
    assert "Out of stock" in found
    assert "%(company)s is approved" in found


def test_a_page_speaks_arabic() -> None:
    template = engines["django"].from_string("{% load i18n %}{% translate 'Out of stock' %}")
    with override("ar"):
        assert template.render() != "Out of stock"
