"""A SKU begins or ceases to be kept by lots, and lots expire. Each is one transaction, safe to send twice."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.guards import require
from backend.events.kinds import Kind
from backend.inventory import policies, steps
from backend.inventory.counts.states import SheetStatus
from backend.inventory.guards import short
from backend.inventory.holds.parcels import packed_for
from backend.inventory.lots.models import Today
from backend.inventory.lots.steps import expire_lots, lot_of, tell_lots, write_lots
from backend.inventory.models import CountSheet, Lot, LotLevel, MoveKind, StockItem, StockLevel, StockMove

AT_ONCE = 200


@atomic(durable=True)
def keep_by_lots(sku: Sku, *, number: str = "", best_before: date | None = None, actor: Actor) -> StockItem:
    """From now on all that lies of the SKU is of a lot, and what comes in says of which. What lies there now is of the
    lot that is named here. Kept by lots already, it changes nothing.

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


def _opening(item: StockItem, level: StockLevel, actor: Actor, reason: str = "") -> StockMove:
    item.last_seq += 1
    said = {"kind": MoveKind.OPENING, "quantity": 0, "on_hand_after": level.on_hand}
    why = {"reason": reason or _("Kept by lots from here on"), "actor_id": actor.user_id}
    return StockMove.objects.create(item=item, level=level, seq=item.last_seq, **said, **why)


@atomic(durable=True)
def leave_lots(sku: Sku, *, reason: str, actor: Actor) -> StockItem:
    """From now on what lies of the SKU is of no lot, and what comes in names none. What there was of a lot is closed,
    with the reason, and who got it stays known. Not kept by lots, it changes nothing.

    Raises NotAllowed without inventory.adjust; Refused without a reason, while something lies there that is past its
    day, or is in parcels, and while it is being counted lot by lot.
    """
    require(policies.can_adjust_stock(actor, sku))
    item = steps.lock_items([sku])[sku.pk]
    if not item.by_lots:
        return item
    _require_leavable(item, short(reason.strip(), "reason"))
    item.by_lots = False
    StockItem.objects.this(item).update(by_lots=False)
    moves = _closed(item, reason.strip(), actor)
    steps.tell_stock(Kind.INVENTORY_LOTS_ENDED, [item], actor=actor, moves={item.pk: moves})
    tell_lots([item.pk], actor=actor)
    return item


def _require_leavable(item: StockItem, reason: str) -> None:
    if not reason:
        raise Refused(_("Say why it is not kept by lots any more."), field="reason")
    expired = item.lots.filter(expired_at__isnull=False, levels__on_hand__gt=0).order_by("number").first()
    if expired:
        raise Refused(_("Lot %(lot)s is past its day and lies there: throw it away first.") % {"lot": expired})
    packed = item.levels.filter(lots__packed__gt=0).order_by("pk").first()
    if packed:
        raise Refused(_("Some of it is packed lot by lot, as %(shipments)s: send that first, or unpack it.")
                      % {"shipments": packed_for(packed)})  # fmt: skip
    counting = CountSheet.objects.scoped(status=SheetStatus.OPEN, lines__lot__item=item).first()
    if counting:
        raise Refused(_("It is being counted lot by lot in “%(count)s”: post or abandon that first.")
                      % {"count": counting})  # fmt: skip


def _closed(item: StockItem, reason: str, actor: Actor) -> Sequence[StockMove]:
    """A move of nothing on each shelf takes its lots to nothing; where nothing lies, one keeps the reason."""
    there: dict[int, list[tuple[Lot, int]]] = defaultdict(list)
    for own in LotLevel.objects.scoped(lot__item=item, on_hand__gt=0).select_related("lot").order_by("pk"):
        there[own.level_id].append((own.lot, -own.on_hand))
    levels = list(item.levels.order_by("pk"))
    moves = [_opening(item, level, actor, reason) for level in levels if level.pk in there or not there]
    if there:
        write_lots({move: there[move.level_id] for move in moves}, actor=actor)
    return moves


@atomic(durable=True)
def pass_best_before(*, actor: Actor) -> int:
    """What is past its day by the database's clock is sold to nobody, and buyers see it; of how many SKUs, at most
    AT_ONCE."""
    due = Lot.objects.across_companies(why="the day passes for every seller")
    due = due.filter(item__by_lots=True, expired_at=None, best_before__lt=Today()).select_related("item__sku")
    skus = {lot.item_id: lot.item.sku for lot in due.order_by("best_before")[:AT_ONCE]}
    if skus:
        items = steps.lock_items(list(skus.values()))
        steps.tell_stock(Kind.INVENTORY_LOTS_EXPIRED, list(items.values()), actor=actor)
        tell_lots(list(items), actor=actor)
    return len(skus)
