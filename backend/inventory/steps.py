"""The one place that writes stock: lock, check, change, append the move, disclose. Callers hold the transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.locking import lock
from backend.core.quantity import MAX_QUANTITY, whole_number
from backend.events.kinds import Kind
from backend.events.log import Fact, record_all
from backend.inventory.holds.ending import end_lapsed
from backend.inventory.holds.parcels import require_loose
from backend.inventory.lots.steps import Hint, expire_lots, parts_of, write_lots
from backend.inventory.models import (
    Availability,
    Lot,
    MoveKind,
    Receipt,
    StockItem,
    StockLevel,
    StockMove,
    TransferLine,
    Warehouse,
)
from backend.inventory.settling import Standing, settle_all

# No shelf holds more: far above any real stock, far below what overflows a counter.
MAX_ON_HAND = 1_000_000_000

EVENT_OF = {
    MoveKind.ADJUSTMENT: Kind.INVENTORY_STOCK_ADJUSTED,
    MoveKind.RECEIPT: Kind.INVENTORY_STOCK_RECEIVED,
    MoveKind.SALE: Kind.INVENTORY_STOCK_SOLD,
    MoveKind.RETURN: Kind.INVENTORY_STOCK_RETURNED,
    MoveKind.TRANSFER: Kind.INVENTORY_STOCK_TRANSFERRED,
    MoveKind.COUNT: Kind.INVENTORY_STOCK_ADJUSTED,
}


def lock_items(skus: Sequence[Sku]) -> dict[int, StockItem]:
    """The SKUs' stock items, locked in primary-key order; one that was never stocked begins at nothing.

    What was held of them and has lapsed ends here, and lots that are past their day are left out.

    Whoever changes any level of a SKU holds this lock, so its levels and its availability need none of their own.
    """
    ids = sorted({sku.pk for sku in skus})
    StockItem.objects.bulk_create([StockItem(sku_id=pk) for pk in ids], ignore_conflicts=True)
    Availability.objects.bulk_create([Availability(sku_id=pk) for pk in ids], ignore_conflicts=True)
    what = _("the stock of %(codes)s") % {"codes": ", ".join(sku.code for sku in skus[:3])}
    items = {item.pk: item for item in lock(StockItem.objects.of_skus(ids), what=what)}
    end_lapsed(ids)
    expire_lots(items.values())
    return items


def level_of(item: StockItem, warehouse: Warehouse) -> StockLevel:
    """The item's level in a warehouse; empty if nothing ever lay there. The item is locked."""
    return item.levels.get_or_create(warehouse=warehouse)[0]


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of sale of one SKU; of which lot, where it is kept by lots."""

    sku: Sku
    quantity: int
    lot: str = ""
    best_before: date | None = None


def summed(lines: Iterable[Line]) -> dict[int, int]:
    """Lines of one SKU count together: units by SKU. Raises Refused for a quantity, or a sum, that is out of range."""
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.sku.pk] = whole_number(wanted.get(line.sku.pk, 0) + whole_number(line.quantity))
    return wanted


@dataclass(frozen=True, slots=True)
class Cause:
    """Why stock moves, and who moves it."""

    kind: MoveKind
    actor: Actor
    reason: str = ""
    reference: str = ""
    receipt: Receipt | None = None
    transfer_line: TransferLine | None = None
    lot: Lot | None = None
    """Of which lot, where somebody named one."""
    sold_as: str = ""
    """Of what comes back: what the references of its sales begin with."""

    @property
    def hint(self) -> Hint:
        return Hint(self.lot, self.transfer_line.pk if self.transfer_line else None, self.sold_as)


def move_stock(item: StockItem, level: StockLevel, quantity: int, cause: Cause) -> StockMove:
    """Moves `quantity` units of sale (signed) onto a level of a locked item, and appends why.

    Raises Refused if the level can't carry it. Disclosing and recording follow once per item, see settling.py.
    """
    parts = parts_of(item, level, quantity, cause.kind, cause.hint) if item.by_lots else ()
    of_expired = sum(units for lot, units in parts if lot.expired_at)
    require_loose(item, level, -quantity, cause.kind)
    _require_unpromised(level, quantity, of_expired)
    require_room(level, quantity - of_expired)
    item.last_seq += 1
    level.on_hand += quantity
    level.expired += of_expired
    level.version += 1
    moved = {"on_hand": F("on_hand") + quantity, "expired": F("expired") + of_expired}
    StockLevel.objects.this(level).update(**moved, version=level.version)
    move = StockMove.objects.create(
        item=item,
        level=level,
        seq=item.last_seq,
        kind=cause.kind,
        quantity=quantity,
        on_hand_after=level.on_hand,
        reason=cause.reason,
        reference=cause.reference,
        receipt=cause.receipt,
        transfer_line=cause.transfer_line,
        actor_id=cause.actor.user_id,
    )
    if parts:
        write_lots({move: parts}, actor=cause.actor)
    return move


def tell_stock(
    kind: Kind,
    items: Collection[StockItem],
    *,
    actor: Actor,
    moves: Mapping[int, Sequence[StockMove]] | None = None,
    standings: Mapping[int, Standing] | None = None,
) -> None:
    """Settles locked items, each once and after all that was done to it, and tells everybody: one event a SKU, and one
    more for each that began or ceased to run low. `moves` are what was appended, by item, in order; `standings` what is
    left, for whoever knows."""
    settled = settle_all(items, moves, standings=standings)
    record_all(kind, [_fact(item, settled.data[item.pk]) for item in items], actor=actor)
    for crossing, is_low in ((Kind.INVENTORY_STOCK_RAN_LOW, True), (Kind.INVENTORY_STOCK_RECOVERED, False)):
        crossed = [item for item in items if item.pk in settled.crossed and item.is_low == is_low]
        record_all(crossing, [_fact(i, {"sku": i.pk, "company": settled.crossed[i.pk]}) for i in crossed], actor=actor)


def _fact(item: StockItem, data: Mapping[str, object]) -> Fact:
    return Fact(f"stock_level:{item.pk}", item.version, data)


def require_room(level: StockLevel, quantity: int) -> None:
    """Refuses what would take a level below what is promised from it, or beyond what any shelf holds."""
    free = max(min(level.available + level.backorder_limit + level.incoming, level.on_hand), 0)
    if -quantity > free:
        raise Refused(
            _("Only %(free)d of the %(on_hand)d on hand can be taken: %(wanted)d is too much.")
            % {"free": free, "on_hand": level.on_hand, "wanted": -quantity},
            field="quantity",
            detail={"free": free, "on_hand": level.on_hand},
        )
    if level.on_hand + quantity > MAX_ON_HAND:
        raise Refused(
            _("%(quantity)s more would be over the %(max)s that one warehouse can hold of a SKU.")
            % {"quantity": f"{quantity:,}", "max": f"{MAX_ON_HAND:,}"},
            field="quantity",
        )


def _require_unpromised(level: StockLevel, quantity: int, of_expired: int) -> None:
    """What expired and is promised all the same is not thrown away: others stand in for it first."""
    lacking = -quantity - max(level.available + level.expired + level.backorder_limit + level.incoming, 0)
    if of_expired < 0 and lacking > 0:
        raise Refused(
            _("%(n)d of what expired are promised to buyers: take them off their orders before you throw them away.")
            % {"n": lacking},
            field="quantity",
        )


def levels_by_stock(item: StockItem) -> Iterable[StockLevel]:
    """The levels of a locked item, the fullest first: what is sold leaves as few half-empty shelves as it can."""
    return sorted(item.levels.all(), key=lambda level: (-level.available, level.pk))


def whole_move(quantity: int) -> int:
    """A signed quantity that changes something and is at most MAX_QUANTITY, or Refused."""
    if quantity == 0 or abs(quantity) > MAX_QUANTITY:
        raise Refused(
            _("%(quantity)s can't be moved: give a whole number other than 0, at most %(max)s.")
            % {"quantity": f"{quantity:,}", "max": f"{MAX_QUANTITY:,}"},
            field="quantity",
        )
    return quantity
