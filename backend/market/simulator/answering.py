"""The seller's answer to an order, unless the buyer thinks better of it first."""

from backend.accounts.actions import system_actor
from backend.accounts.actor import Actor
from backend.core.row_security import acting_for
from backend.market.models import Act
from backend.market.simulator.chance import chance, fate, one_of
from backend.market.simulator.then import Then, then
from backend.orders.actions import accept_order, cancel_order, decline_order
from backend.orders.models import Order
from backend.orders.states import Commercial

# Of a hundred orders so many are declined, and so many cancelled before anybody has answered.
DECLINED, CANCELLED = 2, 2
# Of a seller with people of their own every third order waits for them, up to so many.
LEFT_ONE_IN, MOST_LEFT = 3, 6
REASONS = (
    "We can’t make the date you asked for.",
    "This line is being discontinued.",
    "The delivery address is outside the area that our carrier serves.",
    "Part of this batch failed our quality check.",
)
LEAST, MOST = 60, 500


def answer(order: Order, seller: Actor, *, is_peopled: bool) -> Then | None:
    """Accepted and to be packed; or that was all of it, and what people order is always accepted."""
    if order.commercial != Commercial.PLACED:
        return None
    if order.group.placed_by_id == seller.user_id and not _is_wanted(order, seller, is_peopled=is_peopled):
        return None
    accept_order(order, actor=seller)
    return then(Act.PACK, fate(order), LEAST, MOST)


def _is_wanted(order: Order, seller: Actor, *, is_peopled: bool) -> bool:
    luck = chance(fate(order), 100)
    if luck < DECLINED:
        decline_order(order, reason=one_of(fate(order), REASONS), actor=seller)
        return False
    if luck < DECLINED + CANCELLED:
        cancel_order(order, actor=system_actor(order.buyer))
        return False
    return not (is_peopled and luck % LEFT_ONE_IN == 0 and _left_to_people(seller) < MOST_LEFT)


def _left_to_people(seller: Actor) -> int:
    with acting_for(seller.company_id):
        waiting = Order.objects.sold_by(seller.company_id or 0).filter(commercial=Commercial.PLACED, errand=None)
        return waiting.count()
