"""Goods for orders that are being placed: all of it, or a refusal that names what is left."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from backend.accounts.models import Company
from backend.core.errors import Refused
from backend.inventory.holds.allocating import Demand, Part, Short
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.steps import LockedStock, hold_stock
from backend.orders.models import Order, OrderLine


def allocate_orders(stock: LockedStock, lines: Sequence[OrderLine], company: Company) -> None:
    """Each order's goods from as few warehouses as there can be; what lies nowhere yet is noted on its line."""
    by_order: dict[Order, list[OrderLine]] = {}
    for line in lines:
        by_order.setdefault(line.order, []).append(line)
    for order, its_lines in by_order.items():
        parts = _hold(stock, order, its_lines, order.ship_to.get("country") or company.country)
        _note_owed(its_lines, parts)


def _hold(stock: LockedStock, order: Order, lines: Sequence[OrderLine], country: str) -> Sequence[Part]:
    demands = [Demand(line.pk, line.sku_id, line.quantity) for line in lines]
    try:
        return hold_stock(
            stock, demands, kind=HoldKind.ORDER, holder_id=order.buyer_id, subject=order.subject, country=country
        )
    except Short as short:
        raise _too_little(lines, short) from None


def _too_little(lines: Sequence[OrderLine], short: Short) -> Refused:
    named = [line for line in lines if line.pk in short.left]
    words = _("Only %(left)d of %(code)s are left, not %(quantity)d.")
    said = [words % {"left": short.left[each.pk], "code": each.code, "quantity": each.quantity} for each in named[:5]]
    return Refused(" ".join(said), detail={"left": {each.sku_id: short.left[each.pk] for each in named}})


def _note_owed(lines: Sequence[OrderLine], parts: Sequence[Part]) -> None:
    owed = {line.pk: sum(part.owed for part in parts if part.line == line.pk) for line in lines}
    late = [line for line in lines if owed[line.pk]]
    for line in late:
        line.owed = owed[line.pk]
    if late:
        late[0].order.lines.all().bulk_update(late, ["owed"])
