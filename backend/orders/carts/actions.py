"""Every change of a cart. Each is one transaction, and sent twice it is the same."""

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.catalog.pricing import offers_seen
from backend.catalog.pricing.buyers import buyer_of
from backend.core.errors import Refused
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.orders import policies
from backend.orders.carts.models import CartLine
from backend.orders.carts.steps import MAX_LINES, lock_cart
from backend.orders.steps import require


@atomic(durable=True)
@for_actor
def put_in_cart(sku: Sku, quantity: int, *, actor: Actor) -> CartLine | None:
    """So many units of this SKU stand in the person's cart from now on; 0 takes it out. Sent twice it is the same.

    Raises NotAllowed without orders.place, Refused for what isn't for sale to this buyer, a quantity that its seller
    doesn't accept, or more than MAX_LINES lines.
    """
    require(policies.can_place_orders(actor))
    cart = lock_cart(actor)
    if not quantity:
        cart.lines.filter(sku=sku).delete()
        return None
    _require_for_sale(sku, actor)
    sku.order_rule.require(whole_number(quantity))
    line, is_new = cart.lines.update_or_create(sku=sku, defaults={"quantity": quantity})
    if is_new and cart.lines.count() > MAX_LINES:
        raise Refused(_("A cart has at most %(max)d lines. Place this order first.") % {"max": MAX_LINES})
    return line


def _require_for_sale(sku: Sku, actor: Actor) -> None:
    if sku.company_id == actor.company_id:
        raise Refused(_("%(code)s is your own: a company can’t order of itself.") % {"code": sku.code})
    if not offers_seen(buyer_of(actor), [sku.pk]):
        raise Refused(_("%(code)s is no longer for sale.") % {"code": sku.code}, field="sku")
