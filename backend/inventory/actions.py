"""Every change of stock. Each is one transaction, safe to send twice, and ends by recording what happened.

Quantities are whole units of sale. `key` is the idempotency key of whoever may retry.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.events import once
from backend.events.kinds import Kind
from backend.inventory import policies, steps
from backend.inventory.disclosure import Disclosure
from backend.inventory.guards import require_open, require_own, short
from backend.inventory.lots.receiving import known_lot, received_parts
from backend.inventory.models import MoveKind, Receipt, StockItem, StockLevel, StockMove, Warehouse
from backend.inventory.steps import Cause, Line

MAX_RECEIPT_LINES = 500


@atomic(durable=True)
def adjust_stock(
    sku: Sku, warehouse: Warehouse, *, by: int, reason: str, lot: str = "", key: str, actor: Actor
) -> StockMove:
    """Adds `by` units (or takes them off, if negative) for a reason: breakage, a find, a correction. `lot` is the
    number of one that there is, where the SKU is kept by lots.

    Raises NotAllowed without inventory.adjust, Refused if the level would fall below what is promised from it.
    """
    require(policies.can_adjust_stock(actor, sku))
    require_own(warehouse, sku)
    steps.whole_move(by)
    request = {"sku": sku.pk, "warehouse": warehouse.pk, "by": by, "reason": reason, "lot": lot}
    claim = once.claim(sku.company_id, key, action="adjust_stock", request=request)
    if claim.is_repeat:
        return StockMove.objects.of_sku(sku.pk).get(pk=claim.result_pk)
    require_open(warehouse)
    item = steps.lock_items([sku])[sku.pk]
    named = known_lot(item, lot) if lot else None
    move = _move(item, warehouse, by, Cause(MoveKind.ADJUSTMENT, actor, reason=short(reason, "reason"), lot=named))
    claim.resulted_in(move.pk)
    return move


@atomic(durable=True)
def count_stock(
    sku: Sku, warehouse: Warehouse, *, counted: int, seen_version: int, reason: str, key: str, actor: Actor
) -> StockMove | None:
    """Sets a level to what was counted, if it still stands as the counter saw it; None if it already holds that.

    Raises Conflict with the difference if the level has moved since `seen_version`, NotAllowed without
    inventory.adjust, Refused if less was counted than is promised.
    """
    require(policies.can_adjust_stock(actor, sku))
    require_own(warehouse, sku)
    whole_number(counted, at_least=0)
    request = {"sku": sku.pk, "warehouse": warehouse.pk, "counted": counted, "seen": seen_version, "reason": reason}
    claim = once.claim(sku.company_id, key, action="count_stock", request=request)
    if claim.is_repeat:
        return StockMove.objects.of_sku(sku.pk).filter(pk=claim.result_pk).first()
    require_open(warehouse)
    item = steps.lock_items([sku])[sku.pk]
    level = steps.level_of(item, warehouse)
    if level.version != seen_version:
        raise Conflict(
            _("Somebody was faster: there are %(on_hand)d on hand now. Look at the difference, then count again.")
            % {"on_hand": level.on_hand},
            field="quantity",
            detail={"on_hand": level.on_hand, "version": level.version, "counted": counted},
        )
    if counted == level.on_hand:
        return None
    cause = Cause(MoveKind.COUNT, actor, reason=short(reason, "reason"))
    move = _move(item, warehouse, counted - level.on_hand, cause)
    claim.resulted_in(move.pk)
    return move


@atomic(durable=True)
def receive_stock(
    lines: Sequence[Line], warehouse: Warehouse, *, reference: str, key: str, actor: Actor
) -> Sequence[StockMove]:
    """Goods have come in: adds every line to the warehouse, all or none. `reference` is the delivery note's number.

    Two lines of one SKU, and of one lot, count together; what is kept by lots says of which each line is.

    Raises NotAllowed without inventory.receive, Refused for more than MAX_RECEIPT_LINES lines, none, a quantity that
    is not from 1 to 10,000,000, or a lot that is missing.
    """
    if not 0 < len(lines) <= MAX_RECEIPT_LINES:
        raise Refused(_("A receipt has 1 to %(max)d lines, not %(n)d.") % {"max": MAX_RECEIPT_LINES, "n": len(lines)})
    for line in lines:
        require(policies.can_receive_stock(actor, line.sku))
        require_own(warehouse, line.sku)
    steps.summed(lines)
    said = [(li.sku.pk, li.quantity, li.lot, li.best_before) for li in lines]
    request = {"warehouse": warehouse.pk, "reference": reference, "lines": said}
    claim = once.claim(warehouse.company_id, key, action="receive_stock", request=request)
    if claim.is_repeat:
        own = StockMove.objects.of_company(warehouse.company_id)
        return list(own.filter(receipt_id=claim.result_pk).order_by("pk"))
    require_open(warehouse)
    receipt = Receipt.objects.create(
        warehouse=warehouse, reference=short(reference, "reference"), actor_id=actor.user_id
    )
    claim.resulted_in(receipt.pk)
    cause = Cause(MoveKind.RECEIPT, actor, reference=reference, receipt=receipt)
    items = steps.lock_items([line.sku for line in lines])
    parts = received_parts(items, lines)
    return [_move(items[pk], warehouse, many, replace(cause, lot=lot)) for (pk, lot), many in parts.items()]


@atomic(durable=True)
def sell_stock(sku: Sku, quantity: int, *, reference: str, actor: Actor) -> Sequence[StockMove]:
    """Takes sold units off the fullest shelves; several warehouses may share one sale.

    `reference` names the sale (an invoice's line): sent again it sells nothing more. Raises NotAllowed without
    inventory.sell, Refused with what is left if the whole quantity is not there: it never sells a part.
    """
    require(policies.can_sell_stock(actor, sku))
    whole_number(quantity)
    item = steps.lock_items([sku])[sku.pk]
    if earlier := _moves_under(item, MoveKind.SALE, reference):
        return earlier
    levels = list(steps.levels_by_stock(item))
    left = sum(max(level.available, 0) for level in levels)
    if quantity > left:
        raise Refused(
            _("Only %(left)d of %(code)s are left: %(quantity)d can't be sold.")
            % {"left": left, "code": sku.code, "quantity": quantity},
            field="quantity",
            detail={"left": left},
        )
    cause = Cause(MoveKind.SALE, actor, reference=short(reference, "reference"))
    moves = [steps.move_stock(item, level, -part, cause) for level, part in _shared(quantity, levels)]
    _record_moves(item, moves, actor)
    return moves


@atomic(durable=True)
def return_stock(sku: Sku, quantity: int, warehouse: Warehouse, *, reference: str, actor: Actor) -> StockMove:
    """Puts returned units back on the shelf. `reference` names the return: sent again it returns nothing more.

    Raises NotAllowed without inventory.receive, Refused for a quantity that is not from 1 to 10,000,000.
    """
    require(policies.can_receive_stock(actor, sku))
    require_own(warehouse, sku)
    whole_number(quantity)
    require_open(warehouse)
    item = steps.lock_items([sku])[sku.pk]
    if earlier := _moves_under(item, MoveKind.RETURN, reference):
        return earlier[0]
    cause = Cause(MoveKind.RETURN, actor, reference=short(reference, "reference"))
    return _move(item, warehouse, quantity, cause)


@atomic(durable=True)
def change_disclosure(sku: Sku, disclosure: str, *, actor: Actor) -> StockItem:
    """What the seller lets buyers know of this stock from now on. The same again changes nothing.

    Raises NotAllowed without inventory.disclose, Refused for a disclosure that does not exist.
    """
    require(policies.can_change_disclosure(actor, sku))
    if disclosure not in Disclosure.values:
        raise Refused(
            _("%(value)s is no way to disclose stock: choose %(choices)s.")
            % {"value": disclosure[:20], "choices": ", ".join(Disclosure.values)},
            field="disclosure",
        )
    item = steps.lock_items([sku])[sku.pk]
    if item.disclosure != disclosure:
        item.disclosure = disclosure
        steps.tell_stock(Kind.INVENTORY_DISCLOSURE_CHANGED, [item], actor=actor)
    return item


@atomic
def main_warehouse(company: Company) -> Warehouse:
    """The company's first open warehouse; a seller who has none yet gets one in their own country."""
    first = company.warehouses.open().order_by("pk").first()
    return (
        first
        or company.warehouses.get_or_create(
            code="main", defaults={"name": _("Main warehouse"), "country": company.country}
        )[0]
    )


def _move(item: StockItem, warehouse: Warehouse, quantity: int, cause: Cause) -> StockMove:
    move = steps.move_stock(item, steps.level_of(item, warehouse), quantity, cause)
    _record_moves(item, [move], cause.actor)
    return move


def _shared(quantity: int, levels: Sequence[StockLevel]) -> Iterator[tuple[StockLevel, int]]:
    """How many of the quantity each level gives, in the levels' order."""
    for level in levels:
        part = min(quantity, max(level.available, 0))
        quantity -= part
        if part:
            yield level, part


def _record_moves(item: StockItem, moves: Sequence[StockMove], actor: Actor) -> None:
    steps.tell_stock(steps.EVENT_OF[MoveKind(moves[-1].kind)], [item], actor=actor, moves={item.pk: moves})


def _moves_under(item: StockItem, kind: MoveKind, reference: str) -> list[StockMove]:
    if not reference:
        raise Refused(_("A sale or a return needs a reference, so that it counts once."), field="reference")
    return list(item.moves.filter(kind=kind, reference=reference).order_by("seq"))
