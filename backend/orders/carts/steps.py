"""What every change of a cart begins with. Callers hold the transaction."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.translations import name_key
from backend.core.along import Rows, ask
from backend.core.errors import Refused
from backend.core.locking import lock, locking
from backend.core.quantity import whole_number
from backend.core.written import Written, fetch
from backend.orders.carts.models import Cart, CartLine
from backend.orders.carts.queries import LINES_OF_MINE, MINE
from backend.orders.documents.models import CheckoutDocument

MAX_LINES = 1_000

_LOCK = Written(f"SELECT {{cart}} FROM orders_cart cart WHERE {MINE} FOR NO KEY UPDATE", cart=Cart)  # noqa: S608  # of constants
_FIRST = Written(
    """
INSERT INTO orders_cart AS cart (company_id, user_id, version) VALUES (%(company)s, %(user)s, 0)
ON CONFLICT (company_id, user_id) WHERE standing_id IS NULL DO UPDATE SET version = cart.version RETURNING {cart}
""",
    cart=Cart,
)
"""Locked as well, if somebody else was first."""
_EMPTY = Written(
    """
WITH gone AS (DELETE FROM orders_cartline WHERE cart_id = %(cart)s)
SELECT {document} FROM orders_checkoutdocument document WHERE cart_id = %(cart)s ORDER BY id
""",
    document=CheckoutDocument,
)


def lock_cart(actor: Actor, standing: int | None = None) -> Cart:
    """The person's cart, which nobody else changes until this transaction ends; their first one is made here.

    With `standing`, the cart of that standing order, which fill_basket has made.
    """
    mine = {"company": actor.company_id, "user": actor.user_id, "standing": standing}
    with locking(_("your cart")):
        return _one(_LOCK.fetch(mine), mine)


def lock_cart_with_lines(actor: Actor, standing: int | None = None) -> tuple[Cart, Rows]:
    """The same and, for `priced_cart`, what stands in it. One message."""
    mine = {"company": actor.company_id, "user": actor.user_id, "standing": standing}
    with locking(_("your cart")):
        locked = ask(_LOCK.text, mine)
        lines = fetch(LINES_OF_MINE, {**mine, "name": name_key()})
        return _one(_LOCK.read(locked.rows), mine), lines


def _one(found: Rows, mine: Mapping[str, int | None]) -> Cart:
    """The person's first one is made here, a standing order's never."""
    cart: Cart
    ((cart,),) = found or (_FIRST.fetch(mine) if mine["standing"] is None else [])
    return cart


def empty(cart: Cart) -> Sequence[CheckoutDocument]:
    """A locked cart has no lines any more; returns the documents that lie in it still. One statement."""
    return [document for (document,) in _EMPTY.fetch({"cart": cart.pk})]


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
