"""What every proposed change begins and ends with. Callers hold the transaction and the order's lock."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict, Refused
from backend.core.locking import lock
from backend.core.money import Money
from backend.orders.amendments.models import Amendment, AmendmentLine
from backend.orders.amendments.states import AMENDMENT, ANSWER_WITHIN, AmendmentKind, AmendmentState
from backend.orders.amounts import Amounts, freight_of, sum_of, worth
from backend.orders.models import Order, OrderLine
from backend.orders.states import GOING_ON, ORDER, Commercial, Step
from backend.orders.steps import tell
from backend.orders.tax import tax_on

_K, _S = AmendmentKind, AmendmentState
STATUS_OF: Mapping[str, Commercial] = {_K.CANCELLATION: Commercial.CANCEL_REQUESTED, _K.CHANGE: Commercial.AMENDING}
STEP_OF: Mapping[tuple[str, str], Step] = {
    (_K.CANCELLATION, _S.OPEN): Step.CANCEL_REQUESTED,
    (_K.CANCELLATION, _S.ACCEPTED): Step.CANCEL_AGREED,
    (_K.CANCELLATION, _S.DECLINED): Step.CANCEL_REFUSED,
    (_K.CANCELLATION, _S.WITHDRAWN): Step.CANCEL_WITHDRAWN,
    (_K.CANCELLATION, _S.EXPIRED): Step.CANCEL_EXPIRED,
    (_K.CHANGE, _S.OPEN): Step.AMENDMENT_PROPOSED,
    (_K.CHANGE, _S.ACCEPTED): Step.AMENDMENT_ACCEPTED,
    (_K.CHANGE, _S.DECLINED): Step.AMENDMENT_DECLINED,
    (_K.CHANGE, _S.WITHDRAWN): Step.AMENDMENT_WITHDRAWN,
    (_K.CHANGE, _S.EXPIRED): Step.AMENDMENT_EXPIRED,
}


def changed_line(line: OrderLine, after: int) -> AmendmentLine:
    """A line of the order that is to have another quantity; what was sent back and refunded is not paid again."""
    before = line.due
    return AmendmentLine(
        line=line,
        position=line.position,
        sku_id=line.sku_id,
        code=line.code,
        name=line.name,
        before=before,
        after=after,
        unit_price_minor=line.unit_price_minor,
        price_reason=line.price_reason,
        tax_rate=line.tax_rate,
        old_net_minor=worth(line, line.kept).net.amount_minor,
        new_net_minor=worth(line, line.kept + after - before).net.amount_minor,
    )


def difference_of(order: Order, lines: Sequence[AmendmentLine]) -> Amounts:
    """By how much the lines would change what is payable of the order. One query."""
    paid = {line.pk: line for line in order.lines.filter(replaces=None)}
    fewer: Counter[int] = Counter()
    for each in lines:
        if each.line:  # units that would be sent again are paid for with those that they replace
            fewer[each.line.replaces_id or each.line.pk] += each.before - each.after
    changed = (worth(paid[pk], paid[pk].kept - n) - worth(paid[pk], paid[pk].kept) for pk, n in fewer.items())
    added = (_added(order, each) for each in lines if not each.line)
    freight = _freight_difference(order, sum(line.kept for line in paid.values()), lines)
    return sum_of((*changed, *added, freight), order.currency)


def _freight_difference(order: Order, now: int, lines: Sequence[AmendmentLine]) -> Amounts:
    """It goes with the last unit that is paid for, and comes with the first; `now` so many are."""
    then = now + sum(each.after - each.before for each in lines)
    nothing = sum_of((), order.currency)
    return (freight_of(order) if then else nothing) - (freight_of(order) if now else nothing)


def _added(order: Order, each: AmendmentLine) -> Amounts:
    net = Money(each.new_net_minor, order.currency)
    return Amounts(net, tax_on(net, each.tax_rate, order.rounding))


def put_forward(
    order: Order, amendment: Amendment, lines: Sequence[AmendmentLine], more: Amounts, *, actor: Actor
) -> Amendment:
    """Writes down what is proposed, and what it does to the money; the order waits for the answer."""
    amendment.was = order.commercial
    amendment.old_net_minor, amendment.old_tax_minor = (
        order.payable_net.amount_minor,
        order.payable_tax.amount_minor,
    )
    amendment.new_net_minor = amendment.old_net_minor + more.net.amount_minor
    amendment.new_tax_minor = amendment.old_tax_minor + more.tax.amount_minor
    amendment.version = order.version + 1
    amendment.answer_by = Now() + ANSWER_WITHIN[AmendmentKind(amendment.kind)]
    amendment.save()
    amendment.refresh_from_db(fields=["answer_by"])
    for each in lines:
        each.amendment = amendment
    AmendmentLine.objects.bulk_create(lines)
    ORDER.move(order, to=STATUS_OF[amendment.kind])
    _tell(order, amendment, actor, amendment.reason)
    return amendment


def require_going_on(order: Order) -> None:
    """Raises Refused for an order that is not accepted, is over, or has an open change already."""
    if order.amendments.open().exists():
        raise Refused(_("A change of this order waits for an answer already: there is one at a time."))
    if order.commercial not in GOING_ON:
        raise Refused(_("This order can’t be changed now; it is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip


def require_seen(order: Order, seen_seq: int) -> None:
    """News of parcels changes nothing of what can be proposed."""
    since = list(order.entries.filter(seq__gt=seen_seq).exclude(step=Step.TRACKED))
    if since:
        steps = ", ".join(str(Step(entry.step).label) for entry in since)
        raise Conflict(
            _("This order has changed since you looked: %(steps)s. Compare, then propose it again.") % {"steps": steps},
            detail={"steps": [entry.step for entry in since]},
        )


def lock_amendment(amendment: Amendment) -> Amendment:
    """As it is now; nobody else answers it until this transaction ends."""
    return lock(Amendment.objects.this(amendment).select_related("proposed_by"), what=_("the proposed change"))[0]


def require_open(amendment: Amendment) -> None:
    """Raises Conflict where a locked change was answered, or withdrawn."""
    if amendment.state != AmendmentState.OPEN:
        state = AmendmentState(amendment.state).label
        raise Conflict(_("Somebody was faster: this is no longer open but: %(state)s.") % {"state": state},
                       detail={"state": amendment.state})  # fmt: skip


def settle_amendment(order: Order, amendment: Amendment, to: AmendmentState, *, actor: Actor, answer: str = "") -> None:
    """The answer, or the second thought. Raises Conflict where somebody was faster."""
    require_open(amendment)
    AMENDMENT.move(amendment, to=to)
    amendment.answer, amendment.version = answer, order.version + 1
    Amendment.objects.this(amendment).update(answer=answer, version=amendment.version, answered_at=Now())
    _tell(order, amendment, actor, answer)


def require_same_money(order: Order, amendment: Amendment) -> None:
    """Raises Conflict where something was refunded since it was proposed: what was read is no longer what it does."""
    if (order.payable_net.amount_minor, order.payable_tax.amount_minor) != (
        amendment.old_net_minor,
        amendment.old_tax_minor,
    ):
        raise Conflict(_("What is payable has changed since this was proposed. Decline it; it can be proposed again."),
                       detail={"payable_minor": order.payable.amount_minor})  # fmt: skip


def _tell(order: Order, amendment: Amendment, actor: Actor, note: str) -> None:
    changed = amendment.lines.order_by("position")
    contents = [[each.code, each.after - each.before] for each in changed]
    step = STEP_OF[amendment.kind, amendment.state]
    tell(order, step, actor=actor, note=note, data={"amendment": amendment.pk, "contents": contents})
