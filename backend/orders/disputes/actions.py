"""A buyer disputes an order, both sides say what they have to say, and the operators decide what the two can't agree
on. Each step is one transaction, safe to send twice, and ends by recording it."""

from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.row_security import across_companies, for_actor
from backend.events import once
from backend.orders.disputes import policies
from backend.orders.disputes.models import OrderDispute
from backend.orders.disputes.states import BETWEEN_THEM, ESCALATES_AFTER, DisputeReason, Side
from backend.orders.disputes.steps import lock_dispute, move_dispute, require_words, stand
from backend.orders.models import Order
from backend.orders.states import CLOSE_AFTER, ENDED, UNDER_DISPUTE, Commercial, Dispute, Step
from backend.orders.steps import lock_order, tell

OPERATORS = "an operator decides a dispute of two other companies"


@atomic(durable=True)
@for_actor
def open_dispute(order: Order, reason: DisputeReason, *, words: str, key: str, actor: Actor) -> OrderDispute:
    """The buyer disputes what was sent, and says why. As long as it is open nothing of the order happens by itself.

    Raises NotAllowed without orders.place at the buyer's; Refused for an order of which nothing has left or that has
    ended, for one that was decided on, and without words; Conflict where another dispute is open.
    """
    require(policies.can_dispute(actor, order))
    asked = {"order": order.pk, "reason": reason, "words": words}
    claim = once.claim(order.buyer_id, key, action="open_dispute", request=asked)
    if claim.is_repeat:
        return OrderDispute.objects.of_order(order.pk).get(pk=claim.result_pk)
    now, said = lock_order(order), require_words(words)
    _require_disputable(now)
    nth, until = now.disputes.count() + 1, Now() + ESCALATES_AFTER
    dispute = OrderDispute.objects.create(order=now, nth=nth, reason=reason, escalates_at=until)
    stand(now, Dispute.OPEN, Step.DISPUTE_OPENED, dispute, actor=actor, note=said, reason=reason)
    claim.resulted_in(dispute.pk)
    return dispute


def _require_disputable(order: Order) -> None:
    if order.dispute in UNDER_DISPUTE:
        raise Conflict(_("This order is disputed already: say it there."))
    if order.dispute == Dispute.DECIDED:
        raise Refused(_("The market’s operators have decided about this order."))
    if order.commercial in ENDED:
        raise Refused(_("Nothing of this order can be changed now; it is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip
    if not order.lines.filter(dispatched__gt=0).exists():
        raise Refused(_("Nothing of this order has left yet: ask to cancel it, or propose a change."))


@atomic(durable=True)
@for_actor
def speak_in_dispute(dispute: OrderDispute, *, words: str, key: str, actor: Actor) -> OrderDispute:
    """Either side says something; with the seller's first word they negotiate.

    Raises NotAllowed without orders.place at the buyer's or orders.answer at the seller's; Refused without words, and
    Conflict for one that is over.
    """
    require(policies.can_speak_in_dispute(actor, dispute.order))
    request = {"dispute": dispute.pk, "words": words}
    if once.claim(actor.company_id or 0, key, action="speak_in_dispute", request=request).is_repeat:
        return dispute
    order, now = lock_order(dispute.order), lock_dispute(dispute)
    said = require_words(words)
    _require_open(now)
    if now.status == Dispute.OPEN and actor.company_id == order.seller_id:
        move_dispute(order, now, Dispute.NEGOTIATING, Step.DISPUTE_SAID, actor=actor, note=said)
    else:
        tell(order, Step.DISPUTE_SAID, actor=actor, note=said, data={"dispute": now.pk})
    return now


@atomic(durable=True)
@for_actor
def withdraw_dispute(dispute: OrderDispute, *, actor: Actor) -> OrderDispute:
    """The buyer has nothing against the order any more. Withdrawn again it stays so.

    Raises NotAllowed without orders.place at the buyer's, and Refused for one that was decided.
    """
    require(policies.can_dispute(actor, dispute.order))
    order, now = lock_order(dispute.order), lock_dispute(dispute)
    if now.status != Dispute.WITHDRAWN:
        move_dispute(order, now, Dispute.WITHDRAWN, Step.DISPUTE_WITHDRAWN, actor=actor, escalates_at=None)
    return now


@atomic(durable=True)
@for_actor
def escalate_dispute(dispute: OrderDispute, *, actor: Actor) -> OrderDispute:
    """Either side asks the operators to decide. Asked again they stay asked.

    Raises NotAllowed without orders.place at the buyer's or orders.answer at the seller's; Refused in the first days,
    and Conflict for one that is over.
    """
    require(policies.can_speak_in_dispute(actor, dispute.order))
    order, now = lock_order(dispute.order), lock_dispute(dispute)
    if now.status == Dispute.ESCALATED:
        return now
    _require_open(now)
    if not OrderDispute.objects.this(now).ripe().exists():
        raise Refused(_("The two of you have three days to agree; then either may ask the operators to decide."))
    move_dispute(order, now, Dispute.ESCALATED, Step.DISPUTE_ESCALATED, actor=actor, escalates_at=None)
    return now


@atomic(durable=True)
def escalate_by_itself(dispute: OrderDispute, *, actor: Actor) -> OrderDispute:
    """The two have not agreed in time: the operators are asked. One that has moved meanwhile stays as it is."""
    order, now = lock_order(dispute.order), lock_dispute(dispute)
    if OrderDispute.objects.this(now).unsettled().exists():
        move_dispute(order, now, Dispute.ESCALATED, Step.DISPUTE_ESCALATED, actor=actor, escalates_at=None)
    return now


@atomic(durable=True)
def decide_dispute(dispute: OrderDispute, side: Side, *, words: str, actor: Actor) -> OrderDispute:
    """An operator decides, and both read why. For the buyer: they have the days after a delivery once more, in which to
    ask for a return of what it was about. It moves no money by itself. Decided so again it stays so.

    Raises NotAllowed without disputes.decide; Refused without words, or before the operators were asked; Conflict for
    one that was decided otherwise, or withdrawn.
    """
    require(policies.can_decide_disputes(actor))
    with across_companies(why=OPERATORS):
        order, now = lock_order(dispute.order), lock_dispute(dispute)
        if now.decided_for == side:
            return now
        said = require_words(words)
        _require_asked(now)
        if side == Side.BUYER:
            later = Greatest(F("closes_at"), Now() + CLOSE_AFTER)
            Order.objects.this(order).filter(closes_at__isnull=False).update(closes_at=later)
        step = Step.DISPUTE_FOR_BUYER if side == Side.BUYER else Step.DISPUTE_FOR_SELLER
        move_dispute(order, now, Dispute.DECIDED, step, actor=actor, note=said, decided_for=side)
    return now


def _require_open(dispute: OrderDispute) -> None:
    if dispute.status not in UNDER_DISPUTE:
        raise Conflict(_("This dispute is over; it is: %(now)s.") % {"now": Dispute(dispute.status).label})


def _require_asked(dispute: OrderDispute) -> None:
    _require_open(dispute)
    if dispute.status in BETWEEN_THEM:
        raise Refused(_("The two still try to agree: nobody has asked the operators to decide."))
