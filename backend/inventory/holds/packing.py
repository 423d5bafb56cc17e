"""What is promised is put into parcels, and taken out again: it stays promised, and lies there, until it leaves.
Callers hold the transaction, and have locked the stock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.events.kinds import Kind
from backend.inventory.holds.models import Hold
from backend.inventory.holds.shipping import require_there
from backend.inventory.holds.steps import LockedStock, settle_stock
from backend.inventory.lots.steps import tell_lots, unexpired
from backend.inventory.models import Lot, LotLevel

_COUNT = """
WITH counted AS (
    UPDATE inventory_hold hold SET packed = hold.packed + part.units, packed_as = coalesce(%s, packed_as)
    FROM unnest(%s::bigint[], %s::bigint[]) AS part (line, units), inventory_stocklevel level
    WHERE hold.subject = %s AND hold.line = part.line AND level.id = hold.level_id AND level.warehouse_id = %s
    RETURNING hold.level_id, part.units
)
UPDATE inventory_stocklevel level SET packed = level.packed + summed.units
FROM (SELECT level_id, sum(units)::bigint AS units FROM counted GROUP BY level_id) summed
WHERE level.id = summed.level_id
"""
_COUNT_LOTS = """
UPDATE inventory_lotlevel own SET packed = own.packed + part.units
FROM (SELECT lot_id, sum(units)::bigint AS units FROM unnest(%s::bigint[], %s::bigint[]) AS part (lot_id, units)
    GROUP BY lot_id) part, inventory_stocklevel level
WHERE own.lot_id = part.lot_id AND level.id = own.level_id AND level.warehouse_id = %s
"""


@dataclass(frozen=True, slots=True)
class Packed:
    """So many units of a line that are in parcels, and of which lot; None: it is not kept by lots."""

    line: int
    lot: Lot | None
    units: int


def pack_stock(
    stock: LockedStock, subject: str, warehouse_id: int, lines: Mapping[int, int], *, reference: str
) -> Sequence[Packed]:
    """So many units (line -> units) of what is allocated there are put into parcels, what expires first in front. On
    the parcels stands the reference.

    Raises Short with what each line could get: not more than is allocated and loose, nor than lies there. Two
    statements, two more where any of it is kept by lots.
    """
    require_there(subject, warehouse_id, lines)
    packed = list(_with_lots(stock, subject, warehouse_id, lines))
    _count(subject, warehouse_id, packed, sign=1, reference=reference)
    return packed


def unpack_stock(subject: str, warehouse_id: int, packed: Sequence[Packed]) -> None:
    """They are loose again. One statement, one more where any of it is of a lot."""
    _count(subject, warehouse_id, packed, sign=-1)


def leave_parcels_of(warehouse_id: int, packed: Sequence[Packed]) -> None:
    """What was packed of lots is about to leave. Raises Refused where it can't any more: some of a lot is past its day,
    or does not lie there. Two statements; none without lots."""
    of_lots = [each for each in packed if each.lot]
    if of_lots:
        wanted = _by_lot(of_lots)
        good = LotLevel.objects.scoped(lot__in=wanted, level__warehouse=warehouse_id, lot__expired_at=None)
        there = dict(good.values_list("lot", "on_hand"))
        for lot, units in wanted.items():
            if units > there.get(lot.pk, 0):
                raise Refused(
                    _("Only %(there)d of lot %(lot)s lie there and may be sold, and %(units)d are packed: unpack them.")
                    % {"there": there.get(lot.pk, 0), "lot": lot, "units": units}
                )
        _count_lots(warehouse_id, of_lots, sign=-1)


def tell_packed(stock: LockedStock, *, actor: Actor) -> None:
    """To whoever looks at the stock; and at a lot, and at who gets some of it: two queries more."""
    settle_stock(stock, Kind.INVENTORY_STOCK_PACKED, actor=actor)
    if by_lots := [pk for pk, item in stock.items.items() if item.by_lots]:
        tell_lots(by_lots, actor=actor)


def _with_lots(stock: LockedStock, subject: str, warehouse_id: int, lines: Mapping[int, int]) -> Iterator[Packed]:
    """Lines of one SKU share its lots in their order."""
    left = _loose_lots(stock, subject, warehouse_id)
    for line, units in lines.items():
        there, open_units = left.get(line, []), units
        for own in there:
            taken = min(open_units, own.loose)
            if taken > 0:
                own.packed += taken
                open_units -= taken
                yield Packed(line, own.lot, taken)
        if open_units:
            yield Packed(line, None, open_units)


def _loose_lots(stock: LockedStock, subject: str, warehouse_id: int) -> Mapping[int, Sequence[LotLevel]]:
    """Of what is kept by lots, by line. Two queries; none without lots."""
    skus = [pk for pk, item in stock.items.items() if item.by_lots]
    if not skus:
        return {}
    holds = Hold.objects.of_subject(subject).filter(level__warehouse=warehouse_id, level__item__in=skus)
    level_of = dict(holds.values_list("line", "level"))
    there = list(unexpired(list(level_of.values())))
    return {line: [own for own in there if own.level_id == level] for line, level in level_of.items()}


def _count(
    subject: str, warehouse_id: int, packed: Sequence[Packed], *, sign: int, reference: str | None = None
) -> None:
    lines: dict[int, int] = {}
    for each in packed:
        lines[each.line] = lines.get(each.line, 0) + sign * each.units
    _run(_COUNT, [reference, list(lines), list(lines.values()), subject, warehouse_id])
    _count_lots(warehouse_id, [each for each in packed if each.lot], sign=sign)


def _count_lots(warehouse_id: int, packed: Sequence[Packed], *, sign: int) -> None:
    if packed:
        lots = _by_lot(packed)
        _run(_COUNT_LOTS, [[lot.pk for lot in lots], [sign * units for units in lots.values()], warehouse_id])


def _by_lot(packed: Sequence[Packed]) -> Mapping[Lot, int]:
    found: dict[Lot, int] = {}
    for each in packed:
        if each.lot:
            found[each.lot] = found.get(each.lot, 0) + each.units
    return found


def _run(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
