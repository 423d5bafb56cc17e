"""Why somebody can't buy what they see, in a sentence that names it and says whom to ask."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backend.accounts.countries import country_name
from backend.catalog.pricing.terms import NotSold


def why_unsold(why: NotSold, *, code: str, seller: str, country: str) -> str:
    """To the buyer whom the seller doesn't sell it to; `country` is where the goods would go."""
    said = {
        NotSold.SHOWN: _("%(seller)s does not sell %(code)s to your company. Ask %(seller)s for an offer."),
        NotSold.RESERVED: _("%(seller)s sells %(code)s to chosen customers only. Ask %(seller)s for an offer."),
        NotSold.TERRITORY: _("%(seller)s does not sell %(code)s to %(country)s. Ask %(seller)s for an offer."),
    }
    where = country_name(country, get_language() or "en") if why == NotSold.TERRITORY else ""
    return said[why] % {"seller": seller, "code": code, "country": where}
