"""One function per screenful of the floor. Each says how many queries it costs, and its test says that number.

The floor's rows are its sellers' and buyers'; whoever calls these was asked before whether they may watch the floor.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from backend.analytics.floor import limits
from backend.analytics.floor.filters import Filters
from backend.analytics.floor.models import THE_ONE, DayTotal, Floor, FloorEntry, Standing
from backend.analytics.floor.states import Stage, shown_label
from backend.core import clock
from backend.core.fences import FencedQuerySet
from backend.core.money import Money
from backend.core.row_security import across_companies
from backend.orders import queries as orders
from backend.orders.models import Order
from backend.orders.returns.queries import ReturnsView, order_returns
from backend.orders.states import Step

LIST_SIZE = 50
FILE_SLICE = 1_000
FOR_OPERATORS = "the floor is the operators', who were asked"


@dataclass(frozen=True, slots=True)
class FloorEntryView:
    """One transaction: fragment floor/_entry.html, topic `floor:1`."""

    seq: int
    at: datetime
    step: Step
    order_id: int
    number: str
    seller: str
    buyer: str
    amount: Money

    @property
    def label(self) -> str:
        return shown_label(self.step)

    @property
    def address(self) -> str:
        """Of the order, from the floor's own: an entry says the same on everybody's page."""
        return f"orders/{self.order_id}/"


@dataclass(frozen=True, slots=True)
class FloorPage:
    """Entries of the floor, the newest first."""

    entries: Sequence[FloorEntryView]
    last_seq: int
    """Of the whole floor, read before the entries."""
    has_older: bool

    @property
    def oldest_seq(self) -> int:
        return self.entries[-1].seq if self.entries else 0


@dataclass(frozen=True, slots=True)
class DaysFigure:
    """What was placed today in one currency."""

    orders: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Figures:
    """Everybody's trade in numbers: fragment floor/_figures.html, topic `floor_figures:1`."""

    version: int
    today: Sequence[DaysFigure]
    waiting: int
    late: int
    """Of them those that wait longer than limits.ANSWER_WITHIN."""
    to_send: int
    in_transit: int
    stuck: int

    @property
    def orders_today(self) -> int:
        return sum(each.orders for each in self.today)


@dataclass(frozen=True, slots=True)
class Evidence:
    """An order as both its sides see it."""

    head: orders.OrderHead
    status: orders.StatusView
    lines: orders.LinesView
    returns: ReturnsView
    entries: Sequence[orders.EntryView]

    @property
    def last_seq(self) -> int:
        return self.entries[0].seq if self.entries else 0


# --- Live fragments --------------------------------------------------------------------------------------------------
@across_companies(why=FOR_OPERATORS)
def floor_entries_between(_floor_id: int, first: int, last: int) -> Sequence[FloorEntryView]:
    """The floor's entries from seq `first` to `last`, in order. One query."""
    return _views(FloorEntry.objects.scoped(seq__range=(first, last)).order_by("seq"))


@across_companies(why=FOR_OPERATORS)
def floor_figures(_floor_id: int) -> Figures:
    """The floor in numbers. Three queries; the version is read before them."""
    version = Floor.objects.filter(pk=THE_ONE).values_list("version", flat=True).first() or 0
    totals = DayTotal.objects.filter(day=clock.now().date(), step=Step.PLACED).order_by("currency")
    today = [DaysFigure(each.orders, Money(each.amount_minor, each.currency)) for each in totals]
    stands = Standing.objects.across_companies(why=FOR_OPERATORS).aggregate(
        waiting=Count("pk", filter=Q(stage=Stage.WAITING)),
        late=Count("pk", filter=limits.late()),
        to_send=Count("pk", filter=Q(stage=Stage.TO_SEND)),
        in_transit=Count("pk", filter=Q(stage__in=(Stage.IN_TRANSIT, Stage.TROUBLE))),
        stuck=Count("pk", filter=limits.stuck()),
    )
    return Figures(version, today, **stands)


# --- Screens ---------------------------------------------------------------------------------------------------------
@across_companies(why=FOR_OPERATORS)
def floor_page(filters: Filters, *, until: int | None = None, before: int | None = None) -> FloorPage:
    """A screenful of the entries that match: the newest, those up to `until`, or those before `before`. Two queries."""
    last_seq = last_seq_of_floor()
    found = _views(_matching(filters, until, before).order_by("-seq")[: LIST_SIZE + 1])
    return FloorPage(found[:LIST_SIZE], last_seq, len(found) > LIST_SIZE)


@across_companies(why=FOR_OPERATORS)
def held_back(filters: Filters, until: int) -> int:
    """How many entries that match have come after `until`. One query."""
    return _matching(filters).filter(seq__gt=until).count()


def last_seq_of_floor() -> int:
    """One query."""
    return Floor.objects.filter(pk=THE_ONE).values_list("last_seq", flat=True).first() or 0


def every_entry(filters: Filters, *, until: int | None = None) -> Iterator[FloorEntryView]:
    """All that match, the newest first. One query for each thousand."""
    before: int | None = None
    while found := _slice(filters, until, before):
        yield from found
        before = found[-1].seq


@across_companies(why=FOR_OPERATORS)
def evidence(order: Order) -> Evidence:
    """An order that was opened for an operator. Seven queries at most."""
    status, lines = orders.order_status(order.pk), orders.order_lines(order.pk)
    return Evidence(orders.order_head(order), status, lines, order_returns(order.pk), orders.timeline(order.pk))


@across_companies(why=FOR_OPERATORS)
def _slice(filters: Filters, until: int | None, before: int | None) -> Sequence[FloorEntryView]:
    return _views(_matching(filters, until, before).order_by("-seq")[:FILE_SLICE])


def _matching(filters: Filters, until: int | None = None, before: int | None = None) -> FencedQuerySet[FloorEntry]:
    place = Q()
    if until is not None:
        place &= Q(seq__lte=until)
    if before is not None:
        place &= Q(seq__lt=before)
    return FloorEntry.objects.across_companies(why=FOR_OPERATORS).filter(place, filters.condition())


def _views(entries: FencedQuerySet[FloorEntry]) -> Sequence[FloorEntryView]:
    return [_view(each) for each in entries.select_related("order", "seller", "buyer")]


def _view(each: FloorEntry) -> FloorEntryView:
    return FloorEntryView(
        seq=each.seq,
        at=each.at,
        step=Step(each.step),
        order_id=each.order_id,
        number=each.order.number,
        seller=each.seller.name,
        buyer=each.buyer.name,
        amount=each.amount,
    )
