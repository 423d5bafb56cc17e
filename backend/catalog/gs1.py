"""What customs and carriers ask of a product: its HS code and where it comes from."""

from django.utils.translation import gettext as _

from backend.accounts.countries import country_codes
from backend.core.errors import Refused

HS_DIGITS = range(6, 11)
"""The world's Harmonized System has 6 digits; countries and unions add up to four of their own."""


def clean_hs_code(text: str) -> str:
    """The digits alone ("6912.00.23" becomes 69120023); empty stays so. Raises Refused for anything else."""
    code = text.strip().replace(".", "").replace(" ", "")
    if code and not (code.isascii() and code.isdigit() and len(code) in HS_DIGITS):
        raise Refused(
            _("“%(text)s” is no HS code: it has 6 to 10 digits, such as 6912.00.") % {"text": text[:20]},
            field="hs_code",
        )
    return code


def clean_country(code: str, *, field: str = "origin_country") -> str:
    """The ISO 3166-1 alpha-2 code in capitals; empty stays so. Raises Refused for what is no country."""
    country = code.strip().upper()
    if country and country not in country_codes():
        raise Refused(
            _("“%(code)s” is no country: give its two letters by ISO 3166, such as GB or IN.") % {"code": code[:20]},
            field=field,
        )
    return country
