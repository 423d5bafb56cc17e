"""What keeps a cart from becoming orders."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from backend.core.errors import Conflict, Refused
from backend.orders.carts.priced import CartView, PricedLine, SellersPart
from backend.orders.carts.steps import MAX_LINES
from backend.orders.rules.queries import Plan
from backend.orders.rules.wording import spoken

UNSEEN = Decimal(-1)
"""Below every price: whoever saw none has to look."""


def require_orderable(cart: CartView) -> None:
    if not cart.parts:
        raise Refused(_("There is nothing in your cart."))
    if len(cart.lines) > MAX_LINES:
        raise Refused(
            _("An order has at most %(max)d lines, and these are %(n)d. Take some out and order them afterwards.")
            % {"max": MAX_LINES, "n": len(cart.lines)}
        )
    for line in cart.lines:
        if line.trouble or line.stays:
            raise Refused(line.trouble or line.stays, detail={"sku": line.goods.pk})
    for part in cart.parts:
        if part.stays:
            raise Refused(part.stays, field="deliver_to")
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


def require_currencies(parts: Sequence[SellersPart], seen: Mapping[int, str]) -> None:
    """Raises Conflict where a seller takes another currency by now than the one that the buyer saw."""
    for part in parts:
        shown = seen.get(part.seller.pk, part.currency)
        if shown != part.currency:
            raise Conflict(
                _("%(seller)s takes %(now)s, not %(shown)s. Look at the prices, then order again.")
                % {"seller": part.seller.name, "now": part.currency, "shown": shown}
            )


def require_taxes(parts: Sequence[SellersPart], seen: Mapping[int, int]) -> None:
    """Raises Conflict where a seller's order comes to more tax than the buyer saw, as it goes to another country."""
    for part in parts:
        if part.tax.amount_minor > seen.get(part.seller.pk, part.tax.amount_minor):
            raise Conflict(
                _("%(seller)s’s order comes to %(tax)s %(currency)s of tax now. Look at the totals, then order again.")
                % {"seller": part.seller.name, "tax": part.tax.amount, "currency": part.currency}
            )


def require_no_rise(lines: Sequence[PricedLine], seen: Mapping[int, Decimal]) -> None:
    rose = [line for line in lines if line.priced and line.priced.unit_price.minor > seen.get(line.goods.pk, UNSEEN)]
    if rose:
        codes = ", ".join(line.goods.code for line in rose[:5])
        raise Conflict(
            _("The price of %(codes)s is higher than the one you saw. Look at it, then order again.")
            % {"codes": codes},
            detail={"rose": [line.goods.pk for line in rose]},
        )


def require_no_approval(plan: Plan) -> None:
    """Raises Refused where somebody else in the company has to agree first."""
    if plan.needs:
        needs = " ".join(spoken(need.who, need.reasons) for need in plan.needs)
        raise Refused(_("This needs an approval first. %(needs)s") % {"needs": needs}, detail={"needs_approval": True})
