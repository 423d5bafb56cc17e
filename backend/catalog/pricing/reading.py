"""A price or a percentage as a person of the trade types it."""

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from backend.catalog.pricing.rounding import decimals_of
from backend.core.errors import Refused
from backend.core.money import EXPONENTS, UnitPrice
from backend.core.quantity import is_grouped

MAX_PRICE = Decimal(1_000_000)
PERCENT_DECIMALS = 2
SIGNS = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY"}


def read_price(text: str, currency: str) -> UnitPrice:
    """The price of one unit of sale in major units ("2.95", "£2.95", "GBP 2.95"). Raises Refused naming what was typed:
    no number, another currency, more decimals than the currency's unit prices have, or above MAX_PRICE."""
    amount = _number(_without_currency(text.strip(), currency))
    if amount is None or not 0 <= amount <= MAX_PRICE:
        raise Refused(
            _("“%(text)s” is not a price. Give one such as 2.95, from 0 to %(most)s.")
            % {"text": text[:30], "most": f"{MAX_PRICE:,}"},
            field="price",
        )
    require_decimals(amount, currency)
    return UnitPrice(amount.scaleb(EXPONENTS[currency]), currency)


def written(price: UnitPrice) -> str:
    """A price as it may be typed again: with all of its decimals, and never fewer than its coins."""
    exponent = price.amount.normalize().as_tuple().exponent
    decimals = max(EXPONENTS[price.currency], -exponent if isinstance(exponent, int) else 0)
    return f"{price.amount:.{decimals}f}"


def percent_written(percent: Decimal) -> str:
    """A percentage without the zeros that a column puts behind it: 7.5, not 7.50."""
    return f"{percent.normalize():f}"


def require_decimals(amount: Decimal, currency: str) -> None:
    """Refuses an amount in major units that is finer than a unit price of this currency may be."""
    most = EXPONENTS[currency] + decimals_of(currency)
    exponent = amount.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > most:
        raise Refused(
            _("%(amount)s has too many decimals: a price in %(currency)s has at most %(most)d.")
            % {"amount": amount, "currency": currency, "most": most},
            field="price",
        )


def read_percent(text: str) -> Decimal:
    """Percent off the base price: "7.5" or "7.5 %"; less than 0 adds to it. Raises Refused."""
    percent = _number(text.strip().removesuffix("%").strip())
    if percent is None:
        raise Refused(_("“%(text)s” is not a percentage. Give one such as 7.5.") % {"text": text[:30]}, field="percent")
    require_percent(percent)
    return percent


def require_percent(percent: Decimal) -> None:
    """Refuses what is not between -100 and 100, or has more than two decimals."""
    exponent = percent.normalize().as_tuple().exponent
    if abs(percent) > 100 or not isinstance(exponent, int) or -exponent > PERCENT_DECIMALS:
        raise Refused(
            _("%(percent)s %% is out of range: percent off goes from -100 to 100, with at most two decimals.")
            % {"percent": percent},
            field="percent",
        )


def _number(text: str) -> Decimal | None:
    text = text.replace("\u066c", ",")
    try:
        number = Decimal(text.replace(",", "")) if is_grouped(text) else Decimal("NaN")
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None


def _without_currency(text: str, currency: str) -> str:
    """The number alone; refuses one that names another currency than the list's."""
    for name, code in [*SIGNS.items(), *((code, code) for code in EXPONENTS)]:
        if name in text.upper():
            if code != currency:
                raise Refused(
                    _("“%(text)s” is in %(other)s, and prices here are in %(currency)s.")
                    % {"text": text[:30], "other": code, "currency": currency},
                    field="price",
                )
            text = text.upper().replace(name, "")
    return text.strip()
