"""A buyer goes to the checkout, and leaves it. What is reserved meanwhile lapses by itself."""

from collections.abc import Collection, Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.pricing.buyers import buyer_of
from backend.catalog.pricing.terms import NotSold
from backend.catalog.pricing.visibility import offers_sold
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.inventory.holds.actions import reserve_stock
from backend.inventory.holds.allocating import Demand, Short
from backend.inventory.holds.limits import HeldTooMuch
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.inventory.holds.wishes import Wish
from backend.orders import policies
from backend.orders.carts.models import Cart, CartLine
from backend.orders.carts.steps import lock_cart
from backend.orders.placing.allocation import too_little


@for_actor
def begin_checkout(company: Company, *, actor: Actor) -> None:
    """What stands in the person's cart is reserved for 15 minutes; begun again, anew for as long.

    Of what their company may not hold so much of, nothing is reserved: it can be ordered all the same, as long as it is
    there. Nor is anything of what its seller doesn't sell them, wherever it goes. Raises NotAllowed without
    orders.place; Refused for an empty cart, for more than there is (detail: what is left, by SKU), or where the company
    has as many checkouts as it may. A transaction of its own, shared with others.
    """
    require(policies.can_place_orders(actor))
    cart = Cart.objects.of_person(actor).first()
    lines = list(cart.lines.select_related("sku")) if cart else []
    if cart is None or not lines:
        raise Refused(_("There is nothing in your cart."))
    unsold = _unsold(lines, actor)
    if sold := [line for line in lines if line.sku_id not in unsold]:
        _reserve(cart, sold, company)
    if not sold or not cart.lines.exists():  # or it was ordered meanwhile
        leave_checkout(actor=actor)


@atomic(durable=True)
@for_actor
def leave_checkout(*, actor: Actor) -> None:
    """What is reserved for the person's cart is free again. Left again it stays so. Raises NotAllowed."""
    require(policies.can_place_orders(actor))
    cart = lock_cart(actor)
    stock = lock_stock((), freeing=cart.checkout)
    if stock.ended:
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)


def _unsold(lines: Sequence[CartLine], actor: Actor) -> Collection[int]:
    """The SKUs that aren't sold to the buyer; whether they are sold to a country is asked when it is known."""
    sold = offers_sold(buyer_of(actor), [line.sku_id for line in lines])
    return {pk for pk, why in sold.items() if why and why != NotSold.TERRITORY}


def _reserve(cart: Cart, lines: Sequence[CartLine], company: Company) -> None:
    try:
        reserve_stock(_wish(cart, lines, company))
    except Short as short:
        raise too_little(lines, short.left) from None
    except HeldTooMuch as much:
        fewer = [line for line in lines if line.sku_id not in much.most]
        if not fewer:
            raise
        _reserve(cart, fewer, company)


def _wish(cart: Cart, lines: Sequence[CartLine], company: Company) -> Wish:
    demands = [Demand(line.pk, line.sku_id, line.quantity) for line in lines]
    return Wish(demands, HoldKind.CART, company.pk, cart.checkout, company.country)
