"""Every change of a cart. Each is one transaction, and sent twice it is the same."""

from collections.abc import Collection, Mapping, Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.catalog.pricing import offers_sold
from backend.catalog.pricing.buyers import buyer_of
from backend.catalog.pricing.unsold import why_unsold
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.orders import policies
from backend.orders.carts.models import Cart, CartLine
from backend.orders.carts.steps import MAX_LINES, lock_cart


@atomic(durable=True)
@for_actor
def put_in_cart(sku: Sku, quantity: int, *, actor: Actor) -> CartLine | None:
    """So many units of this SKU stand in the person's cart from now on; 0 takes it out. Sent twice it is the same.

    Raises NotAllowed without orders.place, Refused for what isn't for sale to this buyer (naming it and the reason), a
    quantity that its seller doesn't accept, or more than MAX_LINES lines.
    """
    require(policies.can_place_orders(actor))
    cart = lock_cart(actor)
    if not quantity:
        cart.lines.filter(sku=sku).delete()
        return None
    return _put(cart, {sku: quantity}, actor)[0]


@atomic(durable=True)
@for_actor
def put_all_in_cart(quantities: Mapping[Sku, int], *, actor: Actor) -> None:
    """The same for many SKUs: all of them, or none. The number of queries is the same for 1 line and for 1,000."""
    require(policies.can_place_orders(actor))
    _put(lock_cart(actor), quantities, actor)


def _put(cart: Cart, quantities: Mapping[Sku, int], actor: Actor) -> Sequence[CartLine]:
    _require_for_sale(quantities, actor)
    for sku, quantity in quantities.items():
        sku.order_rule.require(whole_number(quantity))
    lines = cart.lines.bulk_create(
        [CartLine(cart=cart, sku=sku, quantity=quantity) for sku, quantity in quantities.items()],
        update_conflicts=True,
        unique_fields=["cart", "sku"],
        update_fields=["quantity"],
    )
    if cart.lines.count() > MAX_LINES:
        raise Refused(_("A cart has at most %(max)d lines. Place this order first.") % {"max": MAX_LINES})
    return lines


def _require_for_sale(skus: Collection[Sku], actor: Actor) -> None:
    buyer = buyer_of(actor)
    seen = offers_sold(buyer, [sku.pk for sku in skus])
    for sku in skus:
        if sku.company_id == actor.company_id:
            raise Refused(_("%(code)s is your own: a company can’t order of itself.") % {"code": sku.code})
        if sku.pk not in seen:
            raise Refused(_("%(code)s is no longer for sale.") % {"code": sku.code}, field="sku")
        if why := seen[sku.pk]:
            raise Refused(
                why_unsold(why, code=sku.code, seller=sku.company.name, country=buyer.country),
                field="sku",
            )
