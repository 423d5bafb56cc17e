"""The tax on a line. Standard VAT rates in percent; goods that leave the seller's country are exports and carry none.

Rates: the national standard rates as the European Commission and HM Revenue & Customs state them for 2026. Reduced
rates and tax registrations are not known here.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from backend.core.money import Money

ROUNDING = ROUND_HALF_EVEN
STANDARD_RATES: Mapping[str, Decimal] = {
    country: Decimal(str(rate))
    for country, rate in {
        "AT": 20, "BE": 21, "BG": 20, "CY": 19, "CZ": 21, "DE": 19, "DK": 25, "EE": 24, "ES": 21, "FI": 25.5,
        "FR": 20, "GB": 20, "GR": 24, "HR": 25, "HU": 27, "IE": 23, "IT": 22, "LT": 21, "LU": 17, "LV": 21, "MT": 18,
        "NL": 21, "PL": 23, "PT": 23, "RO": 21, "SE": 25, "SI": 22, "SK": 23,
    }.items()
}  # fmt: skip
NO_TAX = Decimal(0)


def rate_for(seller_country: str, ship_to_country: str) -> Decimal:
    """Percent on top of the net amount."""
    return STANDARD_RATES.get(seller_country, NO_TAX) if seller_country == ship_to_country else NO_TAX


def tax_on(net: Money, rate: Decimal, rounding: str) -> Money:
    """So many percent of a net amount, rounded once."""
    minor = (Decimal(net.amount_minor) * rate / 100).to_integral_value(rounding=rounding)
    return Money(int(minor), net.currency)
