"""What the two sides and the operators see of disputes. Each says how many queries it costs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from backend.core import clock
from backend.core.row_security import across_companies
from backend.orders.disputes.models import OrderDispute
from backend.orders.disputes.states import ASKED, BETWEEN_THEM, ESCALATES_FROM, DisputeReason, Side
from backend.orders.models import Order, OrderDocument
from backend.orders.states import UNDER_DISPUTE, Dispute

FOR_OPERATORS = "disputes are the operators' to decide, who were asked"
MOST = 100
_SIDES = ("order__seller", "order__buyer")


@dataclass(frozen=True, slots=True)
class DisputeView:
    """An open dispute as both sides see it."""

    pk: int
    status: Dispute
    reason: DisputeReason
    opened_at: datetime
    may_escalate_at: datetime
    escalates_at: datetime | None

    @property
    def is_between_them(self) -> bool:
        return self.status in BETWEEN_THEM

    @property
    def is_ripe(self) -> bool:
        """Either side may ask the operators to decide; the action asks the database's clock."""
        return self.is_between_them and self.may_escalate_at <= clock.now()


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute in the operators' list."""

    dispute: DisputeView
    order_id: int
    number: str
    seller: str
    buyer: str
    decided_for: Side | None

    @property
    def is_between_them(self) -> bool:
        return self.dispute.is_between_them


def open_dispute_of(order: Order) -> DisputeView | None:
    """The order's open dispute. One query; none where its axis says that there is none."""
    if order.dispute not in UNDER_DISPUTE:
        return None
    found = OrderDispute.objects.of_order(order.pk).open().first()
    return _view(found) if found else None


@across_companies(why=FOR_OPERATORS)
def operators_disputes(rows: slice = slice(MOST)) -> Sequence[DisputeRow]:
    """What waits for a decision first, the longest first; then what the two still talk about. One query."""
    found = OrderDispute.objects.across_companies(why=FOR_OPERATORS).open().select_related(*_SIDES)
    in_order = found.order_by(F("escalates_at").asc(nulls_first=True), "opened_at", "pk")
    return [_row(each) for each in in_order[rows]]


@across_companies(why=FOR_OPERATORS)
def decided_disputes(rows: slice = slice(MOST)) -> Sequence[DisputeRow]:
    """The latest that were decided. One query."""
    found = OrderDispute.objects.across_companies(why=FOR_OPERATORS).filter(status=Dispute.DECIDED)
    return [_row(each) for each in found.select_related(*_SIDES).order_by("-pk")[rows]]


@across_companies(why=FOR_OPERATORS)
def evidence_for(rows: Iterable[DisputeRow]) -> Mapping[int, Sequence[OrderDocument]]:
    """What either side has given as evidence, by the order, of disputes about which the operators were asked. One
    query."""
    orders = [row.order_id for row in rows if row.dispute.status in ASKED]
    every, found = OrderDocument.objects.across_companies(why=FOR_OPERATORS), defaultdict(list)
    for each in every.evidence().filter(order__in=orders).select_related("company").order_by("pk"):
        found[each.order_id].append(each)
    return found


@across_companies(why=FOR_OPERATORS)
def evidence_document(dispute_id: int, document_id: int) -> OrderDocument | None:
    """One of them. One query."""
    every = OrderDocument.objects.across_companies(why=FOR_OPERATORS).evidence()
    asked = every.filter(order__disputes=dispute_id, order__disputes__status__in=ASKED)
    return asked.filter(pk=document_id).first()


def _row(each: OrderDispute) -> DisputeRow:
    order, decided = each.order, Side(each.decided_for) if each.decided_for else None
    return DisputeRow(_view(each), order.pk, order.number, order.seller.name, order.buyer.name, decided)


def _view(each: OrderDispute) -> DisputeView:
    return DisputeView(
        pk=each.pk,
        status=Dispute(each.status),
        reason=DisputeReason(each.reason),
        opened_at=each.opened_at,
        may_escalate_at=each.opened_at + ESCALATES_FROM,
        escalates_at=each.escalates_at,
    )
