"""What every change of stock does of SKUs that are kept by lots. They are locked, and callers hold the transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.events.kinds import Kind
from backend.events.log import Fact, record_all
from backend.inventory.holds.parcels import require_loose_of
from backend.inventory.lots.choosing import first_of
from backend.inventory.lots.models import Lot, LotLevel, LotMove
from backend.inventory.models import MoveKind, StockItem, StockLevel, StockMove

MAX_NUMBER = 40
Parts = Sequence[tuple[Lot, int]]
"""Signed units of each lot; together what the move is."""

_PLACE = """
INSERT INTO inventory_lotlevel (lot_id, level_id, on_hand)
SELECT lot_id, level_id, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS part (lot_id, level_id)
ON CONFLICT (lot_id, level_id) DO NOTHING
"""
_COUNT = """
UPDATE inventory_lotlevel own SET on_hand = own.on_hand + part.units
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS part (lot_id, level_id, units)
WHERE own.lot_id = part.lot_id AND own.level_id = part.level_id
"""


@dataclass(frozen=True, slots=True)
class Hint:
    """Which lots a move may be of: one that was named, or those that went out before."""

    lot: Lot | None = None
    transfer_line_id: int | None = None
    sold_as: str = ""
    """What the references of the sales that come back begin with."""


def expire_lots(items: Iterable[StockItem]) -> None:
    """What is past its day by the database's clock is left out from here on. One statement; none without lots."""
    pks = [item.pk for item in items if item.by_lots]
    if pks:
        with connection.cursor() as cursor:
            cursor.execute("SELECT lots_expired(%s)", [pks])


def lot_of(item: StockItem, number: str, best_before: date | None) -> Lot:
    """The lot with this number, made here if it is new. Raises Refused without a number, for one that is too long, and
    for another day than the lot has."""
    said = number.strip()
    if not 0 < len(said) <= MAX_NUMBER:
        raise Refused(
            _("%(code)s is kept by lots: say which, with a number of at most %(max)d characters.")
            % {"code": item.sku.code, "max": MAX_NUMBER},
            field="lot",
        )
    lot, is_new = Lot.objects.scoped().get_or_create(item=item, number=said, defaults={"best_before": best_before})
    if not is_new and best_before not in (None, lot.best_before):
        raise Refused(
            _("Lot %(lot)s of %(code)s is best before %(day)s, not %(typed)s.")
            % {"lot": said, "code": item.sku.code, "day": lot.best_before or "–", "typed": best_before},
            field="best_before",
        )
    return lot


def parts_of(item: StockItem, level: StockLevel, quantity: int, kind: MoveKind, hint: Hint) -> Parts:
    """The lots that a move is of: the one that was named; else what expires first, or those that came from there."""
    if hint.lot:
        return [(hint.lot, quantity)] if quantity > 0 else _taken_of(hint.lot, level, -quantity)
    if quantity > 0:
        return _coming_back(item, quantity, hint)
    if kind in (MoveKind.SALE, MoveKind.TRANSFER):
        return _first_expired(level, -quantity)
    raise _unnamed(item)


def write_lots(moves: Mapping[StockMove, Parts], *, actor: Actor) -> None:
    """Counts the lots' levels, and writes down of which lots the moves were. Four statements."""
    rows = [(move, lot, units) for move, parts in moves.items() for lot, units in parts]
    lots, levels, units = [r[1].pk for r in rows], [r[0].level_id for r in rows], [r[2] for r in rows]
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [lots, levels])
        cursor.execute(_COUNT, [lots, levels, units])
    LotMove.objects.bulk_create(LotMove(move=move, lot=lot, quantity=n) for move, lot, n in rows)
    tell_lots({move.item_id for move in moves}, actor=actor)


def take_first_expired(moves: Collection[StockMove], *, actor: Actor) -> Mapping[StockMove, Parts]:
    """Goods that have just left several shelves, as sales do: their lots, written down. Five statements."""
    there: dict[int, list[LotLevel]] = {move.level_id: [] for move in moves}
    for own in unexpired(list(there)):
        there[own.level_id].append(own)
    parts = {move: _taken(-move.quantity, there[move.level_id]) for move in moves}
    write_lots(parts, actor=actor)
    return parts


def tell_lots(item_ids: Collection[int], *, actor: Actor) -> None:
    """To whoever looks at the lists of what runs out. Two queries."""
    items = StockItem.objects.of_skus(item_ids).select_related("sku").order_by("pk")
    facts = [Fact(f"stock_level:{item.pk}", item.version, {"company": item.sku.company_id}) for item in items]
    record_all(Kind.INVENTORY_LOTS_MOVED, facts, actor=actor)


def _taken_of(lot: Lot, level: StockLevel, units: int) -> Parts:
    own = LotLevel.objects.scoped(lot=lot, level=level).first() or LotLevel(on_hand=0, packed=0)
    if units > own.on_hand:
        raise Refused(
            _("Only %(there)d of lot %(lot)s lie there: %(units)d is too much.")
            % {"there": own.on_hand, "lot": lot, "units": units},
            field="quantity",
        )
    require_loose_of(lot, own, level, units)
    return [(lot, -units)]


def _first_expired(level: StockLevel, units: int) -> Parts:
    return _taken(units, list(unexpired([level.pk])))


def _taken(units: int, there: Sequence[LotLevel]) -> Parts:
    """What is in no parcel goes before what is in one."""
    found = Counter[Lot]()
    loose = [(own.lot, own.loose) for own in there]
    for lot, taken in first_of(units, [*loose, *((own.lot, own.on_hand - own.loose) for own in there)]):
        found[lot] -= taken
    return list(found.items())


def unexpired(level_ids: Sequence[int]) -> Iterable[LotLevel]:
    """What may be sold, what expires first in front; what keeps comes last. One query."""
    own = LotLevel.objects.scoped(level__in=level_ids, on_hand__gt=0, lot__expired_at=None)
    return own.select_related("lot").order_by(F("lot__best_before").asc(nulls_last=True), "lot")


def _coming_back(item: StockItem, units: int, hint: Hint) -> Parts:
    """Of a transfer or a sale: the lots that went; what more comes than went is of the last of them."""
    went = LotMove.objects.scoped(move__item=item, quantity__lt=0)
    if hint.transfer_line_id:
        went = went.filter(move__transfer_line=hint.transfer_line_id)
    elif hint.sold_as:
        went = went.filter(move__kind=MoveKind.SALE, move__reference__startswith=hint.sold_as)
    else:
        raise _unnamed(item)
    rows: list[tuple[Lot, int]] = [(each.lot, -each.quantity) for each in went.select_related("lot").order_by("-pk")]
    if not rows:
        raise _unnamed(item)
    found = dict(first_of(units, rows))
    found[rows[0][0]] = found.get(rows[0][0], 0) + units - sum(found.values())
    return list(found.items())


def _unnamed(item: StockItem) -> Refused:
    return Refused(_("%(code)s is kept by lots: say which.") % {"code": item.sku.code}, field="lot")
