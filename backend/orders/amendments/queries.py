"""What is proposed to change of an order, as both sides read it. Each says how many queries it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.accounts.actor import Actor
from backend.catalog.pricing.reasons import Reason, read
from backend.core.money import Money, UnitPrice
from backend.core.row_security import across_companies
from backend.orders.amendments.drafting import Draft, Wanted
from backend.orders.amendments.models import Amendment, AmendmentLine
from backend.orders.amendments.states import AmendmentKind
from backend.orders.models import Order, Requisition

WATCHED = "its topic says who may watch it"


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """So many units instead of so many, and what they come to."""

    code: str
    name: str
    is_new: bool
    before: int
    after: int
    old_net: Money
    new_net: Money
    unit_price: UnitPrice
    reason: Reason | None = None
    """Why it costs that; of what the order has already, its own line says so."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that waits for the other side's answer. Totals are with tax, payable before and after."""

    pk: int
    kind: AmendmentKind
    proposed_by: str
    reason: str
    requested_on: date | None
    ship_to: Mapping[str, str]
    lines: Sequence[ChangedLine]
    old_total: Money
    new_total: Money
    answer_by: datetime | None = None
    """Until then; None: it is not proposed yet."""


@dataclass(frozen=True, slots=True)
class OpenChange:
    """The open change of an order, if there is one: fragment orders/_change.html, topic `order_change:<pk>`."""

    order_id: int
    version: int
    """The order's, when a change was last proposed or answered; 0: never."""
    proposal: Proposal | None = None


@across_companies(why=WATCHED)
def open_change(order_id: int) -> OpenChange:
    """What is proposed of one order. Two queries; one where nothing ever was."""
    last = Amendment.objects.of_order(order_id).select_related("order", "proposed_by").order_by("-pk").first()
    if last is None:
        return OpenChange(order_id, 0)
    return OpenChange(order_id, last.version, _proposal(last) if last.state == "open" else None)


def asked_about(order: Order, actor: Actor) -> Requisition | None:
    """What of an order waits for an approval inside the buyer's company, for those who see that. One query."""
    waiting = Requisition.objects.visible_to(actor).pending().filter(order=order)
    return waiting.select_related("buyer").first()


def previewed(order: Order, draft: Draft, wanted: Wanted, *, by: str) -> Proposal:
    """What a change would come to, before it is proposed. No query."""
    return Proposal(
        pk=0,
        kind=AmendmentKind.CHANGE,
        proposed_by=by,
        reason="",
        requested_on=wanted.requested_on,
        ship_to=wanted.ship_to,
        lines=[_line(each, order.currency) for each in draft.lines],
        old_total=order.payable,
        new_total=order.payable + draft.more.total,
    )


def _proposal(amendment: Amendment) -> Proposal:
    currency = amendment.order.currency
    return Proposal(
        pk=amendment.pk,
        kind=AmendmentKind(amendment.kind),
        proposed_by=amendment.proposed_by.name,
        reason=amendment.reason,
        requested_on=amendment.requested_on,
        ship_to=amendment.ship_to,
        lines=[_line(each, currency) for each in amendment.lines.select_related("line").order_by("position")],
        old_total=Money(amendment.old_net_minor + amendment.old_tax_minor, currency),
        new_total=Money(amendment.new_net_minor + amendment.new_tax_minor, currency),
        answer_by=amendment.answer_by,
    )


def _line(each: AmendmentLine, currency: str) -> ChangedLine:
    return ChangedLine(
        code=each.code,
        name=each.name,
        is_new=each.line is None,
        before=each.before,
        after=each.after,
        old_net=Money(each.old_net_minor, currency),
        new_net=Money(each.new_net_minor, currency),
        unit_price=each.price_in(currency),
        reason=read(each.price_reason) if each.line is None else None,
    )
