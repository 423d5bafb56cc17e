"""What a thing of the catalogue says in other languages than its own words are in.

A reader gets each text in the language in which they read the market, and where nobody has written that, the own words.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backend.core.errors import Refused

AT = "translations."
"""How their keys begin in a sheet."""
OWN_LANGUAGE = "en"
"""What own words are in where nobody said another."""
Translations = Mapping[str, str]
"""By the field and the language, `name.ar`; texts that are empty don't stand there."""


class Translated(models.Model):
    """Something with words of its own, and those of `translations` beside them."""

    translations = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        abstract = True

    def said(self, field: str) -> str:
        """What a field says to whoever reads now."""
        return str(self.translations.get(f"{field}.{reading()}") or getattr(self, field))

    def lang_of(self, field: str, own: str) -> str:
        """The language that this is in, where the own words are in `own`."""
        return reading() if self.translations.get(f"{field}.{reading()}") else own

    @property
    def names(self) -> list[str]:
        """What it is called in further languages."""
        return [text for key, text in self.translations.items() if key.startswith("name.")]

    @property
    def local_name(self) -> str:
        return self.said("name")

    @property
    def local_description(self) -> str:
        return self.said("description")


def full_name(product: str, variant: str) -> str:
    """A product, and which of the things that it comes as: as an order names it."""
    return f"{product}, {variant}" if variant else product


def reading() -> str:
    """The language that whoever reads now reads in: one of the market's."""
    return get_language() or settings.LANGUAGE_CODE


def name_key() -> str:
    """Under which the name that the reader reads stands in `translations`, where there is one."""
    return f"name.{reading()}"


def choice_key(choice: str, language: str) -> str:
    """Under which what an attribute's choice is called in a language stands in its definition's `translations`."""
    return f"choice.{choice}.{language}"


def choice_of(key: str) -> str:
    """The choice that such a key is about."""
    return key.removeprefix("choice.").rpartition(".")[0]


def further(own: str) -> list[str]:
    """The languages that the market is read in, but for the one that the own words are in."""
    return [code for code, _name in settings.LANGUAGES if code != own]


def named(language: str) -> str:
    """One of the market's languages as the reader calls it."""
    return str(dict(settings.LANGUAGES)[language])


def in_language(what: str | Promise, language: str) -> str:
    """What a text in a further language is called: "Name (Arabic)"."""
    return _("%(what)s (%(language)s)") % {"what": what, "language": named(language)}


def clean_language(language: str) -> str:
    """Raises Refused for what is none that the market is read in."""
    known = dict(settings.LANGUAGES)
    if language not in known:
        raise Refused(_("Choose one of: %(all)s.") % {"all": ", ".join(map(str, known.values()))}, field="language")
    return language


def translated(thing: Translated, most: Mapping[str, int], own: str, at: str = "") -> dict[str, str]:
    """Its texts in further languages as a part of a product's sheet (catalog.description)."""
    keys = [f"{field}.{language}" for language in further(own) for field in most]
    return {f"{at}{AT}{key}": thing.translations.get(key, "") for key in keys}


def write_translations(thing: Translated, sheet: Mapping[str, Any], most: Mapping[str, int], at: str = "") -> None:
    """What such a part of a sheet says; `most` is how many characters a field may have. Raises Refused at its key."""
    said = {key.removeprefix(AT): str(text or "").strip() for key, text in sheet.items() if key.startswith(AT)}
    for key, text in said.items():
        field, _dot, language = key.rpartition(".")
        clean_language(language)
        if len(text) > most[field]:
            raise Refused(
                _("A text has at most %(most)d characters; this one has %(n)d.")
                % {"most": most[field], "n": len(text)},
                field=f"{at}{AT}{key}",
            )
    thing.translations = {key: text for key, text in {**thing.translations, **said}.items() if text}


def require_said_once(product: Any, variants: Iterable[Translated]) -> None:
    """Raises Refused where something is said a second time in the language of the product's own words."""
    if any(key.endswith(f".{product.language}") for thing in (product, *variants) for key in thing.translations):
        raise Refused(
            _("There are texts in %(language)s beside the own words: take them out, or choose another language.")
            % {"language": named(product.language)},
            field="language",
        )
