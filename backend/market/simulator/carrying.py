"""Parcels travel: a word of the carrier now and then, over borders or with trouble on the way, until they arrive."""

from backend.accounts.actor import Actor
from backend.core import clock
from backend.core.row_security import acting_for
from backend.logistics.actions import add_tracking, confirm_delivery
from backend.logistics.models import Parcel, Shipment
from backend.logistics.states import ShipmentStatus, Tracking
from backend.market.models import Act
from backend.market.simulator.chance import chance, fate
from backend.market.simulator.confirming import will_confirm
from backend.market.simulator.then import Then, then
from backend.orders.models import Order

# Of a hundred orders so many meet trouble on the way, find nobody there, and are late.
IN_TROUBLE, NOBODY_THERE, LATE = 2, 4, 5
QUICK, SLOW, LATE_BY = 60, 600, 1500


def carry(order: Order, seller: Actor) -> Then | None:
    """The next word of each shipment on its way, or that it has arrived; then its shop looks at it."""
    with acting_for(seller.company_id):
        travelling = list(Shipment.objects.of_order(order.pk).filter(status=ShipmentStatus.DISPATCHED))
    for shipment in travelling:
        shipment.order = order
        _move_on(shipment, seller)
    return _next_word(order) if travelling else will_confirm(order, seller)


def _next_word(order: Order) -> Then:
    soon = then(Act.CARRY, f"{fate(order)}/{order.last_seq}", QUICK, SLOW)
    is_late = chance(f"{fate(order)}/late", 100) < LATE
    return Then(soon.act, soon.after + LATE_BY) if is_late else soon


def _move_on(shipment: Shipment, seller: Actor) -> None:
    with acting_for(seller.company_id):
        parcels = list(shipment.parcels.all())
    news = next_status(shipment.order, Tracking(parcels[0].tracking))
    if news is None:
        confirm_delivery(shipment, actor=seller)
        return
    for parcel in parcels:
        _tell(parcel, shipment, news, seller)


def _tell(parcel: Parcel, shipment: Shipment, news: Tracking, seller: Actor) -> None:
    parcel.shipment = shipment
    address = shipment.order.ship_to
    place = address.get("city", "") if news in (Tracking.OUT_FOR_DELIVERY, Tracking.ATTEMPT_FAILED) else ""
    add_tracking(parcel, news, clock.now(), place=place, source="simulator", actor=seller)


def next_status(order: Order, now: Tracking) -> Tracking | None:
    """Where a parcel is next; None: it has arrived."""
    luck = chance(f"{fate(order)}/way", 100)
    match now:
        case Tracking.PENDING:
            return Tracking.IN_TRANSIT
        case Tracking.IN_TRANSIT if order.ship_to.get("country") != order.seller.country:
            return Tracking.CUSTOMS
        case Tracking.IN_TRANSIT | Tracking.CUSTOMS if luck < IN_TROUBLE:
            return Tracking.EXCEPTION
        case Tracking.IN_TRANSIT | Tracking.CUSTOMS | Tracking.EXCEPTION:
            return Tracking.OUT_FOR_DELIVERY
        case Tracking.OUT_FOR_DELIVERY if luck >= 100 - NOBODY_THERE:
            return Tracking.ATTEMPT_FAILED
        case _:
            return None
