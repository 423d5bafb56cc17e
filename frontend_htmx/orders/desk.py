"""What one side may do with an order now: the forms of its desk. The actions ask again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.forms import BaseForm

from backend.accounts.actor import Actor
from backend.inventory.holds.queries import Allocated, allocated
from backend.logistics.policies import can_confirm_delivery, can_confirm_receipt, can_dispatch
from backend.logistics.queries import ShipmentView
from backend.logistics.states import ShipmentStatus
from backend.orders.amendments.approving import plan_of_change
from backend.orders.amendments.models import Amendment
from backend.orders.amendments.policies import (
    can_answer_amendment,
    can_propose_change,
    can_request_cancellation,
    can_withdraw_amendment,
)
from backend.orders.amendments.queries import OpenChange, asked_about, open_change
from backend.orders.credit.policies import can_mark_paid
from backend.orders.credit.queries import CAME_TO_NOTHING
from backend.orders.documents.policies import can_send_document
from backend.orders.models import Order, OrderLine, Requisition
from backend.orders.policies import can_answer_order, can_cancel_lines, can_cancel_order
from backend.orders.rules.queries import Plan
from backend.orders.seen import OrderSeen
from backend.orders.states import ENDED, GOING_ON, OPEN, UNDER_DISPUTE, WAITING_FOR_A_WORD, Commercial, Payment
from frontend_htmx.orders.dispute_desk import dispute_desk
from frontend_htmx.orders.document_forms import DocumentForm
from frontend_htmx.orders.forms import FailingForm, LinesForm, RefusalForm, TrackingForm
from frontend_htmx.orders.packing_forms import DepartureForm, UnpackingForm
from frontend_htmx.orders.receipt_forms import FindingsForm
from frontend_htmx.orders.return_desk import return_desk
from frontend_htmx.orders.sending_forms import ShipmentForm, WholeForm

OpenLines = Sequence[tuple[OrderLine, int]]
"""All of them, and how much of each is still to be sent."""
Parts = Mapping[int, Sequence[Allocated]]
"""What each warehouse has for an order, by its pk."""
Refused = Mapping[str, BaseForm]
"""The form that was refused, as it was typed, by its name on the desk."""


def desk_of(actor: Actor, seen: OrderSeen, refused: Refused) -> dict[str, object]:
    """What the template of the desk shows. Ten queries at most; 23 where a buyer may answer a change."""
    order = seen.order
    is_placed = order.commercial == Commercial.PLACED
    lines = open_lines(seen.lines)
    return {
        "change": open_change(order.pk) if seen.has_change else OpenChange(order.pk, 0),
        "asked": _asked(actor, order),
        "can_answer": is_placed and can_answer_order(actor, order),
        "can_cancel": is_placed and can_cancel_order(actor, order),
        "can_mark_paid": _may_be_paid(order) and can_mark_paid(actor, order),
        "held_back": order.commercial in OPEN and order.awaits_payment,
        "can_confirm": can_confirm_delivery(actor, order),
        "refusal": refused.get("refusal") or RefusalForm(),
        "can_propose": order.commercial in GOING_ON and can_propose_change(actor, order),
        "taking_off": _taking_off(actor, order, lines, refused),
        "asking_off": _asking_off(actor, order, lines, refused),
        **_sending(actor, order, lines, refused),
        "document_form": _document_form(actor, order, refused),
        **_answering(actor, order, refused),
        **return_desk(actor, seen, refused),
        **dispute_desk(actor, seen, refused),
    }


def _document_form(actor: Actor, order: Order, refused: Refused) -> BaseForm | None:
    if order.commercial in ENDED or not can_send_document(actor, order):
        return None
    return refused.get("document") or DocumentForm(is_disputed=order.dispute in UNDER_DISPUTE)


def _may_be_paid(order: Order) -> bool:
    return order.payment != Payment.PAID and order.commercial not in CAME_TO_NOTHING


def open_lines(lines: Iterable[OrderLine]) -> OpenLines:
    """Also those that are no longer open: what is typed of them is then refused by name."""
    return [(line, line.open_quantity) for line in lines]


def _is_open(lines: OpenLines) -> bool:
    return any(most for _line, most in lines)


def _taking_off(actor: Actor, order: Order, lines: OpenLines, refused: Refused) -> BaseForm | None:
    """Who may take units off at once: the buyer before the order is accepted, the seller as long as they are there."""
    is_sellers = actor.company_id == order.seller_id
    when = (Commercial.PLACED, *(GOING_ON if is_sellers else ()))
    if not _is_open(lines) or order.commercial not in when or not can_cancel_lines(actor, order):
        return None
    return refused.get("taking_off") or LinesForm(lines=lines, name="off", needs_reason=is_sellers)


def _asking_off(actor: Actor, order: Order, lines: OpenLines, refused: Refused) -> BaseForm | None:
    """The buyer asks for it once it is accepted."""
    if not _is_open(lines) or order.commercial not in GOING_ON or not can_request_cancellation(actor, order):
        return None
    return refused.get("asking_off") or LinesForm(lines=lines, name="ask")


def _asked(actor: Actor, order: Order) -> Requisition | None:
    """What would change it, as long as it can be, and waits for an approval inside the buyer's company. One query."""
    can_wait = actor.company_id == order.buyer_id and order.commercial in (*GOING_ON, *WAITING_FOR_A_WORD)
    return asked_about(order, actor) if can_wait else None


def _answering(actor: Actor, order: Order, refused: Refused) -> dict[str, object]:
    """What may be said to the open change, if there is one. One query; fourteen at most where a buyer answers."""
    waits = order.commercial in WAITING_FOR_A_WORD
    amendment = Amendment.objects.of_order(order.pk).open().first() if waits else None
    if amendment is None:
        return {}
    amendment.order = order
    can_answer = can_answer_amendment(actor, amendment)
    return {
        "amendment": amendment,
        "can_answer_change": can_answer,
        "plan": _plan_of_yes(actor, amendment) if can_answer and actor.company_id == order.buyer_id else Plan(),
        "can_withdraw_change": can_withdraw_amendment(actor, amendment),
        "declining": refused.get("declining") or RefusalForm(name="declining"),
    }


def _plan_of_yes(actor: Actor, amendment: Amendment) -> Plan:
    """Whose approval a buyer's yes needs inside their company."""
    return plan_of_change(amendment.order, list(amendment.lines.select_related("sku")), actor.user_id or 0)


def _sending(actor: Actor, order: Order, lines: OpenLines, refused: Refused) -> dict[str, object]:
    """A form for each warehouse that has something for the order: to send it, or to pack it. What is wanted only whole
    and lies in several is sent by one form for all; once some of it is packed, the rest has to be, too."""
    if order.commercial not in GOING_ON or order.awaits_payment or not can_dispatch(actor, order):
        return {}
    codes = {line.pk: line.code for line, _most in lines}
    parts = parts_by_warehouse(order)
    is_begun = any(line.packed for line, _most in lines)
    found = {"spoilt": _spoilt(lines, parts), "shipment_forms": _shipment_forms(parts, lines, refused)}
    if not order.only_whole or (len(parts) == 1 and not is_begun):
        return {**found, "can_send_loose": True}
    whole = None if is_begun or not parts else refused.get("whole") or WholeForm(parts=parts, codes=codes)
    return {**found, "whole_form": whole}


def _spoilt(lines: OpenLines, parts: Parts) -> Sequence[tuple[str, int, date | None]]:
    """(code, units, when they are expected) of what is owed because goods that were promised are past their day."""
    expired = {part.line for each in parts.values() for part in each if part.expired}
    return [(line.code, min(line.owed, most), line.due_on) for line, most in lines if line.owed and line.pk in expired]


def _shipment_forms(parts: Parts, lines: OpenLines, refused: Refused) -> Sequence[BaseForm]:
    own = [line for line, _most in lines]
    forms = [ShipmentForm(house=(pk, each[0].warehouse), lines=own, parts=each) for pk, each in parts.items()]
    typed = refused.get("shipment")
    return [typed if isinstance(typed, ShipmentForm) and typed.of_warehouse == form.of_warehouse else form
            for form in forms]  # fmt: skip


def packed_forms(actor: Actor, order: Order, sent: Sequence[ShipmentView], refused: Refused) -> dict[str, object]:
    """For whoever packs: how what is packed leaves, each shipment alone, or all where it is wanted only whole; not as
    long as something in it is past its day."""
    if not can_dispatch(actor, order):
        return {"unpacking_forms": {}}
    packed = [each for each in sent if each.status == ShipmentStatus.PACKED]
    unpacking = {"can_unpack": True, "unpacking_forms": _unpacking_forms(packed, refused)}
    if order.commercial not in GOING_ON or order.awaits_payment or not packed:
        return unpacking
    groups = [packed] if order.only_whole else [[each] for each in packed]
    sendable = [group for group in groups if not any(each.is_spoilt for each in group)]
    return {**unpacking, "departure_forms": [_departure(group, refused) for group in sendable]}


def _unpacking_forms(packed: Sequence[ShipmentView], refused: Refused) -> Mapping[int, BaseForm]:
    """By parcel."""
    found = {parcel.pk: UnpackingForm(parcel=parcel) for each in packed for parcel in each.parcels}
    typed = refused.get("unpacking")
    return {**found, typed.parcel_id: typed} if isinstance(typed, UnpackingForm) else found


def _departure(group: Sequence[ShipmentView], refused: Refused) -> DepartureForm:
    typed = refused.get("departure")
    if isinstance(typed, DepartureForm) and [each.pk for each in typed.shipments] == [each.pk for each in group]:
        return typed
    return DepartureForm(shipments=group)


def tracking_forms(
    actor: Actor, order: Order, sent: Sequence[ShipmentView], refused: Refused
) -> Mapping[int, BaseForm]:
    """For whoever hears of a parcel's way, by parcel: of those that are on it."""
    if not can_dispatch(actor, order):
        return {}
    going = [parcel.pk for each in sent if each.status == ShipmentStatus.DISPATCHED for parcel in each.parcels]
    typed = refused.get("tracking")
    found = {pk: TrackingForm(parcel_id=pk) for pk in going}
    return {**found, typed.parcel_id: typed} if isinstance(typed, TrackingForm) else found


def receipt_forms(actor: Actor, order: Order, sent: Sequence[ShipmentView], refused: Refused) -> Mapping[int, BaseForm]:
    """For the buyer who has looked at it, by shipment: of those that were delivered."""
    if order.commercial in ENDED or not can_confirm_receipt(actor, order):
        return {}
    typed = refused.get("findings")
    found = {each.pk: FindingsForm(shipment=each) for each in sent if each.status == ShipmentStatus.DELIVERED}
    return {**found, typed.shipment_id: typed} if isinstance(typed, FindingsForm) else found


def failing_forms(actor: Actor, order: Order, sent: Sequence[ShipmentView], refused: Refused) -> Mapping[int, BaseForm]:
    """For whoever sends, by shipment: of those that may still get lost."""
    if order.commercial not in GOING_ON or not can_dispatch(actor, order):
        return {}
    typed = refused.get("failing")
    found = {each.pk: FailingForm(shipment_id=each.pk) for each in sent if each.status == ShipmentStatus.DISPATCHED}
    return {**found, typed.shipment_id: typed} if isinstance(typed, FailingForm) else found


def parts_by_warehouse(order: Order) -> Parts:
    """What each warehouse has for the order. One query."""
    found: dict[int, list[Allocated]] = defaultdict(list)
    for part in allocated(order.subject):
        found[part.warehouse_id].append(part)
    return found
