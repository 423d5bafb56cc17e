"""A buyer's change, or yes to the seller's, that somebody else in their company has to approve first. Each is safe to
send twice; the seller learns nothing."""

from django.db.transaction import atomic

from backend.accounts.actor import Actor
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.orders.amendments import policies
from backend.orders.amendments.approving import ordered_now, part_then
from backend.orders.amendments.asking.keeping import kept
from backend.orders.amendments.asking.steps import ask, require_none_waits, waiting_yes
from backend.orders.amendments.drafting import Wanted, drafted, moved_to
from backend.orders.amendments.models import Amendment
from backend.orders.amendments.steps import lock_amendment, require_going_on, require_open, require_seen
from backend.orders.credit.steps import reserve_more
from backend.orders.models import Order, Requisition
from backend.orders.placing.details import Details, require_to_come
from backend.orders.requisitions.steps import Changing
from backend.orders.steps import lock_order, require_reason


@atomic(durable=True)
@for_actor
def ask_to_change(order: Order, wanted: Wanted, *, reason: str, seen_seq: int, key: str, actor: Actor) -> Requisition:
    """The buyer's change that propose_change refuses waits for those who have to approve it; then it is proposed.

    No goods are held: they are promised when both sides agree. It waits seven days at most. Raises what propose_change
    raises, and Conflict where nothing needs an approval (any more), or something of this order waits already.
    """
    require(policies.can_propose_change(actor, order) and actor.company_id == order.buyer_id)
    asked = {"order": order.pk, "wanted": str(wanted), "reason": reason, "seen": seen_seq}
    claim = once.claim(order.buyer_id, key, action="ask_to_change", request=asked)
    if claim.is_repeat:
        return Requisition.objects.of_company(order.buyer_id).get(pk=claim.result_pk)
    require_none_waits(order)
    now = lock_order(order)
    require_going_on(now)
    require_seen(now, seen_seq)
    require_to_come(wanted.requested_on)
    said, draft = require_reason(reason), drafted(now, wanted, asked_by=now.buyer_id)
    reserve_more(now, draft.more.total)  # for this moment: no seller learns that anybody asks
    change = kept(wanted, said, (now.payable + draft.more.total).amount_minor)
    details = Details(
        now.po_number,
        wanted.requested_on or now.requested_on,
        said,
        ship_to=moved_to(now, wanted) or now.ship_to,
        only_whole=now.only_whole,
    )
    about = Changing(now, ordered_now(now), change=change)
    requisition = ask(about, draft.lines, part_then(now, draft.lines), details, actor=actor)
    claim.resulted_in(requisition.pk)
    return requisition


@atomic(durable=True)
@for_actor
def ask_to_agree(amendment: Amendment, *, actor: Actor) -> Requisition:
    """The yes to the seller's change that accept_amendment refuses waits for those who have to approve it, seven days
    at most and as long as the change is open; asked again it is the same request.

    Raises what accept_amendment raises, and Conflict as asking to change does.
    """
    order = amendment.order
    require(policies.can_answer_amendment(actor, amendment) and actor.company_id == order.buyer_id)
    require_none_waits(order, besides=amendment)
    order, now = lock_order(order), lock_amendment(amendment)
    if waiting := waiting_yes(now):
        return waiting
    require_open(now)
    lines = list(now.lines.select_related("sku").order_by("position"))
    now.order = order
    reserve_more(order, now.more)
    about = Changing(order, ordered_now(order), agrees_to=now)
    details = Details(
        order.po_number,
        now.requested_on or order.requested_on,
        now.reason,
        ship_to=now.ship_to or order.ship_to,
        only_whole=order.only_whole,
    )
    return ask(about, lines, part_then(order, lines), details, actor=actor)
