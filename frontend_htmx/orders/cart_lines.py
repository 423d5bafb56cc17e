"""A line of a cart as its fragment shows it: a value that can be kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.catalog.pricing.reasons import Reason, reason_of
from backend.core.money import Money, UnitPrice
from backend.inventory.availability.queries import AvailabilityView
from backend.orders.carts.priced import CartView, PricedLine
from frontend_htmx.catalog.buying import product_address
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.forms import CartLineForm

MAX_TYPED = 40
"""Characters of a refused quantity that are shown again: more than any number has."""


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
    typed: str
    """What stands in its field: its quantity, or the one that was refused."""
    unit_price: UnitPrice | None
    net: Money | None
    trouble: str
    refusal: str
    """Why the quantity that was typed can't be."""
    stock: AvailabilityView
    reason: Reason | None
    """Why it costs that."""


def shown_lines(
    request: CompanyRequest,
    cart: CartView,
    stock: Mapping[int, AvailabilityView],
    asked: CartLineForm | None = None,
) -> Mapping[int, ShownLine]:
    """By SKU; one of them as it was `asked` for, where that was refused. No query."""
    refused = asked if asked and asked.errors else None
    return {line.goods.pk: _shown(request, line, stock[line.goods.pk], refused) for line in cart.lines}


def _shown(
    request: CompanyRequest, line: PricedLine, stock: AvailabilityView, refused: CartLineForm | None
) -> ShownLine:
    goods = line.goods
    no = refused if refused and refused.data.get("sku") == str(goods.pk) else None
    return ShownLine(
        request.company.slug,
        goods.pk,
        goods.code,
        goods.local_product,
        goods.local_variant,
        product_address(request, goods.product_id, goods.slug),
        goods.unit_of_sale,
        line.quantity,
        no.data.get("quantity", "")[:MAX_TYPED] if no else str(line.quantity),
        line.priced.unit_price if line.priced else None,
        line.net,
        str(line.trouble),
        " ".join(str(error) for errors in no.errors.values() for error in errors) if no else "",
        stock,
        reason_of(line.priced.explanation) if line.priced else None,
    )
