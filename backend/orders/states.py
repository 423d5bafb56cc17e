"""The lives of an order: four axes, a machine for each that moves by decision; the others are derived."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine

MAX_NOTE, MAX_REASON = 1_000, 200
"""Characters of what one side tells the other."""


class Commercial(TextChoices):
    PLACED = "placed", _("Placed")
    ACCEPTED = "accepted", _("Accepted")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    CANCEL_REQUESTED = "cancel_requested", _("Cancellation asked for")
    AMENDING = "amending", _("Change proposed")
    CANCELLED = "cancelled", _("Cancelled")


_C = Commercial
ORDER: Machine[Commercial] = Machine(
    {
        _C.PLACED: {_C.ACCEPTED, _C.DECLINED, _C.EXPIRED, _C.CANCELLED},
        _C.ACCEPTED: {_C.IN_PROGRESS, _C.CANCEL_REQUESTED, _C.AMENDING, _C.CANCELLED},
        _C.IN_PROGRESS: {_C.COMPLETED, _C.CANCEL_REQUESTED, _C.AMENDING, _C.CANCELLED},
        _C.CANCEL_REQUESTED: {_C.CANCELLED, _C.ACCEPTED, _C.IN_PROGRESS, _C.COMPLETED},
        _C.AMENDING: {_C.ACCEPTED, _C.IN_PROGRESS, _C.COMPLETED},
        _C.COMPLETED: {_C.IN_PROGRESS, _C.CLOSED},
        _C.CLOSED: set(),
        _C.DECLINED: set(),
        _C.EXPIRED: set(),
        _C.CANCELLED: set(),
    },
    field="commercial",
)
GOING_ON = (_C.ACCEPTED, _C.IN_PROGRESS)
"""Goods may be sent, taken off, or asked to be taken off."""
WAITING_FOR_A_WORD = (_C.CANCEL_REQUESTED, _C.AMENDING)
"""One side proposed a change: until the other has answered nothing is sent and nothing is taken off."""
OPEN = (_C.PLACED, *GOING_ON, *WAITING_FOR_A_WORD)
"""Goods or an answer are still owed."""
ENDED = (_C.CLOSED, _C.DECLINED, _C.EXPIRED, _C.CANCELLED)
"""Nothing of it changes any more."""


class Fulfilment(TextChoices):
    """Rolled up from the lines: never set by hand."""

    NONE = "none", _("Nothing sent")
    PARTLY_PACKED = "partly_packed", _("Partly packed")
    PACKED = "packed", _("Packed")
    PARTLY_DISPATCHED = "partly_dispatched", _("Partly sent")
    DISPATCHED = "dispatched", _("Sent")
    PARTLY_DELIVERED = "partly_delivered", _("Partly delivered")
    DELIVERED = "delivered", _("Delivered")
    CONFIRMED = "confirmed", _("Receipt confirmed")
    PARTLY_RETURNED = "partly_returned", _("Partly returned")
    RETURNED = "returned", _("Returned")


ALL_THERE = (Fulfilment.DELIVERED, Fulfilment.CONFIRMED, Fulfilment.PARTLY_RETURNED, Fulfilment.RETURNED)
"""Whatever was to be delivered has arrived."""


class Payment(TextChoices):
    NOT_DUE = "not_due", _("Not due yet")
    INVOICED = "invoiced", _("Invoiced")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    """It was paid, and has risen since."""
    PAID = "paid", _("Paid")


PAYMENT: Machine[Payment] = Machine(
    {
        Payment.NOT_DUE: {Payment.INVOICED, Payment.PAID},
        Payment.INVOICED: {Payment.PAID},
        Payment.PARTLY_PAID: {Payment.PAID},
        Payment.PAID: {Payment.PARTLY_PAID},
    },
    field="payment",
)


class Dispute(TextChoices):
    NONE = "none", _("No dispute")
    OPEN = "open", _("Disputed")
    NEGOTIATING = "negotiating", _("Disputed, and answered")
    ESCALATED = "escalated", _("Dispute with the operators")
    DECIDED = "decided", _("Dispute decided")
    WITHDRAWN = "withdrawn", _("Dispute withdrawn")


UNDER_DISPUTE = (Dispute.OPEN, Dispute.NEGOTIATING, Dispute.ESCALATED)
"""Nothing of the order closes or is confirmed by itself."""


class Axis(TextChoices):
    COMMERCIAL = "commercial", _("Order")
    FULFILMENT = "fulfilment", _("Goods")
    PAYMENT = "payment", _("Payment")
    DISPUTE = "dispute", _("Dispute")


class Step(TextChoices):
    """What an entry of an order's timeline says happened."""

    PLACED = "placed", _("Order placed")
    ACCEPTED = "accepted", _("Order accepted")
    DECLINED = "declined", _("Order declined")
    EXPIRED = "expired", _("Not accepted in time")
    CANCELLED = "cancelled", _("Order cancelled")
    LINES_CANCELLED = "lines_cancelled", _("Taken off the order")
    CANCEL_REQUESTED = "cancel_requested", _("Cancellation asked for")
    CANCEL_AGREED = "cancel_agreed", _("Cancellation agreed to")
    CANCEL_REFUSED = "cancel_refused", _("Cancellation refused: the order goes on")
    CANCEL_WITHDRAWN = "cancel_withdrawn", _("No longer to be cancelled: the order goes on")
    CANCEL_EXPIRED = "cancel_expired", _("Cancellation not answered in time: the order goes on")
    AMENDMENT_PROPOSED = "amendment_proposed", _("Change proposed")
    AMENDMENT_ACCEPTED = "amendment_accepted", _("Change agreed to")
    AMENDMENT_DECLINED = "amendment_declined", _("Change declined: the order goes on as it was")
    AMENDMENT_WITHDRAWN = "amendment_withdrawn", _("Proposed change withdrawn")
    AMENDMENT_EXPIRED = "amendment_expired", _("Change not answered in time: the order goes on as it was")
    PACKED = "packed", _("Goods packed")
    UNPACKED = "unpacked", _("Goods unpacked")
    PACKED_EXPIRED = "packed_expired", _("Packed goods are past their day")
    DISPATCHED = "dispatched", _("Goods sent")
    GOODS_EXPIRED = "goods_expired", _("Goods that were promised are past their day")
    PROMISED_ANEW = "promised_anew", _("Other goods promised in their place")
    OWED_CHANGED = "owed_changed", _("News of when it comes")
    TRACKED = "tracked", _("News of a parcel")
    DELIVERED = "delivered", _("Goods delivered")
    RECEIPT_CONFIRMED = "receipt_confirmed", _("Receipt confirmed")
    LOST = "lost", _("Shipment lost on its way")
    CAME_BACK = "came_back", _("Shipment came back")
    COMPLETED = "completed", _("Everything delivered")
    RETURN_REQUESTED = "return_requested", _("Return asked for")
    RETURN_APPROVED = "return_approved", _("Return approved")
    RETURN_UNANSWERED = "return_unanswered", _("Return not answered in time, and so approved")
    RETURN_REJECTED = "return_rejected", _("Return rejected")
    RETURN_WITHDRAWN = "return_withdrawn", _("Return withdrawn")
    RETURN_SENT = "return_sent", _("Return on its way")
    RETURN_PARTLY = "return_partly", _("Return received in part")
    RETURN_RECEIVED = "return_received", _("Return received")
    RETURN_SHORT = "return_short", _("The rest of the return is no longer expected")
    RETURN_INSPECTED = "return_inspected", _("Return inspected")
    RETURN_RESOLVED = "return_resolved", _("Return resolved")
    RETURN_OVERDUE = "return_overdue", _("Return not there yet: where is it?")
    RETURN_LAPSED = "return_lapsed", _("Return over: nothing came back")
    DISPUTE_OPENED = "dispute_opened", _("Order disputed")
    DISPUTE_SAID = "dispute_said", _("Said about the dispute")
    DISPUTE_EVIDENCE = "dispute_evidence", _("Evidence for the dispute")
    DISPUTE_WITHDRAWN = "dispute_withdrawn", _("Dispute withdrawn")
    DISPUTE_ESCALATED = "dispute_escalated", _("The operators are asked to decide the dispute")
    DISPUTE_FOR_BUYER = "dispute_for_buyer", _("Dispute decided for the buyer")
    DISPUTE_FOR_SELLER = "dispute_for_seller", _("Dispute decided for the seller")
    DOCUMENT_ADDED = "document_added", _("Document added")
    CLOSED = "closed", _("Order closed")
    PAID = "paid", _("Paid")
    MORE_TO_PAY = "more_to_pay", _("More is to be paid")


CLOSE_AFTER = timedelta(days=14)
"""From the completion on goods can be sent back for so long."""
_OF_GOODS = (
    Step.GOODS_EXPIRED,
    Step.PROMISED_ANEW,
    Step.OWED_CHANGED,
    Step.PACKED,
    Step.UNPACKED,
    Step.PACKED_EXPIRED,
    Step.DISPATCHED,
    Step.TRACKED,
    Step.DELIVERED,
    Step.RECEIPT_CONFIRMED,
    Step.LOST,
    Step.CAME_BACK,
    Step.RETURN_REQUESTED,
    Step.RETURN_APPROVED,
    Step.RETURN_UNANSWERED,
    Step.RETURN_REJECTED,
    Step.RETURN_WITHDRAWN,
    Step.RETURN_SENT,
    Step.RETURN_PARTLY,
    Step.RETURN_RECEIVED,
    Step.RETURN_SHORT,
    Step.RETURN_INSPECTED,
    Step.RETURN_RESOLVED,
    Step.RETURN_OVERDUE,
    Step.RETURN_LAPSED,
)
_OF_DISPUTES = (
    Step.DISPUTE_OPENED,
    Step.DISPUTE_SAID,
    Step.DISPUTE_EVIDENCE,
    Step.DISPUTE_WITHDRAWN,
    Step.DISPUTE_ESCALATED,
    Step.DISPUTE_FOR_BUYER,
    Step.DISPUTE_FOR_SELLER,
)
AXIS_OF = {
    **dict.fromkeys(_OF_GOODS, Axis.FULFILMENT),
    **dict.fromkeys((Step.PAID, Step.MORE_TO_PAY), Axis.PAYMENT),
    **dict.fromkeys(_OF_DISPUTES, Axis.DISPUTE),
}
"""All others are of the order itself."""
