"""What a price is made of, as values: steps, lists, and what a line costs with the reason for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.catalog.lists.states import ListKind
from backend.core.money import UnitPrice


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of sale of one offer."""

    sku_id: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Buyer:
    """For whom a price is: a company, or nobody in particular; and the country that the goods would go to, if known.

    `is_known` is whether the reader is logged in: some sellers show their prices to nobody else. `looks_on` is the
    seller who looks at a customer's prices: his own lists alone are read.
    """

    company_id: int | None = None
    country: str = ""
    is_known: bool = True
    looks_on: int | None = None


STRANGER = Buyer(is_known=False)


@dataclass(frozen=True, slots=True)
class Step:
    """From min_quantity units of sale on: a price of its own, or so many percent off the base price (never both).

    `may_be_dearer` says that it may cost more than the steps before it: then those count no longer.
    """

    min_quantity: int
    price: UnitPrice | None = None
    percent: Decimal | None = None
    may_be_dearer: bool = False


@dataclass(frozen=True, slots=True)
class ListTerms:
    """A price list as the engine sees it; `percent` comes off the base price of whatever the list does not name."""

    pk: int
    name: str
    kind: ListKind
    currency: str = "GBP"
    priority: int = 0
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """All that the price of one offer can come from, in one currency: its base ladder, and the lists of one buyer."""

    sku_id: int
    base: Sequence[Step]
    lists: Sequence[tuple[ListTerms, Sequence[Step]]] = field(default_factory=tuple)


class Rule(TextChoices):
    FIXED = "fixed", _("A price of its own")
    PERCENT = "percent", _("A percentage off the base price")
    LIST_PERCENT = "list_percent", _("The list's percentage off the base price")
    BASE = "base", _("The base price")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a price is what it is. Only what its buyer may know: the one list that counts, never that there are others.

    `tier` is the quantity from which the step counts, `base` the base price at the line's quantity and `base_tier` the
    quantity from which that one counts.
    """

    rule: Rule
    tier: int
    list: ListTerms | None = None
    percent: Decimal | None = None
    base: UnitPrice | None = None
    base_tier: int = 1


class NotSold(TextChoices):
    """Why a buyer who sees an offer can't buy it, the reason that counts first."""

    SHOWN = "shown", _("Not sold to your company")
    RESERVED = "reserved", _("For chosen customers only")
    TERRITORY = "territory", _("Not sold to your country")


@dataclass(frozen=True, slots=True)
class Priced:
    """What one unit of sale costs, and why."""

    unit_price: UnitPrice
    explanation: Explanation

    @property
    def list(self) -> ListTerms | None:
        return self.explanation.list

    @property
    def rule(self) -> Rule:
        return self.explanation.rule

    @property
    def tier(self) -> int:
        return self.explanation.tier


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of what an offer costs its buyer: from this quantity on."""

    quantity: int
    priced: Priced
