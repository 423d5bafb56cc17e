"""Goods are taken out of parcels again, all of a shipment's or a part: they are loose, and still allocated. Each change
is one transaction, safe to send twice, and ends by recording it."""

from collections.abc import Mapping, Sequence

from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.core.written import fetch
from backend.events import once
from backend.inventory.holds.packing import Packed, tell_packed, unpack_stock
from backend.inventory.holds.steps import lock_stock
from backend.logistics import policies
from backend.logistics.models import Parcel, ParcelLine, Shipment
from backend.logistics.packing.steps import said_of
from backend.logistics.states import SHIPMENT, ShipmentStatus
from backend.orders.models import Order
from backend.orders.states import Step
from backend.orders.steps import lock_order, roll_up, tell

# The whole shipment stays as it was packed: what was in it once is not what is in it now.
_TAKE_OUT_ALL = """
UPDATE orders_orderline line SET packed = line.packed - shipped.quantity
FROM logistics_shipmentline shipped WHERE shipped.line_id = line.id AND shipped.shipment_id = %(shipment)s
RETURNING line.id
"""
_TAKE_OUT = """
WITH part AS (
    SELECT packed.*, said.units FROM logistics_parcelline packed
    JOIN unnest(%(rows)s::bigint[], %(units)s::bigint[]) AS said (id, units) ON said.id = packed.id
), of_line AS (
    SELECT line_id, sum(units)::bigint AS units FROM part GROUP BY line_id
), of_lot AS (
    SELECT line_id, lot_id, sum(units)::bigint AS units FROM part WHERE lot_id IS NOT NULL GROUP BY line_id, lot_id
), counted AS (
    UPDATE orders_orderline line SET packed = line.packed - of_line.units FROM of_line WHERE line.id = of_line.line_id
), less AS (
    UPDATE logistics_parcelline packed SET quantity = packed.quantity - part.units
    FROM part WHERE packed.id = part.id AND packed.quantity > part.units
), gone AS (
    DELETE FROM logistics_parcelline packed USING part WHERE packed.id = part.id AND packed.quantity = part.units
), less_of_lot AS (
    UPDATE logistics_shipmentlot sent SET quantity = sent.quantity - of_lot.units
    FROM of_lot JOIN logistics_shipmentline shipped ON shipped.line_id = of_lot.line_id
    WHERE shipped.shipment_id = %(shipment)s AND sent.shipment_line_id = shipped.id AND sent.lot_id = of_lot.lot_id
        AND sent.quantity > of_lot.units
), gone_of_lot AS (
    DELETE FROM logistics_shipmentlot sent
    USING of_lot JOIN logistics_shipmentline shipped ON shipped.line_id = of_lot.line_id
    WHERE shipped.shipment_id = %(shipment)s AND sent.shipment_line_id = shipped.id AND sent.lot_id = of_lot.lot_id
        AND sent.quantity = of_lot.units
), less_of_line AS (
    UPDATE logistics_shipmentline shipped SET quantity = shipped.quantity - of_line.units
    FROM of_line WHERE shipped.shipment_id = %(shipment)s AND shipped.line_id = of_line.line_id
        AND shipped.quantity > of_line.units
), gone_of_line AS (
    DELETE FROM logistics_shipmentline shipped USING of_line
    WHERE shipped.shipment_id = %(shipment)s AND shipped.line_id = of_line.line_id AND shipped.quantity = of_line.units
)
UPDATE logistics_shipment SET version = version + 1 WHERE id = %(shipment)s RETURNING version
"""
Taken = Mapping[ParcelLine, int]


@atomic(durable=True)
@for_actor
def unpack_shipment(shipment: Shipment, *, actor: Actor) -> Shipment:
    """What was packed is loose again, and still allocated. Unpacked again it stays so.

    Also while a change or a cancellation waits for its answer: whoever would agree to it may have to unpack first.
    Raises NotAllowed without orders.dispatch, Refused for what has left.
    """
    require(policies.can_dispatch(actor, shipment.order))
    order = lock_order(shipment.order)
    now = Shipment.objects.this(shipment).select_related("warehouse").get()
    if now.status == ShipmentStatus.UNPACKED:
        return now
    _require_here(now)
    _take_out(order, now, {row: row.quantity for row in _packed_in(now)}, actor)
    return now


@atomic(durable=True)
@for_actor
def unpack_parcel(parcel: Parcel, units: Mapping[int, int], *, key: str, actor: Actor) -> Shipment:
    """So much of what is in one parcel (ParcelLine -> units) is loose again. An empty parcel is none any more, and a
    shipment whose last it was is unpacked.

    Raises NotAllowed without orders.dispatch; Refused for what has left, for nothing, and for more than is in it;
    Conflict where that has changed since.
    """
    require(policies.can_dispatch(actor, parcel.shipment.order))
    wanted = {pk: whole_number(many) for pk, many in units.items() if many}
    request = {"parcel": parcel.pk, "lines": sorted(wanted.items())}
    claim = once.claim(parcel.shipment.order.seller_id, key, action="unpack_parcel", request=request)
    if claim.is_repeat:
        return Shipment.objects.this(parcel.shipment).get()
    order = lock_order(parcel.shipment.order)
    now = Shipment.objects.this(parcel.shipment).select_related("warehouse").get()
    _require_here(now)
    _take_out(order, now, _wanted_of(parcel, wanted), actor)
    claim.resulted_in(now.pk)
    return now


def _require_here(shipment: Shipment) -> None:
    if shipment.status == ShipmentStatus.UNPACKED:
        raise Conflict(_("What is packed of this order has changed since you looked: look at it again."))
    if shipment.status != ShipmentStatus.PACKED:
        raise Refused(_("This shipment has left already."))


def _packed_in(shipment: Shipment) -> Sequence[ParcelLine]:
    rows = ParcelLine.objects.scoped(parcel__shipment=shipment.pk).select_related("line__order", "lot")
    return list(rows.order_by("line__position", "pk"))


def _wanted_of(parcel: Parcel, wanted: Mapping[int, int]) -> Taken:
    rows = ParcelLine.objects.scoped(parcel=parcel, pk__in=wanted).select_related("line__order", "lot")
    found = {row: wanted[row.pk] for row in rows.order_by("line__position", "pk")}
    if len(found) < len(wanted):
        raise Conflict(_("What is packed of this order has changed since you looked: look at it again."))
    if not found:
        raise Refused(_("Say how much of what is to be taken out."))
    for row, units in found.items():
        if units > row.quantity:
            raise Refused(
                _("Only %(there)d of %(code)s are in this parcel: %(units)d can’t be taken out.")
                % {"there": row.quantity, "code": row.line.code, "units": units},
                field=f"row-{row.pk}",
            )
    return found


def _take_out(order: Order, shipment: Shipment, taken: Taken, actor: Actor) -> None:
    stock = lock_stock([row.line.sku_id for row in taken], what=order.number)
    unpack_stock(order.subject, shipment.warehouse_id, [Packed(row.line_id, row.lot, n) for row, n in taken.items()])
    tell_packed(stock, actor=actor)
    if sum(taken.values()) == sum(row.quantity for row in _packed_in(shipment)):
        fetch(_TAKE_OUT_ALL, {"shipment": shipment.pk})
        SHIPMENT.move(shipment, to=ShipmentStatus.UNPACKED, version=F("version") + 1)
    else:
        rows = {"rows": [row.pk for row in taken], "units": list(taken.values())}
        fetch(_TAKE_OUT, {"shipment": shipment.pk, **rows})
        shipment.parcels.filter(contents=None).delete()
    roll_up(order)
    tell(order, Step.UNPACKED, actor=actor, data=said_of(shipment, taken))
