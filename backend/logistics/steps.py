"""What every dispatch does. Callers hold the transaction, and have locked the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.written import Written, fetch
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Short
from backend.inventory.holds.shipping import ship_stock
from backend.inventory.holds.steps import LockedStock, lock_stock, settle_stock
from backend.inventory.lots.choosing import first_of
from backend.inventory.models import Warehouse
from backend.logistics.models import Shipment, ShipmentLot
from backend.logistics.states import ShipmentStatus, Tracking
from backend.orders.models import Order, OrderLine
from backend.orders.states import GOING_ON, Commercial, Fulfilment, Step
from backend.orders.steps import Told, contents_of, fulfilment_of, move

MAX_PARCELS = 200
MAX_CARRIER, MAX_NUMBER = 40, 60
MAX_NAMED = 5

_LINES = Written(
    """
    SELECT {line} FROM orders_orderline line WHERE order_id = %(order)s AND id = ANY(%(lines)s::bigint[])
    ORDER BY position
    """,
    line=OrderLine,
)
_OPEN = Written(
    """
    WITH made AS (
        INSERT INTO logistics_shipment
            (order_id, warehouse_id, nth, status, carrier, version, packed_at, dispatched_at)
        SELECT %(order)s, %(warehouse)s, count(*) + 1, %(status)s, %(carrier)s, 1,
            CASE WHEN %(packed)s THEN statement_timestamp() END, CASE WHEN NOT %(packed)s THEN statement_timestamp() END
        FROM logistics_shipment WHERE order_id = %(order)s RETURNING *
    ) SELECT {made} FROM made
    """,
    made=Shipment,
)
# Sums that a statement reads are of before it: what it adds is added to them.
_SEND = """
WITH sent AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(quantities)s::bigint[]) AS sent (line_id, quantity)
), counted AS (
    UPDATE orders_orderline line SET dispatched = line.dispatched + sent.quantity
    FROM sent WHERE line.id = sent.line_id
), packed AS (
    INSERT INTO logistics_shipmentline (shipment_id, line_id, quantity)
    SELECT %(shipment)s, line_id, quantity FROM sent
), labelled AS (
    INSERT INTO logistics_parcel (shipment_id, nth, tracking_number, tracking)
    SELECT %(shipment)s, nth, number, %(tracking)s
    FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS label (number, nth)
)
SELECT sum(quantity - cancelled), sum(dispatched) + (SELECT sum(quantity) FROM sent), sum(delivered), sum(returned)
FROM orders_orderline WHERE order_id = %(order)s
"""


@dataclass(frozen=True, slots=True)
class Consignment:
    """Who carries it, and the tracking number of each parcel; an empty one where there is none."""

    carrier: str = ""
    tracking_numbers: Sequence[str] = ("",)


def require_parcels(consignment: Consignment) -> None:
    numbers = consignment.tracking_numbers
    if len(numbers) > MAX_PARCELS:
        raise Refused(_("A shipment has at most %(max)d parcels.") % {"max": MAX_PARCELS}, field="tracking_numbers")
    if len(consignment.carrier) > MAX_CARRIER or any(len(number) > MAX_NUMBER for number in numbers):
        raise Refused(_("A carrier’s name has at most %(carrier)d characters, a tracking number %(number)d.")
                      % {"carrier": MAX_CARRIER, "number": MAX_NUMBER}, field="tracking_numbers")  # fmt: skip


def require_sendable(order: Order, lines: Mapping[int, int]) -> Sequence[OrderLine]:
    """The lines of a locked order, of which so many units each (line -> units) are to leave; or why they can't."""
    sent = require_packable(order, lines)
    if order.only_whole:
        _require_whole(order, lines)
    return sent


def require_packable(order: Order, lines: Mapping[int, int]) -> Sequence[OrderLine]:
    """The same of what is to be packed: of what is wanted only whole, part after part may be."""
    if order.commercial not in GOING_ON:
        raise Refused(_("Only an order that is accepted can be sent; this one is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip
    if order.awaits_payment:
        raise Refused(_("This order is paid in advance: its goods can be sent once the money has come."))
    if not lines:
        raise Refused(_("Say how much of which line is in the shipment."), field="quantity")
    sent = [line for (line,) in _LINES.fetch({"order": order.pk, "lines": list(lines)})]
    if len(sent) < len(lines):
        raise Refused(_("One of these lines is not of this order."))
    return sent


def _require_whole(order: Order, lines: Mapping[int, int]) -> None:
    """Nothing that is still to be sent stays behind; what was cancelled doesn't count."""
    rest = [line for line in order.lines.order_by("position") if line.open_quantity]
    if any(lines.get(line.pk, 0) < line.open_quantity for line in rest):
        named = ", ".join(f"{line.open_quantity} × {line.code}" for line in rest[:MAX_NAMED])
        further = len(rest) - MAX_NAMED
        more = ngettext(" and %(n)d line more", " and %(n)d lines more", further) % {"n": further}
        raise Refused(
            _("The buyer wants this order only whole. Send all that is open of it at once: %(lines)s.")
            % {"lines": named + (more if further > 0 else "")},
            field="quantity",
            detail={"open": {line.pk: line.open_quantity for line in rest}},
        )


def ship(
    order: Order,
    warehouse: Warehouse,
    sent: Sequence[OrderLine],
    lines: Mapping[int, int],
    consignment: Consignment,
    actor: Actor,
) -> tuple[Shipment, Fulfilment]:
    """So many units of the lines leave the warehouse, and what becomes of the order's goods with it. Raises Refused
    with what could leave."""
    shipment = open_shipment(order, warehouse, consignment.carrier)
    stock = lock_stock([line.sku_id for line in sent], what=order.number)
    try:
        ship_stock(stock, order.subject, warehouse.pk, lines, reference=shipment.number, actor=actor)
    except Short as short:
        raise too_little(sent, short, warehouse) from None
    numbers = [number.strip() for number in consignment.tracking_numbers or [""]]
    packed = {"lines": list(lines), "quantities": list(lines.values()), "numbers": numbers}
    (sums,) = fetch(_SEND, {"order": order.pk, "shipment": shipment.pk, "tracking": Tracking.PENDING, **packed})
    _note_lots(shipment, stock)
    settle_stock(stock, Kind.INVENTORY_STOCK_SOLD, actor=actor)
    return shipment, fulfilment_of(*map(int, sums))


def sent_of(shipment: Shipment, sent: Sequence[OrderLine], lines: Mapping[int, int]) -> Told:
    """What the timeline says of it."""
    return Told(Step.DISPATCHED, shipment.carrier, {"shipment": shipment.pk, **contents_of(sent, lines)})


def go_out(order: Order, told: Sequence[Told], fulfilment: Fulfilment, actor: Actor) -> None:
    """The first goods that leave begin the work on an order."""
    begins = Commercial.IN_PROGRESS if order.commercial == Commercial.ACCEPTED else None
    move(order, told, to=begins, fulfilment=fulfilment, actor=actor)


def open_shipment(
    order: Order, warehouse: Warehouse, carrier: str = "", *, status: ShipmentStatus = ShipmentStatus.DISPATCHED
) -> Shipment:
    """The next one of a locked order: on its way, or being packed. One query."""
    asked = {"order": order.pk, "warehouse": warehouse.pk, "carrier": carrier, "status": status}
    ((made,),) = _OPEN.fetch({**asked, "packed": status == ShipmentStatus.PACKED})
    shipment: Shipment = made
    shipment.order, shipment.warehouse = order, warehouse
    return shipment


def _note_lots(shipment: Shipment, stock: LockedStock) -> None:
    """Which lots went with which line; lines of one SKU share them in their order. No query where none has any."""
    if not stock.lots:
        return
    left = {sku: dict(lots) for sku, lots in stock.lots.items()}
    noted = []
    for each in shipment.lines.select_related("line"):
        there = left.get(each.line.sku_id, {})
        for lot, units in list(first_of(each.quantity, there.items())):
            there[lot] -= units
            noted.append(ShipmentLot(shipment_line=each, lot=lot, quantity=units))
    ShipmentLot.objects.bulk_create(noted)


def too_little(lines: Sequence[OrderLine], short: Short, warehouse: Warehouse) -> Refused:
    named = [line for line in lines if line.pk in short.left]
    words = _("Only %(left)d of %(code)s can leave %(warehouse)s for this order.")
    said = [words % {"left": short.left[each.pk], "code": each.code, "warehouse": warehouse.name} for each in named[:5]]
    field = f"line-{named[0].pk}" if len(named) == 1 else "quantity"
    return Refused(" ".join(said), field=field, detail={"left": dict(short.left)})
