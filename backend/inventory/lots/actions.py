"""A SKU begins to be kept by lots, and lots expire. Each is one transaction, safe to send twice."""

from collections.abc import Sequence
from datetime import date

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.guards import require
from backend.events.kinds import Kind
from backend.inventory import policies, steps
from backend.inventory.lots.models import Today
from backend.inventory.lots.steps import expire_lots, lot_of, tell_lots, write_lots
from backend.inventory.models import Lot, MoveKind, StockItem, StockLevel, StockMove

AT_ONCE = 200


@atomic(durable=True)
def keep_by_lots(sku: Sku, *, number: str = "", best_before: date | None = None, actor: Actor) -> StockItem:
    """From now on all that lies of the SKU is of a lot, and what comes in says of which. What lies there now is of the
    lot that is named here. It stays so: kept by lots already, it changes nothing.

    Raises NotAllowed without inventory.adjust, Refused without a number where something lies there.
    """
    require(policies.can_adjust_stock(actor, sku))
    item = steps.lock_items([sku])[sku.pk]
    if item.by_lots:
        return item
    item.by_lots = True
    StockItem.objects.this(item).update(by_lots=True)
    levels = list(item.levels.filter(on_hand__gt=0).order_by("pk"))
    moves = _named(item, levels, lot_of(item, number, best_before), actor) if levels else []
    expire_lots([item])
    steps.tell_stock(Kind.INVENTORY_LOTS_BEGUN, [item], actor=actor, moves={item.pk: moves})
    tell_lots([item.pk], actor=actor)
    return item


def _named(item: StockItem, levels: Sequence[StockLevel], lot: Lot, actor: Actor) -> Sequence[StockMove]:
    """A move of nothing on each shelf says of which lot that is which lies there."""
    moves = [_opening(item, level, actor) for level in levels]
    write_lots({move: [(lot, level.on_hand)] for move, level in zip(moves, levels, strict=True)}, actor=actor)
    return moves


def _opening(item: StockItem, level: StockLevel, actor: Actor) -> StockMove:
    item.last_seq += 1
    said = {"kind": MoveKind.OPENING, "quantity": 0, "on_hand_after": level.on_hand}
    why = {"reason": _("Kept by lots from here on"), "actor_id": actor.user_id}
    return StockMove.objects.create(item=item, level=level, seq=item.last_seq, **said, **why)


@atomic(durable=True)
def pass_best_before(*, actor: Actor) -> int:
    """What is past its day by the database's clock is sold to nobody, and buyers see it; of how many SKUs, at most
    AT_ONCE."""
    due = Lot.objects.across_companies(why="the day passes for every seller")
    due = due.filter(expired_at=None, best_before__lt=Today()).select_related("item__sku")
    skus = {lot.item_id: lot.item.sku for lot in due.order_by("best_before")[:AT_ONCE]}
    if skus:
        items = steps.lock_items(list(skus.values()))
        steps.tell_stock(Kind.INVENTORY_LOTS_EXPIRED, list(items.values()), actor=actor)
        tell_lots(list(items), actor=actor)
    return len(skus)
