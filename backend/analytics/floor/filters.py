"""Which entries of the floor an operator wants to see."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from backend.analytics.floor import limits
from backend.core.money import EXPONENTS


class Only(TextChoices):
    """Orders that stand so now; each by the entry that brought it there."""

    LATE = "late", _("Waiting too long for an answer")
    STUCK = "stuck", _("Stuck")


@dataclass(frozen=True, slots=True)
class Filters:
    """Nothing set: everything. `company` is a part of the seller's or the buyer's name; `amount_from` is in major units
    of each entry's own currency."""

    step: str = ""
    company: str = ""
    currency: str = ""
    amount_from: Decimal | None = None
    only: str = ""

    def __bool__(self) -> bool:
        return self != Filters()

    def condition(self) -> Q:
        """What an entry has to fulfil."""
        found = Q()
        if self.step:
            found &= Q(step=self.step)
        if self.company:
            found &= Q(seller__name__icontains=self.company) | Q(buyer__name__icontains=self.company)
        if self.currency:
            found &= Q(currency=self.currency)
        if self.amount_from is not None:
            found &= _from(self.amount_from)
        if self.only:
            found &= limits.late("standing__") if self.only == Only.LATE else limits.stuck("standing__")
        return found


def _from(amount: Decimal) -> Q:
    found = Q()
    for currency, exponent in EXPONENTS.items():
        least = int(amount.scaleb(exponent).to_integral_value(rounding=ROUND_CEILING))
        found |= Q(currency=currency, amount_minor__gte=least)
    return found
