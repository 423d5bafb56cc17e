"""How fine a unit price may be, and how a percentage is rounded to it."""

from decimal import ROUND_HALF_EVEN, Decimal

from backend.core.money import EXPONENTS, UNIT_PRICE_DECIMALS, UnitPrice

HUNDRED = Decimal(100)


def decimals_of(currency: str) -> int:
    """How many decimals of a minor unit a unit price of this currency carries: four more than its coins.

    None where ISO 4217 gives the currency no coins below one (yen): nobody quotes a thousandth of a yen, and whoever
    types one meant another currency or a thousands separator.
    """
    return UNIT_PRICE_DECIMALS if EXPONENTS[currency] else 0


def less_percent(price: UnitPrice, percent: Decimal) -> UnitPrice:
    """So many percent off, rounded once, half to even, to the finest unit price of the currency."""
    exact = price.minor * (HUNDRED - percent) / HUNDRED
    step = Decimal(1).scaleb(-decimals_of(price.currency))
    return UnitPrice(exact.quantize(step, rounding=ROUND_HALF_EVEN), price.currency)
