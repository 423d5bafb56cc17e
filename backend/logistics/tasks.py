"""Jobs of the shipping room: deadlines that nobody met. Each takes the lock and looks again."""

import logging

from procrastinate.contrib.django import app

from backend.accounts.actor import ANONYMOUS
from backend.core.errors import Busy
from backend.core.row_security import across_companies
from backend.logistics.models import Shipment
from backend.logistics.packing.spoiling.actions import note_spoilt, spoilt_shipments
from backend.logistics.receipts.actions import confirm_by_itself
from backend.logistics.states import ShipmentStatus

AT_ONCE = 200
EVERYBODYS_CLOCK = "the clock runs for every company"
logger = logging.getLogger(__name__)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="confirm_receipts", pass_context=False)
def confirm_receipts(timestamp: int) -> int:
    """Every 10 minutes: shipments delivered some days ago, at most AT_ONCE; returns how many were confirmed."""
    with across_companies(why=EVERYBODYS_CLOCK):
        due = Shipment.objects.across_companies(why=EVERYBODYS_CLOCK).due_to_confirm().select_related("order")
        return sum(_confirmed(each) for each in due.order_by("delivered_at")[:AT_ONCE])


def _confirmed(shipment: Shipment) -> bool:
    try:
        return confirm_by_itself(shipment, actor=ANONYMOUS).status == ShipmentStatus.CONFIRMED
    except Busy:
        logger.info("the order of shipment %d is being changed: it is looked at again", shipment.pk)
        return False


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="note_spoilt_parcels", pass_context=False)
def note_spoilt_parcels(timestamp: int) -> int:
    """Every minute: packed shipments in which something is past its day, at most AT_ONCE; returns of how many it was
    told."""
    with across_companies(why=EVERYBODYS_CLOCK):
        return sum(_told(each) for each in spoilt_shipments(AT_ONCE, why=EVERYBODYS_CLOCK))


def _told(shipment: Shipment) -> bool:
    try:
        return note_spoilt(shipment, actor=ANONYMOUS) > 0
    except Busy:
        logger.info("the order of shipment %d is being changed: it is looked at again", shipment.pk)
        return False
