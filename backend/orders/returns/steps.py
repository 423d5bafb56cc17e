"""What every step of a return begins and ends with, and what its outcomes do. Callers hold the transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.locking import lock
from backend.core.quantity import whole_number
from backend.events.kinds import Kind
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.inventory.models import MoveKind, Warehouse
from backend.inventory.steps import Cause, level_of, move_stock
from backend.orders.amounts import Amounts, settle_amounts
from backend.orders.models import Order, OrderLine
from backend.orders.placing.allocation import allocate_orders
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.states import DUE_AFTER, OPEN, RETURN, Outcome, ReturnStatus
from backend.orders.states import ORDER, Commercial, Step
from backend.orders.steps import roll_up, tell

STEP_OF: Mapping[ReturnStatus, Step] = {
    ReturnStatus.REQUESTED: Step.RETURN_REQUESTED,
    ReturnStatus.APPROVED: Step.RETURN_APPROVED,
    ReturnStatus.REJECTED: Step.RETURN_REJECTED,
    ReturnStatus.WITHDRAWN: Step.RETURN_WITHDRAWN,
    ReturnStatus.IN_TRANSIT: Step.RETURN_SENT,
    ReturnStatus.PARTLY_RECEIVED: Step.RETURN_PARTLY,
    ReturnStatus.RECEIVED: Step.RETURN_RECEIVED,
    ReturnStatus.INSPECTED: Step.RETURN_INSPECTED,
    ReturnStatus.RESOLVED: Step.RETURN_RESOLVED,
    ReturnStatus.LAPSED: Step.RETURN_LAPSED,
}


def lock_return(goods: Return) -> Return:
    """As it is now; nobody else moves it until this transaction ends. Its order is locked already."""
    return lock(Return.objects.this(goods), what=_("the return"))[0]


def due_after(status: ReturnStatus) -> Any:
    """When a return that stands so from now on changes by itself, by the database's clock."""
    return Now() + DUE_AFTER[status] if status in DUE_AFTER else None


def stand_at(goods: Return, to: ReturnStatus) -> None:
    """Raises Refused for a move that a locked return's status does not allow."""
    RETURN.move(goods, to=to, due_at=due_after(to))


def move_return(
    order: Order, goods: Return, to: ReturnStatus, *, step: Step | None = None, actor: Actor, note: str = ""
) -> None:
    """A step of a locked return of a locked order: into the timeline, and to everybody. Raises Refused for none that
    its status allows."""
    stand_at(goods, to)
    tell_return(order, goods, step or STEP_OF[to], contents_of(goods), actor=actor, note=note)


def wait_anew(goods: Return, **facts: Any) -> None:
    """A locked return stays as it stands for as long as it may from now on; with it is said what else is true of it."""
    Return.objects.this(goods).update(due_at=due_after(ReturnStatus(goods.status)), **facts)
    goods.refresh_from_db(fields=["due_at", *facts])


def contents_of(goods: Return) -> Sequence[tuple[str, int]]:
    """(code, units) that it is of. One query."""
    return [(each.line.code, each.quantity) for each in goods.lines.select_related("line")]


def still_to_come(goods: Return) -> Sequence[tuple[str, int]]:
    """(code, units) that are waited for. One query."""
    return [(each.line.code, each.expected) for each in goods.lines.select_related("line") if each.expected]


def tell_return(
    order: Order,
    goods: Return,
    step: Step,
    contents: Iterable[tuple[str, int]],
    *,
    outcomes: Iterable[tuple[str, int, Outcome]] = (),
    actor: Actor,
    note: str = "",
) -> None:
    """Writes down what happened to a return, to so many units of which codes, and what became of them."""
    goods.version = order.version + 1
    Return.objects.this(goods).update(version=goods.version)
    data = {"return": goods.pk, "contents": list(contents), "outcomes": list(outcomes)}
    tell(order, step, actor=actor, note=note, data=data)


def short_words(text: str, most: int, *, field: str) -> str:
    """Without the space around it. Raises Refused for more than so many characters."""
    said = text.strip()
    if len(said) > most:
        raise Refused(_("%(n)d characters are too many here: at most %(max)d.") % {"n": len(said), "max": most},
                      field=field)  # fmt: skip
    return said


def returnable(order: Order) -> Mapping[int, int]:
    """How many units of which line (by its pk) can still be sent back: what was delivered, without what was returned
    or is asked for already. Two queries."""
    asked: dict[int, int] = {}
    of_open = ReturnLine.objects.scoped(of_return__order=order.pk, of_return__status__in=OPEN)
    for line, quantity in of_open.values_list("line", F("quantity") - F("missing")):
        asked[line] = asked.get(line, 0) + quantity
    arrived = order.lines.filter(delivered__gt=0).values_list("pk", "delivered", "returned")
    left = {pk: delivered - returned - asked.get(pk, 0) for pk, delivered, returned in arrived}
    return {pk: quantity for pk, quantity in left.items() if quantity > 0}


def require_returnable(order: Order, quantities: Mapping[int, int]) -> Sequence[OrderLine]:
    """The lines of a locked order of which so many units can be sent back, or Refused with how many can."""
    wanted = {pk: whole_number(quantity) for pk, quantity in quantities.items()}
    if not wanted:
        raise Refused(_("Say how much of which line."), field="quantity")
    lines, can_be = list(order.lines.filter(pk__in=wanted).order_by("position")), returnable(order)
    if len(lines) < len(wanted):
        raise Refused(_("One of these lines is not of this order."))
    for line in lines:
        if wanted[line.pk] > can_be.get(line.pk, 0):
            raise Refused(
                _("%(left)d of %(code)s can be sent back, not %(wanted)d: only what has arrived, and each unit once.")
                % {"left": can_be.get(line.pk, 0), "code": line.code, "wanted": wanted[line.pk]},
                field=f"line-{line.pk}",
            )
    return lines


def put_back(goods: Return, units: Mapping[int, int], warehouse: Warehouse, *, actor: Actor) -> None:
    """Goods that are as good as new, by SKU, lie on the shelf again: one move of each, whatever lines they are of."""
    reference = goods.number if goods.looks == 1 else f"{goods.number}/{goods.looks}"
    cause = Cause(MoveKind.RETURN, actor, reference=reference, sold_as=f"{goods.order.number}-")
    stock = lock_stock(units, what=goods.number)
    for sku_id, quantity in units.items():
        item = stock.items[sku_id]
        stock.note(move_stock(item, level_of(item, warehouse), quantity, cause))
    settle_stock(stock, Kind.INVENTORY_STOCK_RETURNED, actor=actor)


def settle_outcomes(order: Order, goods: Return, *, actor: Actor) -> Amounts:
    """What was taken back counts as returned, is not paid for, or is sent again. Returns what is refunded."""
    before = Amounts(order.payable_net, order.payable_tax)
    lines = list(goods.lines.select_related("line__replaces"))
    for each in lines:
        _count(each)
    settle_amounts(order)
    _send_again(order, [each for each in lines if each.replaced], actor)
    roll_up(order)
    return before - Amounts(order.payable_net, order.payable_tax)


def _count(each: ReturnLine) -> None:
    """What is refunded of a replacement was paid for with the line that it replaces."""
    paid = each.line.replaces or each.line
    OrderLine.objects.this(each.line).update(returned=F("returned") + each.taken_back)
    OrderLine.objects.this(paid).update(refunded=F("refunded") + each.restocked + each.refunded)


def _send_again(order: Order, wrong: Sequence[ReturnLine], actor: Actor) -> None:
    """New lines of the same order, free of charge, with goods that are promised at once: it goes on until they have
    arrived. Raises Refused where there are not enough."""
    if not wrong:
        return
    last = order.lines.count()
    lines = OrderLine.objects.bulk_create(
        _replacement(order, each, last + nth) for nth, each in enumerate(wrong, start=1)
    )
    stock = lock_stock([line.sku_id for line in lines], what=order.number)
    allocate_orders(stock, {order: lines}, order.buyer)
    settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor)
    if order.commercial == Commercial.COMPLETED:
        ORDER.move(order, to=Commercial.IN_PROGRESS, closes_at=None)


def _replacement(order: Order, each: ReturnLine, position: int) -> OrderLine:
    of = each.line
    return OrderLine(
        order=order,
        position=position,
        sku_id=of.sku_id,
        code=of.code,
        name=of.name,
        part_number=of.part_number,
        unit_of_sale=of.unit_of_sale,
        quantity=each.replaced,
        unit_price_minor=0,
        price_reason={"rule": "replacement"},
        net_minor=0,
        tax_minor=0,
        replaces=of.replaces or of,
    )
