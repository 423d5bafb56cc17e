"""To which countries a seller delivers."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backend.accounts.countries import country_name
from backend.orders.carts.priced import Seller


def why_not_delivered(seller: Seller, country: str, own: str) -> str:
    """Why this seller's goods don't go to a country, and where they would go; empty: they do. `own` is the buyer's."""
    if country in (seller.delivers_to or (own,)):
        return ""
    if not seller.delivers_to:
        text = _("%(seller)s delivers to your own country only, %(own)s, and not to %(country)s.")
    else:
        text = _("%(seller)s does not deliver to %(country)s, but to: %(countries)s.")
    countries = ", ".join(named(each) for each in seller.delivers_to)
    return text % {"seller": seller.name, "country": named(country), "own": named(own), "countries": countries}


def named(country: str) -> str:
    """In the reader's language."""
    return country_name(country, get_language() or "en")
