"""What every change of a requisition is made of. Callers hold the transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import F
from django.db.models.functions import Least, Now
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.pricing import Line, Priced, offers_sold, price_lines
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.pricing.reasons import kept
from backend.catalog.pricing.unsold import why_unsold
from backend.core.errors import Conflict, Refused
from backend.core.locking import lock
from backend.core.money import UnitPrice
from backend.events.kinds import Kind
from backend.events.log import record
from backend.inventory.holds.allocating import Demand, Short
from backend.inventory.holds.limits import HeldTooMuch
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.steps import LockedStock, hold_stock, lock_stock, settle_stock
from backend.negotiation.models import Room
from backend.orders.models import Amendment, ApprovalStep, Order, Requisition, RequisitionLine
from backend.orders.placing.allocation import too_little
from backend.orders.placing.details import Details
from backend.orders.placing.freezing import FrozenLine, FrozenPart
from backend.orders.requisitions.states import DECIDE_WITHIN, REQUISITION, RequisitionState
from backend.orders.rules.queries import Need

KIND_OF: Mapping[RequisitionState, Kind] = {
    RequisitionState.APPROVED: Kind.ORDERS_REQUISITION_APPROVED,
    RequisitionState.REJECTED: Kind.ORDERS_REQUISITION_REJECTED,
    RequisitionState.WITHDRAWN: Kind.ORDERS_REQUISITION_WITHDRAWN,
    RequisitionState.EXPIRED: Kind.ORDERS_REQUISITION_EXPIRED,
    RequisitionState.OVERTAKEN: Kind.ORDERS_REQUISITION_EXPIRED,
}


def lock_requisition(requisition: Requisition) -> Requisition:
    """As it is now; nobody else decides until this transaction ends."""
    return lock(Requisition.objects.this(requisition), what=_("this request"))[0]


def require_pending(requisition: Requisition) -> None:
    """Raises Conflict where a locked requisition was decided, or its time has run out, whether or not swept."""
    if not Requisition.objects.this(requisition).pending().exists():
        state = RequisitionState(requisition.state)
        has_lapsed = state == RequisitionState.PENDING
        now = RequisitionState.EXPIRED.label if has_lapsed else state.label
        raise Conflict(_("Too late: “%(state)s”. Look at it again.") % {"state": now})


@dataclass(frozen=True, slots=True)
class Agreeing:
    """The negotiation that a requisition is about: which offer it answers, with what freight and its tax, until when
    that counts; and the offer that would be made, as it is kept (empty: none, but a yes)."""

    room: Room
    answers: int
    freight_minor: int
    freight_tax_minor: int
    until: datetime
    terms: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changing:
    """The order that a requisition is about, of which so many of each SKU are ordered already: the change as it is
    kept, or the seller's that would be agreed to."""

    order: Order
    ordered: Mapping[int, int]
    change: Mapping[str, object] = field(default_factory=dict)
    agrees_to: Amendment | None = None


def write_requisition(
    company: Company,
    buyer_id: int,
    details: Details,
    parts: Sequence[FrozenPart],
    about: Agreeing | Changing | None = None,
) -> Requisition:
    """What is asked for, as it stands in the cart, or in an offer, now; or what a changed order would be."""
    within = Now() + DECIDE_WITHIN
    requisition = Requisition.objects.create(
        company=company,
        buyer_id=buyer_id,
        po_number=details.po_number,
        requested_on=details.requested_on,
        note=details.note,
        only_whole=details.only_whole,
        ship_to=dict(details.ship_to),
        bill_to=dict(details.bill_to),
        methods={str(seller): method for seller, method in details.methods.items()},
        expires_at=Least(within, about.until) if isinstance(about, Agreeing) else within,
        **_about(about, parts),
    )
    ordered = about.ordered if isinstance(about, Changing) else {}
    lines = [(part, line) for part in parts for line in part.lines]
    RequisitionLine.objects.bulk_create(
        _line(requisition, position, part, line, ordered) for position, (part, line) in enumerate(lines, start=1)
    )
    return requisition


def _about(about: Agreeing | Changing | None, parts: Sequence[FrozenPart]) -> Mapping[str, Any]:
    if about is None:
        return {}
    if isinstance(about, Changing):
        (part,) = parts
        freight = {"freight_minor": part.freight_minor, "freight_tax_minor": part.freight_tax_minor}
        return {"order": about.order, "change": dict(about.change), "agrees_to": about.agrees_to, **freight}
    freight = {"freight_minor": about.freight_minor, "freight_tax_minor": about.freight_tax_minor}
    return {"room": about.room, "answers": about.answers, "terms": dict(about.terms), **freight}


def _line(
    requisition: Requisition, position: int, part: FrozenPart, line: FrozenLine, ordered: Mapping[int, int]
) -> RequisitionLine:
    return RequisitionLine(
        requisition=requisition,
        position=position,
        seller_id=part.seller.pk,
        sku_id=line.sku_id,
        code=line.code,
        name=line.name,
        unit_of_sale=line.unit_of_sale,
        quantity=line.quantity,
        ordered=ordered.get(line.sku_id, 0),
        currency=part.currency,
        unit_price_minor=line.unit_price.minor,
        price_reason=line.price_reason,
        tax_rate=line.tax_rate,
    )


def write_steps(requisition: Requisition, needs: Iterable[Need]) -> None:
    ApprovalStep.objects.bulk_create(
        ApprovalStep(requisition=requisition, turn=each.turn, approver_id=each.approver_id, reasons=list(each.reasons))
        for each in needs
    )


def hold_for(requisition: Requisition, *, freeing: str | Collection[str], actor: Actor) -> None:
    """The goods wait with it; what the checkout `freeing` held comes first. Raises Refused for too little stock."""
    lines = list(requisition.lines.order_by("position"))
    stock = lock_stock([line.sku_id for line in lines], freeing=freeing)
    for _seller, of_seller in groupby(lines, key=attrgetter("seller_id")):
        _hold(stock, requisition, list(of_seller))
    settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor)


def _hold(stock: LockedStock, requisition: Requisition, lines: Sequence[RequisitionLine]) -> None:
    """Lines of which one company may not hold so much are left out."""
    demands = [Demand(line.pk, line.sku_id, line.quantity) for line in lines]
    country = requisition.ship_to.get("country") or requisition.company.country
    whose: dict[str, Any] = {"holder_id": requisition.company_id, "subject": requisition.subject, "country": country}
    try:
        hold_stock(stock, demands, kind=HoldKind.APPROVAL, **whose)
    except Short as short:
        raise too_little(lines, short.left) from None
    except HeldTooMuch as much:
        requisition.lines.filter(sku__in=much.most).update(is_held=False)
        fewer = [line for line in lines if line.sku_id not in much.most]
        if fewer:
            _hold(stock, requisition, fewer)


def end(requisition: Requisition, to: RequisitionState, *, actor: Actor, reason: str = "") -> None:
    """A locked requisition comes to nothing: what it holds is given back."""
    stock = lock_stock((), freeing=requisition.subject, what=_("what this request holds"))
    if stock.ended:
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)
    REQUISITION.move(requisition, to=to)
    Requisition.objects.this(requisition).update(decided_at=Now(), reason=reason)
    tell(requisition, KIND_OF[to], actor=actor)


def tell(requisition: Requisition, kind: Kind, *, actor: Actor) -> None:
    """The next version of a locked requisition. The company's own people hear of it, and nobody else."""
    Requisition.objects.this(requisition).update(version=F("version") + 1)
    requisition.version += 1
    record(kind, requisition.subject, version=requisition.version, actor=actor, data={"buyer": requisition.company_id})


def require_sold(requisition: Requisition) -> None:
    """Raises Refused where its company may not see or buy something of it any more. What only left the catalogue
    meanwhile was asked for in time."""
    lines = list(requisition.lines.select_related("seller").order_by("position"))
    own = buyer_of_company(requisition.company)
    buyer = replace(own, country=requisition.ship_to.get("country") or own.country)
    sold = offers_sold(buyer, [line.sku_id for line in lines], even_unpublished=True)
    for line in lines:
        if line.sku_id not in sold:
            raise Refused(_("%(code)s is no longer for sale.") % {"code": line.code})
        if why := sold[line.sku_id]:
            raise Refused(why_unsold(why, code=line.code, seller=line.seller.name, country=buyer.country))


def frozen_parts(requisition: Requisition) -> Sequence[FrozenPart]:
    """What its orders will say: the prices that were asked for, or those of now where they have fallen."""
    lines = list(requisition.lines.select_related("seller").order_by("position"))
    prices = price_lines([Line(line.sku_id, line.quantity) for line in lines], buyer_of_company(requisition.company))
    return [
        FrozenPart(seller, currency, [_cheaper(line, prices.get(Line(line.sku_id, line.quantity))) for line in part])
        for (seller, currency), part in groupby(lines, key=lambda line: (line.seller, line.currency))
    ]


def _cheaper(line: RequisitionLine, now: Priced | None) -> FrozenLine:
    has_fallen = now is not None and now.unit_price.currency == line.currency and now.unit_price.minor < (
        line.unit_price_minor
    )  # fmt: skip
    price, reason = (
        (now.unit_price, kept(now.explanation)) if now and has_fallen else (line.unit_price, line.price_reason)
    )
    return _frozen(line, price, reason)


def _frozen(line: RequisitionLine, price: UnitPrice, reason: Mapping[str, object]) -> FrozenLine:
    return FrozenLine(line.sku_id, line.code, line.name, line.unit_of_sale, line.quantity, price, reason, line.tax_rate)


def details_of(requisition: Requisition) -> Details:
    """What its buyer said beside the lines."""
    methods = {int(seller): method for seller, method in requisition.methods.items()}
    where = (requisition.ship_to, requisition.bill_to)
    said = (requisition.po_number, requisition.requested_on, requisition.note, *where)
    return Details(*said, methods=methods, only_whole=requisition.only_whole)
