"""What takes units off a locked order, and how it goes on then. Callers hold the transaction."""

from collections.abc import Mapping, Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.quantity import whole_number
from backend.events.kinds import Kind
from backend.inventory.holds.lessening import lessen_holds
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.orders.amounts import settle_amounts
from backend.orders.models import Order, OrderLine
from backend.orders.states import ALL_THERE, ORDER, Commercial, Step
from backend.orders.steps import complete, roll_up, tell


def open_lines(order: Order, quantities: Mapping[int, int]) -> Sequence[OrderLine]:
    """Those lines of a locked order of which so many units (by the line's pk) are still to be sent.

    Raises Refused for none, for a line of another order, and for more than is open, with what is.
    """
    wanted = {pk: whole_number(quantity) for pk, quantity in quantities.items() if quantity}
    if not wanted:
        raise Refused(_("Say how much of which line."), field="quantity")
    lines = list(order.lines.filter(pk__in=wanted).order_by("position"))
    if len(lines) < len(wanted):
        raise Refused(_("One of these lines is not of this order."))
    for line in lines:
        if wanted[line.pk] > line.open_quantity:
            raise Refused(
                _("Only %(open)d of %(code)s are not sent yet, not %(wanted)d.")
                % {"open": line.open_quantity, "code": line.code, "wanted": wanted[line.pk]},
                field=f"line-{line.pk}",
                detail={"open": line.open_quantity},
            )
    return lines


def take_off(order: Order, quantities: Mapping[int, int], *, actor: Actor) -> None:
    """Cancels so many units of a locked order's lines (by their pk); what was promised for them is free again.

    Raises Refused for what is not open, or is packed.
    """
    lines = open_lines(order, quantities)
    _require_loose(lines, quantities)
    stock = lock_stock([line.sku_id for line in lines], what=order.number)
    lessen_holds(stock, order.subject, {line.pk: quantities[line.pk] for line in lines})
    settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)
    count_off(order, {line: quantities[line.pk] for line in lines})
    settle_amounts(order)
    roll_up(order)


def count_off(order: Order, units: Mapping[OrderLine, int]) -> None:
    """So many units of a locked order's lines are not delivered. Those that were to be sent again in place of something
    that was paid for are refunded with that. One query, and one for each line that is replaced."""
    for line, quantity in units.items():
        line.cancelled += quantity
        if line.replaces_id:
            order.lines.filter(pk=line.replaces_id).update(refunded=F("refunded") + quantity)
    order.lines.all().bulk_update(list(units), ["cancelled"])


def _require_loose(lines: Sequence[OrderLine], quantities: Mapping[int, int]) -> None:
    """Nobody takes off what stands packed in the warehouse: whoever packed it unpacks it first."""
    for line in lines:
        if quantities[line.pk] > line.open_quantity - line.packed:
            raise Refused(
                _("%(packed)d of %(code)s are packed: they have to be unpacked first.")
                % {"packed": line.packed, "code": line.code},
                field=f"line-{line.pk}",
                detail={"packed": line.packed},
            )


def go_on(order: Order, back_to: Commercial, *, actor: Actor) -> None:
    """A locked order goes on as it was; or has ended, where nothing of it is owed any more."""
    to = _next(order, back_to)
    if to == Commercial.COMPLETED:
        complete(order, actor=actor)
    elif to != order.commercial:
        ORDER.move(order, to=to)
    if to == Commercial.CANCELLED:
        tell(order, Step.CANCELLED, actor=actor)


def _next(order: Order, back_to: Commercial) -> Commercial:
    if not any(line.quantity > line.cancelled for line in order.lines.all()):
        return Commercial.CANCELLED
    is_done = order.fulfilment in ALL_THERE and back_to == Commercial.IN_PROGRESS
    return Commercial.COMPLETED if is_done else back_to
