"""What is in the parcels of a shipment. Callers hold the transaction, and have locked the order and the stock."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.written import fetch
from backend.inventory.holds.allocating import Short
from backend.inventory.holds.packing import Packed, leave_parcels_of
from backend.inventory.holds.shipping import ship_packed_stock
from backend.inventory.holds.steps import LockedStock
from backend.inventory.models import Lot, Warehouse
from backend.logistics.models import Parcel, ParcelLine, Shipment
from backend.logistics.states import ShipmentStatus
from backend.logistics.steps import MAX_PARCELS, Consignment, open_shipment, too_little
from backend.orders.models import Order, OrderLine
from backend.orders.states import Fulfilment
from backend.orders.steps import contents_of, fulfilment_of

_ADD = """
WITH part AS (
    SELECT line_id, lot_id, units FROM unnest(%(lines)s::bigint[], %(lots)s::bigint[], %(units)s::bigint[])
        AS part (line_id, lot_id, units)
), summed AS (
    SELECT line_id, sum(units)::bigint AS units FROM part GROUP BY line_id
), counted AS (
    UPDATE orders_orderline line SET packed = line.packed + summed.units FROM summed WHERE line.id = summed.line_id
), named AS (
    INSERT INTO logistics_parcelline (parcel_id, line_id, lot_id, quantity)
    SELECT %(parcel)s, line_id, lot_id, units FROM part
), shipped AS (
    INSERT INTO logistics_shipmentline (shipment_id, line_id, quantity)
    SELECT %(shipment)s, line_id, units FROM summed
    ON CONFLICT (shipment_id, line_id) DO UPDATE SET quantity = logistics_shipmentline.quantity + excluded.quantity
)
UPDATE logistics_shipment SET version = version + 1 WHERE id = %(shipment)s RETURNING version
"""
# A statement of its own: row security looks for the shipment's lines, which have to be there.
_ADD_LOTS = """
INSERT INTO logistics_shipmentlot (shipment_line_id, lot_id, quantity)
SELECT shipped.id, part.lot_id, part.units
FROM unnest(%(lines)s::bigint[], %(lots)s::bigint[], %(units)s::bigint[]) AS part (line_id, lot_id, units)
JOIN logistics_shipmentline shipped ON shipped.line_id = part.line_id AND shipped.shipment_id = %(shipment)s
WHERE part.lot_id IS NOT NULL
ON CONFLICT (shipment_line_id, lot_id) DO UPDATE SET quantity = logistics_shipmentlot.quantity + excluded.quantity
RETURNING id
"""
# Sums that a statement reads are of before it: what it adds is added to them.
_LEAVE = """
WITH counted AS (
    UPDATE orders_orderline line
    SET dispatched = line.dispatched + shipped.quantity, packed = line.packed - shipped.quantity
    FROM logistics_shipmentline shipped WHERE shipped.line_id = line.id AND shipped.shipment_id = %(shipment)s
    RETURNING shipped.quantity
), labelled AS (
    UPDATE logistics_parcel parcel SET tracking_number = label.number
    FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS label (number, place), (
        SELECT id, row_number() OVER (ORDER BY nth) AS place FROM logistics_parcel
        WHERE shipment_id = %(shipment)s) AS packed
    WHERE parcel.id = packed.id AND packed.place = label.place
), carried AS (
    UPDATE logistics_shipment SET carrier = %(carrier)s WHERE id = %(shipment)s
)
SELECT sum(quantity - cancelled), sum(dispatched) + (SELECT sum(quantity) FROM counted), sum(delivered), sum(returned)
FROM orders_orderline WHERE order_id = %(order)s
"""


@dataclass(slots=True)
class Contents:
    """Of a shipment, in all its parcels."""

    packed: list[Packed] = field(default_factory=list)
    lines: Counter[OrderLine] = field(default_factory=Counter)

    @property
    def units(self) -> Mapping[int, int]:
        """By the line's pk."""
        return {line.pk: units for line, units in self.lines.items()}

    def lots(self) -> Mapping[int, Sequence[tuple[Lot, int]]]:
        """By SKU, of what was packed of lots."""
        sku_of = {line.pk: line.sku_id for line in self.lines}
        found: dict[int, Counter[Lot]] = defaultdict(Counter)
        for each in self.packed:
            if each.lot:
                found[sku_of[each.line]][each.lot] += each.units
        return {sku: list(lots.items()) for sku, lots in found.items()}


def contents(shipments: Sequence[Shipment]) -> Mapping[Shipment, Contents]:
    """What is in the parcels of these shipments, line by line. One query."""
    found = {each: Contents() for each in shipments}
    by_pk = {each.pk: parts for each, parts in found.items()}
    rows = ParcelLine.objects.scoped(parcel__shipment__in=shipments).select_related("parcel", "line__order", "lot")
    for row in rows.order_by("line__position", "pk"):
        parts = by_pk[row.parcel.shipment_id]
        parts.packed.append(Packed(row.line_id, row.lot, row.quantity))
        parts.lines[row.line] += row.quantity
    return found


def being_packed(order: Order, warehouse: Warehouse) -> Shipment:
    """What is being packed for a locked order in that warehouse; begun here, if nothing was."""
    begun = Shipment.objects.of_order(order.pk).filter(warehouse=warehouse, status=ShipmentStatus.PACKED).first()
    if begun is None:
        return open_shipment(order, warehouse, status=ShipmentStatus.PACKED)
    begun.order = order
    return begun


def add_parcel(shipment: Shipment, parts: Sequence[Packed]) -> None:
    """One parcel more of it. Raises Refused for too many."""
    nth = (shipment.parcels.aggregate(last=Max("nth"))["last"] or 0) + 1
    if nth > MAX_PARCELS:
        raise Refused(_("A shipment has at most %(max)d parcels.") % {"max": MAX_PARCELS})
    parcel = Parcel.objects.create(shipment=shipment, nth=nth)
    rows = {
        "lines": [each.line for each in parts],
        "lots": [each.lot.pk if each.lot else None for each in parts],
        "units": [each.units for each in parts],
    }
    fetch(_ADD, {"shipment": shipment.pk, "parcel": parcel.pk, **rows})
    if any(each.lot for each in parts):
        fetch(_ADD_LOTS, {"shipment": shipment.pk, **rows})


def leave(
    stock: LockedStock, shipment: Shipment, parts: Contents, consignment: Consignment, actor: Actor
) -> Fulfilment:
    """A packed shipment leaves its warehouse, and what becomes of the order's goods with it. Raises Refused with what
    could leave, and for more tracking numbers than there are parcels."""
    order, numbers = shipment.order, [number.strip() for number in consignment.tracking_numbers]
    _require_parcel_for_each(shipment, numbers)
    leave_parcels_of(shipment.warehouse_id, parts.packed)
    try:
        ship_packed_stock(stock, order.subject, shipment.warehouse_id, parts.units, parts.lots(),
                          reference=shipment.number, actor=actor)  # fmt: skip
    except Short as short:
        raise too_little(list(parts.lines), short, shipment.warehouse) from None
    shipment.carrier = consignment.carrier
    said = {"order": order.pk, "shipment": shipment.pk, "carrier": consignment.carrier, "numbers": numbers}
    (sums,) = fetch(_LEAVE, said)
    return fulfilment_of(*map(int, sums))


def _require_parcel_for_each(shipment: Shipment, numbers: Sequence[str]) -> None:
    many = shipment.parcels.count()
    if len(numbers) > many:
        raise Refused(
            ngettext("There is %(n)d parcel: name one tracking number.",
                     "There are %(n)d parcels: name at most as many tracking numbers.", many) % {"n": many},
            field=f"tracking-{shipment.pk}",
        )  # fmt: skip


def said_of(shipment: Shipment, taken: Mapping[ParcelLine, int]) -> Mapping[str, object]:
    """For the timeline: so many units of which of the order's lines a step in its parcels was about."""
    units = Counter[OrderLine]()
    for row, many in taken.items():
        units[row.line] += many
    return {"shipment": shipment.pk, **contents_of(list(units), {line.pk: many for line, many in units.items()})}
