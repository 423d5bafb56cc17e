"""What became of a negotiation, and the agreement that both sides can check."""

from dataclasses import dataclass

from backend.accounts.actor import Actor
from backend.negotiation.models import Revision, Room
from backend.negotiation.terms import canonical, terms_of
from backend.orders.models import Order, Requisition


@dataclass(frozen=True, slots=True)
class Agreement:
    """The canonical text of an offer that was accepted (terms.canonical), and its SHA-256 in hexadecimal."""

    text: str
    digest: str
    order: str


def order_of(room: Room, actor: Actor) -> Order | None:
    """The order that a negotiation has become; None as long as it is none. One query."""
    return Order.objects.visible_to(actor).filter(agreement__room=room).first()


def asked_in(room: Room, actor: Actor) -> Requisition | None:
    """What of a negotiation waits for an approval inside the buyer's company, for those who see that. One query."""
    waiting = Requisition.objects.visible_to(actor).pending().filter(room=room)
    return waiting.select_related("buyer").first()


def agreement_of(order: Order) -> Agreement:
    """What both sides have agreed on. Three queries. Raises Revision.DoesNotExist for an order without one."""
    revision = Revision.objects.scoped(orders=order).select_related("room").get()
    codes = dict(revision.lines.values_list("sku", "sku__code"))
    text = canonical(terms_of(revision), room_id=revision.room_id, number=revision.number, codes=codes)
    return Agreement(text, revision.digest, order.number)
