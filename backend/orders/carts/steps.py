"""What every change of a cart begins with. Callers hold the transaction."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.locking import lock
from backend.core.quantity import whole_number
from backend.orders.carts.models import Cart, CartLine

MAX_LINES = 1_000


def lock_cart(actor: Actor, standing: int | None = None) -> Cart:
    """The person's cart, which nobody else changes until this transaction ends; their first one is made here.

    With `standing`, the cart of that standing order, which fill_basket has made.
    """
    if standing is not None:
        return lock(Cart.objects.scoped(company=actor.company_id, standing=standing), what=_("your cart"))[0]
    mine: dict[str, Any] = {"company_id": actor.company_id, "user_id": actor.user_id}
    Cart.objects.bulk_create([Cart(**mine)], ignore_conflicts=True)
    return lock(Cart.objects.of_person(actor), what=_("your cart"))[0]


def add_to_cart(cart: Cart, quantities: Mapping[int, int]) -> None:
    """So many units of each SKU more stand in a locked cart. Three statements, however many.

    Raises Refused where that would be more lines than a cart has, or more of a SKU than a line may ask for.
    """
    there = dict(cart.lines.values_list("sku_id", "quantity"))
    if len(there.keys() | quantities.keys()) > MAX_LINES:
        raise Refused(_("A cart has at most %(max)d lines. Place this order first.") % {"max": MAX_LINES})
    lines = [CartLine(cart=cart, sku_id=pk, quantity=there.get(pk, 0) + more) for pk, more in quantities.items()]
    for line in lines:
        whole_number(line.quantity)
    cart.lines.bulk_create(lines, update_conflicts=True, unique_fields=["cart", "sku"], update_fields=["quantity"])


def fill_basket(company_id: int, user_id: int, standing_id: int, quantities: Mapping[int, int]) -> None:
    """The cart of a standing order holds so many of each SKU, and nothing else. Four statements."""
    Cart.objects.bulk_create(
        [Cart(company_id=company_id, user_id=user_id, standing_id=standing_id)], ignore_conflicts=True
    )
    cart = lock(Cart.objects.scoped(standing=standing_id), what=_("your cart"))[0]
    cart.lines.all().delete()
    cart.lines.bulk_create(CartLine(cart=cart, sku_id=pk, quantity=many) for pk, many in quantities.items())
