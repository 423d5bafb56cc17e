"""What of a locked return has come, what of it was looked at, and where it stands by that. Callers hold the
transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from django.utils.translation import gettext as _

from backend.core.errors import Conflict, Refused
from backend.core.quantity import whole_number
from backend.inventory.models import Warehouse
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.states import COUNTED_AS, Outcome, ReturnStatus
from backend.orders.returns.steps import stand_at

T = TypeVar("T")
Looked = Mapping[int, Mapping[Outcome, int]]
"""By the return line's pk: how many of its units become what."""


def lines_of(goods: Return) -> Sequence[ReturnLine]:
    """In the order of the order's lines. One query."""
    return list(goods.lines.select_related("line").order_by("line__position"))


def require_at(goods: Return, statuses: Collection[ReturnStatus]) -> None:
    """Raises Conflict for a locked return that does not stand so, or no longer."""
    if goods.status not in statuses:
        raise Conflict(_("That can’t be said of this return now; it is: %(now)s. Look again.")
                       % {"now": ReturnStatus(goods.status).label})  # fmt: skip


def require_room_in(goods: Return, lines: Iterable[ReturnLine], warehouse: Warehouse) -> None:
    """What nobody has looked at yet lies in one warehouse. Raises Refused where it is another than this."""
    if goods.warehouse and goods.warehouse_id != warehouse.pk and any(each.uninspected for each in lines):
        raise Refused(
            _("What came before lies in %(warehouse)s: look at that first, or take in the rest there.")
            % {"warehouse": goods.warehouse.name},
            field="warehouse",
        )


def count_in(goods: Return, lines: Iterable[ReturnLine], quantities: Mapping[int, int]) -> Mapping[ReturnLine, int]:
    """So many units of these lines (by their pk) have come. Raises Refused for none, for a line of another return, and
    for more than is still expected."""
    came = _named(lines, {pk: quantity for pk, quantity in quantities.items() if quantity})
    if not came:
        raise Refused(_("Say how much of which line."), field="quantity")
    for each, quantity in came.items():
        whole_number(quantity, field=f"line-{each.pk}")
        if quantity > each.expected:
            raise Refused(
                _("%(expected)d of %(code)s are still expected, not %(came)d. Note what is not of this return.")
                % {"expected": each.expected, "code": each.line.code, "came": quantity},
                field=f"line-{each.pk}",
            )
        each.received += quantity
    goods.lines.bulk_update(came, ["received"])
    return came


def count_out(goods: Return, lines: Sequence[ReturnLine], looked: Looked) -> Sequence[tuple[ReturnLine, Outcome, int]]:
    """All that has come and nobody has looked at becomes this. Raises Refused where that is not said of each unit, and
    Conflict where nothing waits for it."""
    waiting = [each for each in lines if each.uninspected]
    if not waiting:
        raise Conflict(_("Somebody was faster: all that has come was looked at."))
    _named(lines, looked)
    found = [(each, outcome, n) for each in lines for outcome, n in _outcomes(each, looked.get(each.pk, {}))]
    for each, outcome, n in found:
        name = COUNTED_AS[outcome]
        setattr(each, name, getattr(each, name) + n)
    goods.lines.bulk_update(waiting, COUNTED_AS.values())
    return found


def write_off(goods: Return, lines: Iterable[ReturnLine]) -> Mapping[ReturnLine, int]:
    """What has not come is not expected any more: how many of which line."""
    gone = {each: each.expected for each in lines if each.expected}
    for each, quantity in gone.items():
        each.missing += quantity
    goods.lines.bulk_update(gone, ["missing"])
    return gone


def stand_by(goods: Return, lines: Collection[ReturnLine]) -> None:
    """A return, of which something has come or is not expected any more, stands where its lines say."""
    to = _stands_at(lines)
    if goods.status != to:
        stand_at(goods, to)


def _stands_at(lines: Collection[ReturnLine]) -> ReturnStatus:
    if any(each.expected for each in lines):
        return ReturnStatus.PARTLY_RECEIVED
    if not any(each.received for each in lines):
        return ReturnStatus.LAPSED
    is_looked_at = not any(each.uninspected for each in lines)
    return ReturnStatus.INSPECTED if is_looked_at else ReturnStatus.RECEIVED


def _outcomes(each: ReturnLine, said: Mapping[Outcome, int]) -> Sequence[tuple[Outcome, int]]:
    found = [(outcome, whole_number(n, at_least=0, field=f"{outcome}-{each.pk}")) for outcome, n in said.items()]
    total = sum(n for _outcome, n in found)
    if total != each.uninspected:
        raise Refused(
            _("%(there)d of %(code)s wait to be looked at, and %(said)d have an outcome here: each has one.")
            % {"there": each.uninspected, "code": each.line.code, "said": total},
            field=f"{Outcome.RESTOCK}-{each.pk}",
        )
    return [(outcome, n) for outcome, n in found if n]


def _named(lines: Iterable[ReturnLine], said: Mapping[int, T]) -> Mapping[ReturnLine, T]:
    by_pk = {each.pk: each for each in lines}
    if not said.keys() <= by_pk.keys():
        raise Refused(_("One of these lines is not of this return."))
    return {by_pk[pk]: what for pk, what in said.items()}
