"""What one side may do about a dispute of an order now. The actions ask again."""

from collections.abc import Mapping

from django.forms import BaseForm

from backend.accounts.actor import Actor
from backend.orders.disputes.policies import can_dispute, can_speak_in_dispute
from backend.orders.disputes.queries import open_dispute_of
from backend.orders.models import Order
from backend.orders.seen import OrderSeen
from backend.orders.states import ENDED, Dispute
from frontend_htmx.orders.dispute_forms import DisputeForm, WordsForm


def dispute_desk(actor: Actor, seen: OrderSeen, refused: Mapping[str, BaseForm]) -> dict[str, object]:
    """The open dispute with what may be said to it; without one, the form that opens one. One query at most."""
    order, shown = seen.order, open_dispute_of(seen.order)
    if shown is None:
        return {"disputing": _disputing(actor, seen, refused)}
    speaks = can_speak_in_dispute(actor, order)
    return {
        "dispute": shown,
        "speaking": (refused.get("speaking") or WordsForm()) if speaks else None,
        "can_withdraw_dispute": can_dispute(actor, order),
        "can_escalate": speaks and shown.is_ripe,
    }


def _disputing(actor: Actor, seen: OrderSeen, refused: Mapping[str, BaseForm]) -> BaseForm | None:
    order: Order = seen.order
    is_over = order.dispute == Dispute.DECIDED or order.commercial in ENDED
    if is_over or not any(line.dispatched for line in seen.lines) or not can_dispute(actor, order):
        return None
    return refused.get("disputing") or DisputeForm()
