"""Goods for orders that are being placed: all of it, or a refusal that names what is left."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from django.utils.translation import gettext as _

from backend.accounts.models import Company
from backend.core.along import run
from backend.core.errors import Refused
from backend.core.written import as_json
from backend.inventory.disclosure import Disclosed, StockState
from backend.inventory.holds.allocating import Demand, Part, Short, last_day
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.queries import disclosed_left
from backend.inventory.holds.steps import LockedStock, hold_all
from backend.inventory.holds.wishes import Wish
from backend.orders.models import Order, OrderLine

_OWE = """
UPDATE orders_orderline line SET owed = now.owed, due_on = now.due_on
FROM json_to_recordset(%(rows)s) AS now (pk bigint, owed bigint, due_on date) WHERE line.id = now.pk
"""


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


class Units(NamedTuple):
    """So many units for a line of an order."""

    pk: int
    sku_id: int
    quantity: int
    code: str


def allocate_orders(stock: LockedStock, wanted: Mapping[Order, Sequence[Wanted]], company: Company) -> None:
    """Each order's goods from as few warehouses as there can be; what lies nowhere yet is noted on its line.

    Two statements, one more where any of it is owed.
    """
    wishes = [_wish(order, lines, company) for order, lines in wanted.items()]
    _note_owed(_held(stock, wishes, [line for lines in wanted.values() for line in lines]))


def allocate_more(stock: LockedStock, order: Order, more: Mapping[OrderLine, int]) -> None:
    """The same for so many further units of lines of one order, whatever they hold already."""
    wanted = [Units(line.pk, line.sku_id, quantity, line.code) for line, quantity in more.items()]
    allocate_orders(stock, {order: wanted}, order.buyer)


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


def _note_owed(parts: Sequence[Part]) -> None:
    of_line: dict[int, list[Part]] = {}
    for part in parts:
        if part.owed:
            of_line.setdefault(part.line, []).append(part)
    rows = [
        {"pk": pk, "owed": sum(part.owed for part in owing), "due_on": last_day(part.due_on for part in owing)}
        for pk, owing in of_line.items()
    ]
    if rows:
        run(_OWE, {"rows": as_json(rows)})
