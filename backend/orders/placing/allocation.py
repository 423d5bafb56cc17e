"""Goods for orders that are being placed: all of it, or a refusal that names what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from backend.accounts.models import Company
from backend.core.errors import Refused
from backend.inventory.disclosure import Disclosed, StockState
from backend.inventory.holds.allocating import Demand, Part, Short, last_day
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.queries import disclosed_left
from backend.inventory.holds.steps import LockedStock, hold_all
from backend.inventory.holds.wishes import Wish
from backend.orders.models import Order, OrderLine


class Wanted(Protocol):
    """A line of a cart or of an order."""

    @property
    def pk(self) -> int: ...
    @property
    def sku_id(self) -> int: ...
    @property
    def quantity(self) -> int: ...
    @property
    def code(self) -> str: ...


def allocate_orders(stock: LockedStock, lines: Sequence[OrderLine], company: Company) -> None:
    """Each order's goods from as few warehouses as there can be; what lies nowhere yet is noted on its line.

    Two statements, one more where any of it is owed.
    """
    by_order: dict[Order, list[OrderLine]] = {}
    for line in lines:
        by_order.setdefault(line.order, []).append(line)
    wishes = [_wish(order, its_lines, company) for order, its_lines in by_order.items()]
    _note_owed({line.pk: line for line in lines}, _held(stock, wishes, lines))


@dataclass(frozen=True, slots=True)
class Further:
    """So many more units of a line of an order."""

    pk: int
    sku_id: int
    quantity: int
    code: str


def allocate_more(stock: LockedStock, order: Order, more: Mapping[OrderLine, int]) -> None:
    """The same for so many further units of lines of one order, whatever they hold already."""
    wanted = [Further(line.pk, line.sku_id, quantity, line.code) for line, quantity in more.items()]
    parts = _held(stock, [_wish(order, wanted, order.buyer)], wanted)
    _note_owed({line.pk: line for line in more}, parts)


def _held(stock: LockedStock, wishes: Sequence[Wish], lines: Iterable[Wanted]) -> Sequence[Part]:
    answers = hold_all(stock, wishes)
    left = [no.left for answer in answers if callable(answer) and isinstance(no := answer(), Short)]
    if left:
        raise too_little(lines, {line: units for each in left for line, units in each.items()})
    return [part for answer in answers if not callable(answer) for part in answer]


def too_little(lines: Iterable[Wanted], left: Mapping[int, int]) -> Refused:
    """Names the lines of which only so many are left, by line, as far as their seller discloses it. One query."""
    named = [line for line in lines if line.pk in left]
    known = disclosed_left({each.sku_id: left[each.pk] for each in named})
    said = [_said(each, known[each.sku_id]) for each in named[:5]]
    return Refused(" ".join(said), detail={"left": {pk: shown.quantity for pk, shown in known.items()}})


def _said(line: Wanted, shown: Disclosed) -> str:
    if shown.quantity is not None:
        words = _("Only %(left)d of %(code)s are left, not %(quantity)d.")
    elif shown.state == StockState.OUT:
        words = _("%(code)s is out of stock.")
    elif shown.band:
        words = _("Fewer than %(quantity)d of %(code)s are left: %(band)s.")
    else:
        words = _("Fewer than %(quantity)d of %(code)s are left.")
    return words % {"left": shown.quantity, "band": shown.band, "code": line.code, "quantity": line.quantity}


def _wish(order: Order, lines: Iterable[Wanted], company: Company) -> Wish:
    demands = [Demand(line.pk, line.sku_id, line.quantity) for line in lines]
    country = order.ship_to.get("country") or company.country
    return Wish(demands, HoldKind.ORDER, order.buyer_id, order.subject, country)


def _note_owed(lines: Mapping[int, OrderLine], parts: Sequence[Part]) -> None:
    of_line: dict[int, list[Part]] = {}
    for part in parts:
        if part.owed:
            of_line.setdefault(part.line, []).append(part)
    for pk, owing in of_line.items():
        lines[pk].owed = sum(part.owed for part in owing)
        lines[pk].due_on = last_day(part.due_on for part in owing)
    if of_line:
        late = [lines[pk] for pk in of_line]
        OrderLine.objects.scoped(pk__in=list(of_line)).bulk_update(late, ["owed", "due_on"])
