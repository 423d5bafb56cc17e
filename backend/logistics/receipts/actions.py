"""The buyer has looked at what was delivered: apart from the delivery, which a carrier or a seller may say, too. Each
change is one transaction, safe to send twice, and ends by recording it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.core.written import fetch
from backend.events import once
from backend.logistics import policies
from backend.logistics.models import Shipment, ShipmentLine
from backend.logistics.states import SHIPMENT, ShipmentStatus
from backend.orders.models import Order
from backend.orders.states import ENDED, MAX_REASON, Commercial, Step
from backend.orders.steps import lock_order, roll_up, tell

_COUNT = """
UPDATE orders_orderline line SET confirmed = line.confirmed + shipped.quantity
FROM logistics_shipmentline shipped WHERE shipped.line_id = line.id AND shipped.shipment_id = %(shipment)s
RETURNING line.id
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with what arrived: units by the order's line (its pk), and a word about it."""

    missing: Mapping[int, int] = field(default_factory=dict)
    damaged: Mapping[int, int] = field(default_factory=dict)
    note: str = ""

    @property
    def is_empty(self) -> bool:
        return not (any(self.missing.values()) or any(self.damaged.values()) or self.note)


ALL_WELL = Findings()


@atomic(durable=True)
@for_actor
def confirm_receipt(shipment: Shipment, findings: Findings = ALL_WELL, *, key: str, actor: Actor) -> Shipment:
    """The buyer has the delivered goods, and says what of them is missing or damaged. That is noted for both sides:
    what is to come back for it is asked for as a return (orders/returns/actions.py).

    Raises NotAllowed without orders.place at the buyer's; Refused for what has not been delivered, for more at fault
    than was in it, and for a note of more than MAX_REASON characters; Conflict where it was confirmed meanwhile and
    this says otherwise.
    """
    require(policies.can_confirm_receipt(actor, shipment.order))
    request = {"shipment": shipment.pk, "findings": str(findings)}
    claim = once.claim(shipment.order.buyer_id, key, action="confirm_receipt", request=request)
    order = lock_order(shipment.order)
    now = Shipment.objects.this(shipment).get()
    if claim.is_repeat or (now.status == ShipmentStatus.CONFIRMED and findings.is_empty):
        return now
    _require_open(order, now)
    return _confirm(order, now, findings, actor)


@atomic(durable=True)
def confirm_by_itself(shipment: Shipment, *, actor: Actor) -> Shipment:
    """Nobody has said a word in time: it counts as received. One that was confirmed meanwhile stays as it is."""
    order = lock_order(shipment.order)
    now = Shipment.objects.this(shipment).due_to_confirm().first()
    return _confirm(order, now, ALL_WELL, actor) if now else Shipment.objects.this(shipment).get()


def _require_open(order: Order, shipment: Shipment) -> None:
    """It was delivered, and nobody has confirmed it."""
    if shipment.status == ShipmentStatus.CONFIRMED:
        raise Conflict(_("The receipt of this shipment was confirmed meanwhile."))
    if shipment.status != ShipmentStatus.DELIVERED:
        raise Refused(_("Only what has been delivered is confirmed; this shipment is: %(now)s.")
                      % {"now": ShipmentStatus(shipment.status).label})  # fmt: skip
    if order.commercial in ENDED:
        raise Refused(_("Nothing of this order can be changed now; it is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip


def _confirm(order: Order, shipment: Shipment, findings: Findings, actor: Actor) -> Shipment:
    faults = _note(shipment, findings)
    shipment.receipt_note = findings.note.strip()
    fetch(_COUNT, {"shipment": shipment.pk})
    said = {"confirmed_at": Now(), "receipt_note": shipment.receipt_note, "version": F("version") + 1}
    SHIPMENT.move(shipment, to=ShipmentStatus.CONFIRMED, **said)
    roll_up(order)
    data: dict[str, object] = {"shipment": shipment.pk, "faults": faults}
    tell(order, Step.RECEIPT_CONFIRMED, actor=actor, note=shipment.receipt_note, data=data)
    return shipment


def _note(shipment: Shipment, findings: Findings) -> list[tuple[str, int, int]]:
    """(code, missing, damaged) of the lines at fault. Two queries; none where all is well."""
    if len(findings.note) > MAX_REASON:
        raise Refused(_("%(n)d characters are too many here: at most %(max)d.")
                      % {"n": len(findings.note), "max": MAX_REASON}, field="note")  # fmt: skip
    named = {pk for found in (findings.missing, findings.damaged) for pk, units in found.items() if units}
    if not named:
        return []
    lines = list(shipment.lines.filter(line__in=named).select_related("line").order_by("line__position"))
    if len(lines) < len(named):
        raise Refused(_("One of these lines is not in this shipment."))
    for each in lines:
        each.missing = _units(findings.missing, "missing", each)
        each.damaged = _units(findings.damaged, "damaged", each)
        _require_in_it(each)
    ShipmentLine.objects.scoped(shipment=shipment).bulk_update(lines, ["missing", "damaged"])
    return [(each.line.code, each.missing, each.damaged) for each in lines]


def _units(found: Mapping[int, int], what: str, each: ShipmentLine) -> int:
    return whole_number(found.get(each.line_id, 0), field=f"{what}-{each.line_id}", at_least=0)


def _require_in_it(each: ShipmentLine) -> None:
    if each.missing + each.damaged > each.quantity:
        raise Refused(
            _("Only %(sent)d of %(code)s were in it, not %(named)d.")
            % {"sent": each.quantity, "code": each.line.code, "named": each.missing + each.damaged},
            field=f"{'missing' if each.missing else 'damaged'}-{each.line_id}",
        )
