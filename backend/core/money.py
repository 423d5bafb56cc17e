"""Money in integer minor units, and unit prices that may be finer than the smallest coin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

# ISO 4217 exponents of the currencies that the market settles in.
EXPONENTS = {"GBP": 2, "EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
UNIT_PRICE_DECIMALS = 4


class CurrencyMismatch(TypeError):
    """Two amounts of different currencies met. Convert with a frozen exchange rate first."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount as it is settled: integer minor units of one ISO 4217 currency."""

    amount_minor: int
    currency: str = "GBP"

    def __post_init__(self) -> None:
        if isinstance(self.amount_minor, bool) or not isinstance(self.amount_minor, int):
            raise TypeError(f"amount_minor is a whole number of minor units, not {self.amount_minor!r}")
        if self.currency not in EXPONENTS:
            raise ValueError(f"{self.currency!r} is not a currency of this market: {', '.join(EXPONENTS)}")

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's own number of decimals."""
        return Decimal(self.amount_minor).scaleb(-EXPONENTS[self.currency])

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other).amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other).amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __mul__(self, times: int) -> Money:
        if isinstance(times, bool) or not isinstance(times, int):
            raise TypeError("money is multiplied by whole numbers; use UnitPrice.times for a quantity")
        return Money(self.amount_minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other).amount_minor

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other).amount_minor

    def _same(self, other: object) -> Money:
        if not isinstance(other, Money):
            raise TypeError(f"{self} meets {other!r}, which is not money")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix without an exchange rate")
        return other

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Shares in proportion to weights (whole, not negative, not all zero), by the largest remainder.

        The shares sum to the whole exactly; of equal remainders the earlier share gets the odd unit.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise ValueError(f"weights are whole, not negative and not all zero: {list(weights)!r}")
        sign = -1 if self.amount_minor < 0 else 1
        shares = [divmod(abs(self.amount_minor) * weight, total) for weight in weights]
        left = abs(self.amount_minor) - sum(share for share, _ in shares)
        by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
        lucky = set(by_remainder[:left])
        return [Money(sign * (share + (i in lucky)), self.currency) for i, (share, _) in enumerate(shares)]


def summed(amounts: Iterable[Money], currency: str) -> Money:
    """What amounts of one currency come to; none come to nothing."""
    minor = 0
    for each in amounts:
        if each.currency != currency:
            raise CurrencyMismatch(f"{currency} and {each.currency} do not mix without an exchange rate")
        minor += each.amount_minor
    return Money(minor, currency)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """The price of one unit of sale, in minor units with up to four more decimals (a screw costs 1.25 pence)."""

    minor: Decimal
    currency: str = "GBP"

    def __post_init__(self) -> None:
        if self.minor < 0:
            raise ValueError(f"a unit price is not negative: {self.minor}")
        exponent = self.minor.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > UNIT_PRICE_DECIMALS:
            raise ValueError(f"a unit price has at most {UNIT_PRICE_DECIMALS} decimals of a minor unit: {self.minor}")

    @property
    def amount(self) -> Decimal:
        """The price in major units."""
        return self.minor.scaleb(-EXPONENTS[self.currency])

    def times(self, quantity: int, rounding: str = ROUND_HALF_EVEN) -> Money:
        """What quantity units cost, rounded once, to whole minor units."""
        return Money(int((self.minor * quantity).to_integral_value(rounding=rounding)), self.currency)
