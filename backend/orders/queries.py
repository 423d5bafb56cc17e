"""One function per screenful. Each says how many queries it costs, and its test says that number."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.accounts.models import Company
from backend.catalog.pricing.reasons import Reason, read
from backend.catalog.queries import Page, page_of
from backend.core.money import Money, UnitPrice
from backend.core.row_security import across_companies
from backend.core.written import Written, fetch
from backend.orders.credit.models import PaymentMethod
from backend.orders.disputes.states import DisputeReason
from backend.orders.models import Order, OrderEntry, OrderLine, OrderQuerySet
from backend.orders.returns.states import Outcome
from backend.orders.states import OPEN, UNDER_DISPUTE, Axis, Commercial, Dispute, Fulfilment, Payment, Step

LIST_SIZE = 50
WATCHED = "its topic says who may watch it"


@dataclass(frozen=True, slots=True)
class StatusView:
    """Where an order stands on its four axes: fragment orders/_status.html, topic `order:<pk>`."""

    order_id: int
    version: int
    commercial: Commercial
    fulfilment: Fulfilment
    payment: Payment
    dispute: Dispute
    awaits_payment: bool
    """Nothing of it is sent before the money has come."""

    @property
    def is_disputed(self) -> bool:
        return self.dispute in UNDER_DISPUTE


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of an order as both sides read it."""

    code: str
    part_number: str
    """What the buyer calls it; empty: nothing of their own."""
    name: str
    unit_of_sale: str
    quantity: int
    unit_price: UnitPrice
    net: Money
    owed: int
    due_on: date | None
    """Of those that are still to be sent: how many did not lie anywhere when they were ordered."""
    packed: int
    """And not sent yet."""
    dispatched: int
    delivered: int
    cancelled: int
    returned: int
    is_replacement: bool
    reason: Reason
    """Why it costs that."""


@dataclass(frozen=True, slots=True)
class LinesView:
    """What was ordered, and what became of it: fragment orders/_lines.html, topic `order_lines:<pk>`."""

    order_id: int
    version: int
    lines: Sequence[LineView]
    freight: Money
    """Part of the net amount."""
    net: Money
    tax: Money
    total: Money
    reduced: Money
    """What has been taken off since, with its tax."""
    payable: Money
    unpaid: Money | None
    """What is still to be paid, where some of it was."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One line of an order's timeline: fragment orders/_entry.html, topic `order_log:<pk>`."""

    order_id: int
    seq: int
    """Counts the entries of its order from 1 on, without a gap."""
    at: datetime
    axis: Axis
    step: Step
    note: str
    company: str
    """Who did it; empty: nobody, the clock did."""
    contents: Sequence[tuple[str, int]] = ()
    """(code, units) of what it was about; below 0: fewer."""
    outcomes: Sequence[tuple[str, int, Outcome]] = ()
    """(code, units, what becomes of them) of what came back."""
    faults: Sequence[tuple[str, int, int]] = ()
    """(code, units missing, units damaged) of what was confirmed."""
    reason: DisputeReason | None = None
    """Why it is disputed, where it is about that."""
    parcel: str = ""
    """Which parcel it is news of, where it is: of the second shipment the first, "2-1"."""
    tracking: str = ""
    """And where that is now (logistics/states.py)."""

    @property
    def step_label(self) -> str:
        return str(Step(self.step).label)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a list; `partner` is the company on the other side."""

    pk: int
    number: str
    partner: str
    placed_at: datetime
    po_number: str
    payable: Money
    """With tax, as it is owed now."""
    status: StatusView


@dataclass(frozen=True, slots=True)
class OrdersPage:
    page: Page
    rows: Sequence[OrderRow]


@dataclass(frozen=True, slots=True)
class OrderHead:
    """Who trades, and on which terms. Date and address change where both sides have agreed."""

    pk: int
    number: str
    seller: str
    buyer: str
    placed_at: datetime
    accept_by: datetime
    closes_at: datetime | None
    po_number: str
    requested_on: date | None
    note: str
    only_whole: bool
    ship_to: Mapping[str, str]
    bill_to: Mapping[str, str]
    net_days: int
    method: PaymentMethod
    room_id: int | None
    """Of the negotiation in which it was agreed."""


# --- Live fragments --------------------------------------------------------------------------------------------------
@across_companies(why=WATCHED)
def order_status(order_id: int) -> StatusView:
    """Where one order stands. One query."""
    return status_of(_known(order_id).get())


@across_companies(why=WATCHED)
def order_lines(order_id: int) -> LinesView:
    """What was ordered and what became of it. Two queries; the version is read before the lines."""
    order = _known(order_id).get()
    return lines_of(order, order.lines.order_by("position"))


@across_companies(why=WATCHED)
def entries_between(order_id: int, first: int, last: int) -> Sequence[EntryView]:
    """An order's entries from seq `first` to `last`, in order. One query."""
    of_order = OrderEntry.objects.scoped(order=order_id, seq__range=(first, last))
    told = of_order.select_related("company").order_by("seq")
    return [_entry(each, each.company.name if each.company else "") for each in told]


# --- Screens ---------------------------------------------------------------------------------------------------------
def order_head(order: Order) -> OrderHead:
    """What an order says of itself. No query for an order that was read with_parties()."""
    return OrderHead(
        pk=order.pk,
        number=order.number,
        seller=order.seller.name,
        buyer=order.buyer.name,
        placed_at=order.placed_at,
        accept_by=order.accept_by,
        closes_at=order.closes_at,
        po_number=order.po_number,
        requested_on=order.requested_on,
        note=order.note,
        only_whole=order.only_whole,
        ship_to=order.ship_to,
        bill_to=order.bill_to,
        net_days=order.net_days,
        method=PaymentMethod(order.method),
        room_id=order.agreement.room_id if order.agreement else None,
    )


def status_of(order: Order) -> StatusView:
    """Where an order in hand stands. No query."""
    return StatusView(
        order.pk,
        order.version,
        Commercial(order.commercial),
        Fulfilment(order.fulfilment),
        Payment(order.payment),
        Dispute(order.dispute),
        awaits_payment=order.commercial in OPEN and order.awaits_payment,
    )


def lines_of(order: Order, lines: Iterable[OrderLine]) -> LinesView:
    """What was ordered and what became of it, of an order that was read before its lines. No query."""
    return LinesView(
        order.pk,
        order.version,
        tuple(_line(order, line) for line in lines),
        freight=order.freight,
        net=order.net,
        tax=order.tax,
        total=order.total,
        reduced=order.total - order.payable,
        payable=order.payable,
        unpaid=order.unpaid if order.payment == Payment.PARTLY_PAID else None,
    )


def trading_in(company_id: int | None, order_ids: Collection[int]) -> set[int]:
    """Those of the orders in which this company buys or sells. One query."""
    return {pk for (pk,) in fetch(_TRADING_IN, {"company": company_id, "orders": list(order_ids)})}


_TRADING_IN = """
SELECT id FROM orders_order
WHERE id = ANY(%(orders)s::bigint[]) AND (seller_id = %(company)s OR buyer_id = %(company)s)
"""


def timeline(order_id: int) -> Sequence[EntryView]:
    """All that happened to an order, the newest first. One query."""
    return [_entry(each, author) for each, author in _TIMELINE.fetch({"order": order_id})]


def is_sent(entries: Iterable[EntryView]) -> bool:
    """Some of it was once, or packed: also where all of it was lost since, came back or was unpacked."""
    return any(each.step in (Step.PACKED, Step.DISPATCHED) for each in entries)


_TIMELINE = Written(
    """
SELECT {entry}, author FROM order_entries_seen(%(order)s) AS found
CROSS JOIN LATERAL (SELECT (found.entry).*) AS entry
-- reads orders_orderentry
""",
    entry=OrderEntry,
)


def purchases(company_id: int, *, status: str = "", text: str = "", number: int = 1) -> OrdersPage:
    """A page of what a company has ordered, the newest first. Two queries."""
    return _page(Order.objects.bought_by(company_id), status, text, number, lambda order: order.seller)


def sales(company_id: int, *, status: str = "", text: str = "", number: int = 1) -> OrdersPage:
    """A page of what was ordered of a company, the newest first. Two queries."""
    return _page(Order.objects.sold_by(company_id), status, text, number, lambda order: order.buyer)


def last_address(company_id: int) -> Mapping[str, str]:
    """Where a company's last order went; nothing before its first. One query."""
    newest = fetch(_LAST_ADDRESS, {"company": company_id})
    return json.loads(newest[0][0]) if newest else {}


_LAST_ADDRESS = "SELECT ship_to::text FROM orders_order WHERE buyer_id = %(company)s ORDER BY id DESC LIMIT 1"


def _page(
    orders: OrderQuerySet, status: str, text: str, number: int, partner: Callable[[Order], Company]
) -> OrdersPage:
    wanted = orders.narrowed(status, text)
    page = page_of(number, LIST_SIZE, wanted.count())
    found = wanted.with_parties().order_by("-placed_at", "-pk")[(page.number - 1) * page.size : page.number * page.size]
    return OrdersPage(page, [_row(order, partner(order).name) for order in found])


def _known(order_id: int) -> OrderQuerySet:
    """One order of which somebody was asked before whether it may be seen."""
    return Order.objects.scoped(pk=order_id)


def _row(order: Order, partner: str) -> OrderRow:
    return OrderRow(order.pk, order.number, partner, order.placed_at, order.po_number, order.payable, status_of(order))


def _line(order: Order, line: OrderLine) -> LineView:
    return LineView(
        code=line.code,
        part_number=line.part_number,
        name=line.name,
        unit_of_sale=line.unit_of_sale,
        quantity=line.quantity,
        unit_price=UnitPrice(line.unit_price_minor, order.currency),
        net=Money(line.net_minor, order.currency),
        owed=min(line.owed, line.open_quantity),
        due_on=line.due_on,
        packed=line.packed,
        dispatched=line.dispatched,
        delivered=line.delivered,
        cancelled=line.cancelled,
        returned=line.returned,
        is_replacement=line.replaces_id is not None,
        reason=read(line.price_reason),
    )


def _entry(each: OrderEntry, company: str | None) -> EntryView:
    return EntryView(
        order_id=each.order_id,
        seq=each.seq,
        at=each.at,
        axis=Axis(each.axis),
        step=Step(each.step),
        note=each.note,
        company=company or "",
        contents=tuple((code, units) for code, units in each.data.get("contents", ())),
        outcomes=tuple((code, units, Outcome(what)) for code, units, what in each.data.get("outcomes", ())),
        faults=tuple((code, missing, damaged) for code, missing, damaged in each.data.get("faults", ())),
        reason=DisputeReason(each.data["reason"]) if "reason" in each.data else None,
        parcel=each.data.get("nth", ""),
        tracking=each.data.get("tracking", ""),
    )
