"""What waits for an approval, as the buying company's people see it. Each says how many queries it costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.queries import Page, page_of
from backend.core.money import Money
from backend.core.row_security import acting_for
from backend.orders.documents.queries import DocumentView, documents_of_request
from backend.orders.models import ApprovalStep, Order, Requisition, RequisitionLine
from backend.orders.requisitions.policies import can_see_requisitions, can_withdraw, step_to_decide
from backend.orders.requisitions.states import CAME_TO_NOTHING, RequisitionState
from backend.orders.rules.approvers import Approvers, approvers_of
from backend.orders.rules.deciding import sums
from backend.orders.rules.queries import names_of
from backend.orders.rules.spending import Budget, budget_of
from backend.orders.rules.wording import Kept
from backend.orders.tax import ROUNDING, tax_on

LIST_SIZE = 50
MAX_WAITING = 200


@dataclass(frozen=True, slots=True)
class RequisitionRow:
    """A request in a list."""

    pk: int
    buyer: str
    state: RequisitionState
    asked_at: datetime
    expires_at: datetime
    po_number: str
    sellers: Sequence[str]
    totals: Sequence[Money]
    """Tax included, one for each currency."""
    waits_for: Sequence[str]
    """Who could decide it now."""
    asks_me: bool


@dataclass(frozen=True, slots=True)
class RequisitionsPage:
    """What waits for this person, what waits for others, and a page of what was decided."""

    mine: Sequence[RequisitionRow]
    others: Sequence[RequisitionRow]
    page: Page
    decided: Sequence[RequisitionRow]


@dataclass(frozen=True, slots=True)
class StepView:
    """One approval of a request: who could give it, who gave it, and why it is needed."""

    pk: int
    turn: int
    who: Sequence[str]
    reasons: Sequence[Kept]
    decided_by: str
    decided_for: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PartView:
    """What would be ordered of one seller."""

    seller: str
    lines: Sequence[RequisitionLine]
    freight: Money
    net: Money
    """Its freight included."""
    tax: Money

    @property
    def total(self) -> Money:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class RequisitionView:
    """A request with everything that somebody needs to decide it."""

    row: RequisitionRow
    requested_on: date | None
    note: str
    only_whole: bool
    ship_to: dict[str, str]
    bill_to: dict[str, str]
    reason: str
    parts: Sequence[PartView]
    steps: Sequence[StepView]
    budget: Budget | None
    """Of whoever asks."""
    orders: Sequence[tuple[int, str, str]]
    """(pk, number, seller) of what it became."""
    documents: Sequence[DocumentView]
    room_id: int
    """The negotiation that it is about; 0: none."""
    is_offer: bool
    """Whether an offer would be made in it; else one is accepted."""
    order: Order | None
    """That would be changed."""
    agrees: bool
    """Whether the seller's change of it would be agreed to; else the change would be proposed."""
    is_of_cart: bool
    step_id: int
    """The approval that this person may give or refuse now; 0: none."""
    can_withdraw: bool
    can_take_up_again: bool


def requisitions_page(actor: Actor, company: Company, *, number: int = 1) -> RequisitionsPage:
    """Nine queries at most."""
    approvers = approvers_of(company.pk)
    everything = Requisition.objects.visible_to(actor).with_all()
    waiting = [_row(each, actor, approvers) for each in everything.pending().order_by("expires_at")[:MAX_WAITING]]
    decided = everything.exclude(state=RequisitionState.PENDING)
    page = page_of(number, LIST_SIZE, decided.count())
    rows = decided.order_by("-asked_at", "-pk")[(page.number - 1) * page.size : page.number * page.size]
    return RequisitionsPage(
        mine=[row for row in waiting if row.asks_me],
        others=[row for row in waiting if not row.asks_me],
        page=page,
        decided=[_row(each, actor, approvers) for each in rows],
    )


def every_requisition(actor: Actor, company: Company) -> Iterator[RequisitionRow]:
    """All that the list shows on all of its pages: what waits, then what was decided. Nine queries a page at most."""
    number = pages = 1
    while number <= pages:
        with acting_for(company.pk):  # a file is sent when its request is over
            found = requisitions_page(actor, company, number=number)
        if number == 1:
            yield from [*found.mine, *found.others]
        pages, number = found.page.pages, number + 1
        yield from found.decided


def waiting_for(actor: Actor) -> int:
    """How many requests this person may decide now. Five queries at most, one where nothing waits."""
    if not can_see_requisitions(actor) or actor.company_id is None:
        return 0
    waiting = list(Requisition.objects.visible_to(actor).pending().with_all()[:MAX_WAITING])
    approvers = approvers_of(actor.company_id) if waiting else None
    return sum(approvers is not None and _step(each, actor, approvers) is not None for each in waiting)


def requisition_screen(actor: Actor, requisition: Requisition) -> RequisitionView:
    """Ten queries at most; `requisition` as `Requisition.objects.visible_to(…)` found it."""
    found = Requisition.objects.this(requisition).with_all().get()
    approvers = approvers_of(found.company_id)
    step = _step(found, actor, approvers)
    is_own = can_withdraw(actor, found)
    row = _row(found, actor, approvers)
    return RequisitionView(
        row=row,
        requested_on=found.requested_on,
        note=found.note,
        only_whole=found.only_whole,
        ship_to=found.ship_to,
        bill_to=found.bill_to,
        reason=found.reason,
        parts=_parts(found),
        room_id=found.room_id or 0,
        is_offer=found.is_offer,
        order=found.order,
        agrees=found.agrees_to_id is not None,
        is_of_cart=found.is_of_cart,
        steps=[_step_view(each, found, approvers) for each in found.steps.all()],
        budget=budget_of(found.company_id, found.buyer_id) if row.state == RequisitionState.PENDING else None,
        orders=_orders(found),
        documents=documents_of_request(found),
        step_id=step.pk if step else 0,
        can_withdraw=is_own and row.state == RequisitionState.PENDING,
        can_take_up_again=is_own and row.state in CAME_TO_NOTHING and found.is_of_cart,
    )


def _step(requisition: Requisition, actor: Actor, approvers: Approvers) -> ApprovalStep | None:
    return step_to_decide(actor, requisition, requisition.steps.all(), approvers)


def _row(found: Requisition, actor: Actor, approvers: Approvers) -> RequisitionRow:
    lines = list(found.lines.all())
    state = RequisitionState(found.state)
    return RequisitionRow(
        pk=found.pk,
        buyer=str(found.buyer),
        state=state,
        asked_at=found.asked_at,
        expires_at=found.expires_at,
        po_number=found.po_number,
        sellers=list(dict.fromkeys(line.seller.name for line in lines)),
        totals=list(sums(_payable(found, lines)).values()),
        waits_for=_waits_for(found, approvers) if state == RequisitionState.PENDING else [],
        asks_me=_step(found, actor, approvers) is not None,
    )


def _waits_for(found: Requisition, approvers: Approvers) -> Sequence[str]:
    open_steps = [step for step in found.steps.all() if step.decided_by_id is None]
    now = [step for step in open_steps if step.turn == open_steps[0].turn]
    names = (names_of(approvers, step.approver_id, besides=found.buyer_id) for step in now)
    return list(dict.fromkeys(name for each in names for name in each))


def _payable(found: Requisition, lines: Sequence[RequisitionLine]) -> Iterator[Money]:
    """What each line comes to with its tax, and the freight with its own."""
    yield from (line.net + tax_on(line.net, line.tax_rate, ROUNDING) for line in lines)
    if lines:
        yield Money(found.freight_minor + found.freight_tax_minor, lines[0].currency)


def _parts(found: Requisition) -> Sequence[PartView]:
    """Only what is about an offer, or a change, has freight, and it has one part."""
    parts = []
    for (seller, currency), of_seller in groupby(found.lines.all(), key=lambda line: (line.seller, line.currency)):
        part, freight = list(of_seller), Money(found.freight_minor, currency)
        net = sum((line.net for line in part), freight)
        taxes = (tax_on(line.net, line.tax_rate, ROUNDING) for line in part)
        parts.append(PartView(seller.name, part, freight, net, sum(taxes, Money(found.freight_tax_minor, currency))))
    return parts


def _step_view(step: ApprovalStep, requisition: Requisition, approvers: Approvers) -> StepView:
    return StepView(
        pk=step.pk,
        turn=step.turn,
        who=names_of(approvers, step.approver_id, besides=requisition.buyer_id),
        reasons=step.reasons,
        decided_by=str(step.decided_by or ""),
        decided_for=str(step.decided_for or ""),
        decided_at=step.decided_at,
    )


def _orders(requisition: Requisition) -> Sequence[tuple[int, str, str]]:
    if requisition.group is None:
        return []
    orders = requisition.group.orders.select_related("seller").order_by("pk")
    return [(order.pk, order.number, order.seller.name) for order in orders]
