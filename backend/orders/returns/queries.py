"""What comes back, as both sides read it. Each says how many queries it costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backend.catalog.queries import Page, page_of
from backend.core.money import Money
from backend.core.row_security import across_companies, acting_for
from backend.orders.exporting.queries import Which
from backend.orders.returns.models import Return, ReturnLine, ReturnQuerySet
from backend.orders.returns.states import ON_ITS_WAY, Outcome, ReturnStatus

WATCHED = "its topic says who may watch it"
LIST_SIZE = 50
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    pk: int
    code: str
    name: str
    quantity: int
    received: int
    missing: int
    """Not expected any more."""
    expected: int
    uninspected: int
    """Received, and nobody has looked at them yet."""
    outcomes: Sequence[tuple[Outcome, int]]
    """What becomes of how many of the others."""


@dataclass(frozen=True, slots=True)
class ReturnView:
    """Goods that come back in one go."""

    pk: int
    nth: int
    status: ReturnStatus
    reason: str
    answer: str
    tracking_number: str
    lines: Sequence[ReturnedLine]
    short_reason: str
    """Why the rest is not expected any more."""
    refund: Money
    """With tax; 0 until it is resolved."""
    due_at: datetime | None
    """When it is approved, or is not waited for any longer, by itself; or both are reminded of it, where nobody was."""
    is_overdue: bool
    """Both were reminded that it has not come, or not all of it."""


@dataclass(frozen=True, slots=True)
class ReturnsView:
    """What comes back of an order, the latest first: fragment orders/_returns.html, topic `order_returns:<pk>`."""

    order_id: int
    version: int
    """The order's, at the last step of any of them; 0: there is none."""
    returns: Sequence[ReturnView] = ()


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return in a list; `partner` is the company on the other side."""

    order_id: int
    number: str
    partner: str
    status: ReturnStatus
    reason: str
    requested_at: datetime
    refund: Money
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportedReturn:
    """A line of a return as a file has it; `partner` is the company on the other side. What the whole return refunded
    stands at its first line, so that a column of them sums up."""

    goods: Return
    partner: str
    line: ReturnLine
    is_first: bool

    @property
    def refund(self) -> Decimal | None:
        return _refund(self.goods).amount if self.is_first else None


@dataclass(frozen=True, slots=True)
class ReturnsPage:
    page: Page
    rows: Sequence[ReturnRow]


@across_companies(why=WATCHED)
def order_returns(order_id: int) -> ReturnsView:
    """What comes back of one order. Two queries; one where nothing does."""
    found = Return.objects.of_order(order_id).select_related("order").prefetch_related("lines__line")
    returns = list(found.order_by("-nth"))
    return ReturnsView(
        order_id, max((each.version for each in returns), default=0), [_return(each) for each in returns]
    )


def returns_page(company_id: int, which: Which, *, is_open: bool, number: int = 1) -> ReturnsPage:
    """A page of what comes back to a seller, or of what a buyer sends back, the newest first. Two queries."""
    wanted = _listed(company_id, which, is_open)
    page = page_of(number, LIST_SIZE, wanted.count())
    found = wanted.order_by("-pk")[(page.number - 1) * page.size :][: page.size]
    return ReturnsPage(page, [_row(each, _partner(each, which)) for each in found])


def every_returned_line(company_id: int, which: Which, *, is_open: bool) -> Iterator[ExportedReturn]:
    """Of all returns that the list shows so, the newest first. Two queries for every AT_ONCE returns."""
    before: int | None = None
    while returns := _slice(company_id, which, is_open, before):
        for each in returns:
            partner, lines = _partner(each, which), each.lines.all()
            yield from (ExportedReturn(each, partner, line, is_first=nth == 0) for nth, line in enumerate(lines))
        before = returns[-1].pk


def _slice(company_id: int, which: Which, is_open: bool, before: int | None) -> Sequence[Return]:
    """Those before a return (its pk). Whoever streams a file has left the request that asked for it."""
    with acting_for(company_id):
        wanted = _listed(company_id, which, is_open).prefetch_related("lines__line")
        found = wanted.filter(pk__lt=before) if before is not None else wanted
        return list(found.order_by("-pk")[:AT_ONCE])


def _listed(company_id: int, which: Which, is_open: bool) -> ReturnQuerySet:
    own, partner = ("seller", "buyer") if which == "sales" else ("buyer", "seller")
    returns: ReturnQuerySet = Return.objects.scoped(**{f"order__{own}": company_id})
    return (returns.open() if is_open else returns).select_related(f"order__{partner}")


def _partner(each: Return, which: Which) -> str:
    return (each.order.buyer if which == "sales" else each.order.seller).name


def _row(each: Return, partner: str) -> ReturnRow:
    return ReturnRow(
        order_id=each.order_id,
        number=each.number,
        partner=partner,
        status=ReturnStatus(each.status),
        reason=each.reason,
        requested_at=each.requested_at,
        refund=_refund(each),
        due_at=each.due_at,
    )


def _return(each: Return) -> ReturnView:
    return ReturnView(
        pk=each.pk,
        nth=each.nth,
        status=ReturnStatus(each.status),
        reason=each.reason,
        answer=each.answer,
        tracking_number=each.tracking_number,
        lines=[_line(one) for one in each.lines.all()],
        short_reason=each.short_reason,
        refund=_refund(each),
        due_at=each.due_at,
        is_overdue=each.status in ON_ITS_WAY and each.reminded_at is not None,
    )


def _line(one: ReturnLine) -> ReturnedLine:
    return ReturnedLine(
        pk=one.pk,
        code=one.line.code,
        name=one.line.name,
        quantity=one.quantity,
        received=one.received,
        missing=one.missing,
        expected=one.expected,
        uninspected=one.uninspected,
        outcomes=[(outcome, n) for outcome, n in one.outcomes.items() if n],
    )


def _refund(each: Return) -> Money:
    return Money(each.refund_net_minor + each.refund_tax_minor, each.order.currency)
