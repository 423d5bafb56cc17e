"""Units are taken off an order, at once: by the buyer before it is accepted, by the seller as long as they are not
sent. Afterwards the buyer asks for it: orders/amendments/."""

from collections.abc import Mapping

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import SellerTerms
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.money import Money
from backend.core.row_security import for_actor
from backend.events import once
from backend.orders import policies
from backend.orders.cancellations.steps import go_on, open_lines, take_off
from backend.orders.credit.steps import settle_payment
from backend.orders.models import Order
from backend.orders.states import GOING_ON, Commercial, Step
from backend.orders.steps import contents_of, lock_order, require_reason, tell


@atomic(durable=True)
@for_actor
def cancel_lines(order: Order, quantities: Mapping[int, int], *, reason: str = "", key: str, actor: Actor) -> Order:
    """So many units of these lines (by their pk) are not delivered; with the last of them the order is cancelled.

    Raises NotAllowed for whoever neither orders for the buyer nor answers for the seller. Refused: for the buyer once
    it is accepted, and for a rest that is not in the seller's steps or below his minimum; for the seller without a
    reason; for more than is still to be sent.
    """
    require(policies.can_cancel_lines(actor, order))
    asked = {"order": order.pk, "lines": sorted(quantities.items()), "reason": reason}
    claim = once.claim(actor.company_id or 0, key, action="cancel_lines", request=asked)
    now = lock_order(order)
    if claim.is_repeat:
        return now
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity}
    _require_open_to(actor, now, reason)
    lines, was = open_lines(now, wanted), now.payable
    take_off(now, wanted, actor=actor)
    if actor.company_id == now.buyer_id:
        _require_worth_ordering(now)
    settle_payment(now, was, actor=actor)
    tell(now, Step.LINES_CANCELLED, actor=actor, note=reason.strip(), data=contents_of(lines, wanted))
    go_on(now, Commercial(now.commercial), actor=actor)
    return now


def _require_open_to(actor: Actor, order: Order, reason: str) -> None:
    is_sellers = actor.company_id == order.seller_id
    if not is_sellers and order.commercial in GOING_ON:
        raise Refused(_("%(seller)s has accepted this order already: ask for it.") % {"seller": order.seller.name})
    if order.commercial not in (Commercial.PLACED, *(GOING_ON if is_sellers else ())):
        raise Refused(_("Nothing can be taken off this order now; it is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip
    if is_sellers or reason.strip():
        require_reason(reason)


def _require_worth_ordering(order: Order) -> None:
    """What a buyer leaves of an order is in the seller's steps, and not below his minimum; nothing at all may be."""
    left = [line for line in order.lines.select_related("sku") if line.quantity > line.cancelled]
    for line in left:
        line.sku.order_rule.require(line.quantity - line.cancelled)
    minimum = _minimum(order)
    if left and order.payable_net < minimum:
        raise Refused(
            _("%(seller)s takes orders from %(minimum)s %(currency)s on: cancel less, or the whole order.")
            % {"seller": order.seller.name, "minimum": minimum.amount, "currency": order.currency}
        )


def _minimum(order: Order) -> Money:
    known = SellerTerms.objects.across_companies(why="an order minimum is for every buyer to read")
    terms = known.filter(company=order.seller_id, currency=order.currency).first()
    return Money(terms.order_minimum_minor if terms else 0, order.currency)
