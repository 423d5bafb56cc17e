"""The countries that a company may be in: ISO 3166-1 alpha-2, named by CLDR in the reader's language."""

import functools
import unicodedata
from collections.abc import Sequence

from babel import Locale

# CLDR's two-letter territories that are no country of ISO 3166-1: unions, exceptional reservations, test regions.
# Kosovo (XK) stays: the trade uses it.
NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@functools.cache
def country_codes() -> frozenset[str]:
    """All ISO-2 codes that are accepted."""
    return frozenset(code for code in _territories("en") if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES


@functools.cache
def countries(language: str) -> Sequence[tuple[str, str]]:
    """(code, name) of every country, by name, in a language such as "en" or "ar"."""
    named = _territories(language)
    return sorted(((code, named.get(code, code)) for code in country_codes()), key=lambda row: _sort_key(row[1]))


def country_name(code: str, language: str) -> str:
    """The country's name in a language; the code itself where it has none."""
    return dict(countries(language)).get(code, code)


def _territories(language: str) -> dict[str, str]:
    return {code: str(name) for code, name in Locale.parse(language, sep="-").territories.items()}


def _sort_key(name: str) -> str:
    """Without marks, so that Åland stands among the A."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
