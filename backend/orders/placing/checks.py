"""What keeps a cart from becoming orders."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from backend.core.errors import Conflict, Refused
from backend.orders.carts.queries import CartView, PricedLine


def require_orderable(cart: CartView) -> None:
    if not cart.parts:
        raise Refused(_("There is nothing in your cart."))
    for line in cart.lines:
        if line.trouble:
            raise Refused(line.trouble, detail={"sku": line.sku.pk})
    for part in cart.parts:
        if part.missing:
            raise Refused(
                _("%(seller)s takes orders from %(minimum)s %(currency)s on: %(missing)s are missing.")
                % {
                    "seller": part.seller.name,
                    "minimum": part.minimum.amount,
                    "currency": part.currency,
                    "missing": part.missing.amount,
                }
            )


def require_no_rise(lines: Sequence[PricedLine], seen: Mapping[int, Decimal]) -> None:
    rose = [line for line in lines if line.priced and line.priced.unit_price.minor > seen.get(line.sku.pk, Decimal(-1))]
    if rose:
        codes = ", ".join(line.sku.code for line in rose[:5])
        raise Conflict(
            _("The price of %(codes)s is higher than the one you saw. Look at it, then order again.")
            % {"codes": codes},
            detail={"rose": [line.sku.pk for line in rose]},
        )
