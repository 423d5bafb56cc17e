"""A line of a cart as its fragment shows it: a value that can be kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.catalog.pricing.reasons import Reason, reason_of
from backend.core.money import Money, UnitPrice
from backend.inventory.availability.queries import AvailabilityView
from backend.orders.carts.priced import CartView, PricedLine
from frontend_htmx.catalog.buying import product_address
from frontend_htmx.http import CompanyRequest


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a cart: fragment orders/_cart_line.html. `address` is its product's."""

    company: str
    sku_id: int
    code: str
    product: str
    variant: str
    address: str
    unit_of_sale: str
    quantity: int
    unit_price: UnitPrice | None
    net: Money | None
    trouble: str
    stock: AvailabilityView
    reason: Reason | None
    """Why it costs that."""


def shown_lines(
    request: CompanyRequest, cart: CartView, stock: Mapping[int, AvailabilityView]
) -> Mapping[int, ShownLine]:
    """By SKU. No query."""
    return {line.goods.pk: _shown(request, line, stock[line.goods.pk]) for line in cart.lines}


def _shown(request: CompanyRequest, line: PricedLine, stock: AvailabilityView) -> ShownLine:
    goods = line.goods
    return ShownLine(
        request.company.slug,
        goods.pk,
        goods.code,
        goods.local_product,
        goods.local_variant,
        product_address(request, goods.product_id, goods.slug),
        goods.unit_of_sale,
        line.quantity,
        line.priced.unit_price if line.priced else None,
        line.net,
        str(line.trouble),
        stock,
        reason_of(line.priced.explanation) if line.priced else None,
    )
