"""A shipment will not arrive: it was lost on its way, or came back to where it left. What was in it is sent again, or
nobody owes it any more."""

from collections.abc import Mapping

from django.db import connection
from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.inventory.models import MoveKind
from backend.inventory.steps import Cause, level_of, move_stock
from backend.logistics import policies
from backend.logistics.models import Shipment
from backend.logistics.states import FAILED, SHIPMENT, ShipmentStatus
from backend.orders.amounts import settle_amounts
from backend.orders.cancellations.steps import count_off, go_on
from backend.orders.credit.steps import settle_payment
from backend.orders.models import Order, OrderLine
from backend.orders.placing.allocation import allocate_more
from backend.orders.states import GOING_ON, Commercial, Step
from backend.orders.steps import contents_of, lock_order, roll_up, tell

Contents = Mapping[OrderLine, int]

STEP_OF = {ShipmentStatus.LOST: Step.LOST, ShipmentStatus.CAME_BACK: Step.CAME_BACK}
_UNSEND = """
UPDATE orders_orderline line SET dispatched = line.dispatched - shipped.quantity
FROM logistics_shipmentline shipped WHERE shipped.line_id = line.id AND shipped.shipment_id = %s
"""


@atomic(durable=True)
@for_actor
def give_up_shipment(shipment: Shipment, now: ShipmentStatus, *, sends_again: bool, actor: Actor) -> Shipment:
    """The shipment is lost, or has come back: then its goods lie in the warehouse that they left again.

    With `sends_again` its units are promised to the order anew and still to be sent; without, they are taken off it and
    nobody pays for them. Said again it changes nothing. Raises NotAllowed without orders.dispatch; Refused for a
    shipment that has arrived, while a question about the order is open, or where there is too little to send again.
    """
    require(policies.can_dispatch(actor, shipment.order))
    order = lock_order(shipment.order)
    shipment = lock(Shipment.objects.this(shipment), what=shipment.number)[0]
    shipment.order = order
    if shipment.status == now:
        return shipment
    _require_open(order, now)
    contents, was = _contents(shipment), order.payable
    SHIPMENT.move(shipment, to=now, version=F("version") + 1)
    _unsend(shipment, contents, actor)
    _promise(order, contents, actor) if sends_again else _take_off(order, contents)
    roll_up(order)
    settle_payment(order, was, actor=actor)
    said = contents_of(list(contents), {line.pk: quantity for line, quantity in contents.items()})
    tell(order, STEP_OF[now], actor=actor, data={"shipment": shipment.pk, **said})
    if not sends_again:
        tell(order, Step.LINES_CANCELLED, actor=actor, data=said)
    go_on(order, Commercial(order.commercial), actor=actor)
    return shipment


def _require_open(order: Order, now: ShipmentStatus) -> None:
    if now not in FAILED:
        raise Refused(_("A shipment that doesn’t arrive is lost, or has come back."), field="now")
    if order.commercial not in GOING_ON:
        raise Refused(_("Nothing of this order can be changed now; it is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip


def _contents(shipment: Shipment) -> Contents:
    return {each.line: each.quantity for each in shipment.lines.select_related("line__order")}


def _unsend(shipment: Shipment, contents: Contents, actor: Actor) -> None:
    """They are no longer on their way; those that came back lie on the shelf that they left."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSEND, [shipment.pk])
    for line, quantity in contents.items():
        line.dispatched -= quantity
    if shipment.status == ShipmentStatus.CAME_BACK:
        _put_back(shipment, contents, actor)


def _put_back(shipment: Shipment, contents: Contents, actor: Actor) -> None:
    cause = Cause(MoveKind.RETURN, actor, reference=shipment.number, sold_as=shipment.number)
    stock = lock_stock([line.sku_id for line in contents], what=shipment.number)
    for line, quantity in contents.items():
        item = stock.items[line.sku_id]
        stock.note(move_stock(item, level_of(item, shipment.warehouse), quantity, cause))
    settle_stock(stock, Kind.INVENTORY_STOCK_RETURNED, actor=actor)


def _promise(order: Order, contents: Contents, actor: Actor) -> None:
    stock = lock_stock([line.sku_id for line in contents], what=order.number)
    allocate_more(stock, order, contents)
    settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor)


def _take_off(order: Order, contents: Contents) -> None:
    count_off(order, contents)
    settle_amounts(order)
