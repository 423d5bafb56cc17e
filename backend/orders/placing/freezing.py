"""What an order will say of its lines, whatever becomes of prices, names and taxes: frozen when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import cached_property

from backend.catalog.pricing.reasons import kept
from backend.core.money import Money, UnitPrice, summed
from backend.orders.carts.priced import Party, PricedLine, SellersPart
from backend.orders.tax import ROUNDING, tax_on


@dataclass(frozen=True)
class FrozenLine:
    """So many units of sale of one SKU, as they are named and priced."""

    sku_id: int
    code: str
    name: str
    unit_of_sale: str
    quantity: int
    unit_price: UnitPrice
    price_reason: Mapping[str, object]
    tax_rate: Decimal

    @cached_property
    def net(self) -> Money:
        return self.unit_price.times(self.quantity, ROUNDING)

    @cached_property
    def tax(self) -> Money:
        return tax_on(self.net, self.tax_rate, ROUNDING)


@dataclass(frozen=True)
class FrozenPart:
    """What one seller's order will say; its freight, which carries tax as the goods do, is part of its amounts."""

    seller: Party
    currency: str
    lines: Sequence[FrozenLine]
    freight_minor: int = 0
    freight_tax_minor: int = 0

    @cached_property
    def net(self) -> Money:
        return summed((line.net for line in self.lines), self.currency) + Money(self.freight_minor, self.currency)

    @cached_property
    def tax(self) -> Money:
        return summed((line.tax for line in self.lines), self.currency) + Money(self.freight_tax_minor, self.currency)

    @property
    def total(self) -> Money:
        return self.net + self.tax


def freeze(parts: Sequence[SellersPart]) -> Sequence[FrozenPart]:
    """A cart in which nothing keeps any line from being ordered."""
    return [FrozenPart(part.seller, part.currency, [_frozen(line) for line in part.lines]) for part in parts]


def _frozen(line: PricedLine) -> FrozenLine:
    assert line.priced  # noqa: S101  # require_orderable saw to it
    return FrozenLine(
        sku_id=line.goods.pk,
        code=line.goods.code,
        name=line.goods.name,
        unit_of_sale=line.goods.unit_of_sale,
        quantity=line.quantity,
        unit_price=line.priced.unit_price,
        price_reason=kept(line.priced.explanation),
        tax_rate=line.tax_rate,
    )
