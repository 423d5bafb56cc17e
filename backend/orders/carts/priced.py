"""A cart as it would be ordered now: values, made once for each look at it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.utils.functional import cached_property

from backend.catalog.pricing import Priced
from backend.catalog.translations import full_name
from backend.core.money import Money, summed
from backend.core.quantity import OrderRule
from backend.orders.tax import ROUNDING, tax_on


class Goods(NamedTuple):
    """What is asked for, as its seller offers it now; `pk` is the SKU's."""

    pk: int
    product_id: int
    category_id: int
    slug: str
    code: str
    product: str
    variant: str
    unit_of_sale: str
    moq: int
    increment: int
    case_pack: int
    local_product: str = ""
    local_variant: str = ""
    """The names as the reader of a cart reads them."""

    @property
    def name(self) -> str:
        """In the product's own words, which both sides of an order read."""
        return full_name(self.product, self.variant)

    @property
    def order_rule(self) -> OrderRule:
        return OrderRule(self.moq, self.increment, self.case_pack)


NAMED = (
    "pk", "product", "product__category", "product__slug", "code", "product__name", "variant__name",
    "unit_of_sale", "moq", "increment", "case_pack",
)  # fmt: skip
"""The same without the reader's names, as a query of SKUs names it."""


class Seller(NamedTuple):
    """Of whom something is asked for, and from how much on they take an order."""

    pk: int
    name: str
    country: str
    order_minimum_minor: int
    currency: str
    delivers_to: Sequence[str] = ()
    """Countries; none named: to each buyer's own."""


class Party(Protocol):
    """A seller as an order names them: one of a cart, or the company itself."""

    @property
    def pk(self) -> int: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class PricedLine:
    """A line of a cart as it would be ordered now. `trouble` says what keeps it from that, `stays` what keeps it from
    being delivered where it is to go; empty: nothing does."""

    pk: int
    goods: Goods
    seller: Party
    quantity: int
    priced: Priced | None
    tax_rate: Decimal
    trouble: str = ""
    stays: str = ""

    @cached_property
    def net(self) -> Money | None:
        """Rounded once, by the line."""
        return self.priced.unit_price.times(self.quantity, ROUNDING) if self.priced else None

    @cached_property
    def tax(self) -> Money | None:
        """Rounded by the line, too."""
        return tax_on(self.net, self.tax_rate, ROUNDING) if self.net else None


@dataclass(frozen=True)
class SellersPart:
    """What a cart would order of one seller, in the seller's currency."""

    seller: Party
    currency: str
    lines: Sequence[PricedLine]
    minimum: Money
    """0: any amount will do."""
    stays: str = ""
    """Why the seller does not deliver where it is to go; empty: he does."""

    @cached_property
    def net(self) -> Money:
        return summed((line.net for line in self.lines if line.net), self.currency)

    @cached_property
    def tax(self) -> Money:
        return summed((line.tax for line in self.lines if line.tax), self.currency)

    @property
    def total(self) -> Money:
        return self.net + self.tax

    @property
    def missing(self) -> Money | None:
        """How much more it takes to reach the seller's order minimum."""
        return self.minimum - self.net if self.net < self.minimum else None


@dataclass(frozen=True)
class CartView:
    """A cart as its page shows it, one part for each seller, by their names."""

    pk: int
    version: int
    parts: Sequence[SellersPart] = field(default_factory=tuple)

    @cached_property
    def lines(self) -> Sequence[PricedLine]:
        return [line for part in self.parts for line in part.lines]

    @property
    def totals(self) -> Sequence[Money]:
        """What its orders come to together, one sum for each currency."""
        currencies = dict.fromkeys(part.currency for part in self.parts)
        return [summed((part.total for part in self.parts if part.currency == each), each) for each in currencies]

    @property
    def can_be_ordered(self) -> bool:
        return (
            bool(self.parts)
            and not any(line.trouble for line in self.lines)
            and not any(part.missing for part in self.parts)
        )
