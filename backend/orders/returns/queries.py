"""What comes back, as both sides read it. Each says how many queries it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.catalog.queries import Page, page_of
from backend.core.money import Money
from backend.core.row_security import across_companies
from backend.orders.returns.models import Return, ReturnLine, ReturnQuerySet
from backend.orders.returns.states import Outcome, ReturnStatus

WATCHED = "its topic says who may watch it"
LIST_SIZE = 50


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
    """When it is approved, or lapses, by itself."""


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


def returns_to(company_id: int, *, is_open: bool, number: int = 1) -> ReturnsPage:
    """A page of what comes back to a seller, the newest first. Two queries."""
    return _page(Return.objects.scoped(order__seller=company_id), is_open, number, "buyer")


def returns_of(company_id: int, *, is_open: bool, number: int = 1) -> ReturnsPage:
    """A page of what a buyer sends back, the newest first. Two queries."""
    return _page(Return.objects.scoped(order__buyer=company_id), is_open, number, "seller")


def _page(returns: ReturnQuerySet, is_open: bool, number: int, partner: str) -> ReturnsPage:
    wanted = returns.open() if is_open else returns
    page = page_of(number, LIST_SIZE, wanted.count())
    found = wanted.select_related(f"order__{partner}").order_by("-pk")[(page.number - 1) * page.size :][: page.size]
    return ReturnsPage(page, [_row(each, getattr(each.order, partner).name) for each in found])


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
