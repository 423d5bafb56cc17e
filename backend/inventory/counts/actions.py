"""Goods are counted over time by several people, and the differences posted in one go. Each is one transaction."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.catalog.queries import containing
from backend.core.errors import Conflict, Denied, Refused
from backend.core.guards import require
from backend.core.locking import keep_as_it_is, lock
from backend.core.quantity import whole_number
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record
from backend.inventory import policies, steps
from backend.inventory.counts.states import SHEET, SheetStatus
from backend.inventory.guards import require_open, short
from backend.inventory.models import (
    CountLine,
    CountSheet,
    LotLevel,
    MoveKind,
    StockItem,
    StockLevel,
    StockMove,
    Warehouse,
)
from backend.inventory.steps import Cause

MAX_LINES = 5000
MAX_NAME = 80
NAMED = 5
"""So many SKUs does a refusal name."""


@atomic(durable=True)
def begin_count(warehouse: Warehouse, *, name: str, text: str = "", key: str, actor: Actor) -> CountSheet:
    """A sheet of all that was ever kept in a warehouse, or of those whose name or code contain the text.

    Raises NotAllowed without inventory.adjust, Refused for a warehouse that is closed, none that match, or more than
    MAX_LINES.
    """
    require(policies.can_move_stock(actor, warehouse.company_id))
    request = {"warehouse": warehouse.pk, "name": name, "text": text}
    claim = once.claim(warehouse.company_id, key, action="begin_count", request=request)
    if claim.is_repeat:
        return CountSheet.objects.of_company(warehouse.company_id).get(pk=claim.result_pk)
    require_open(warehouse)
    if not 0 < len(name) <= MAX_NAME:
        raise Refused(_("Give the count a name of at most %(max)d characters.") % {"max": MAX_NAME}, field="name")
    kept = Sku.objects.of_company(warehouse.company_id).filter(stock__levels__warehouse=warehouse)
    skus = list(containing(kept, text).order_by("code")[: MAX_LINES + 1])
    if not 0 < len(skus) <= MAX_LINES:
        raise Refused(
            _("A count has 1 to %(max)d SKUs; these are %(n)s. Narrow it by name or code.")
            % {"max": MAX_LINES, "n": len(skus) if len(skus) <= MAX_LINES else f"{MAX_LINES}+"},
            field="text",
        )
    sheet = CountSheet.objects.create(company=warehouse.company, warehouse=warehouse, name=name)
    sheet.lines.bulk_create(_lines_of(sheet, skus), batch_size=1000)
    claim.resulted_in(sheet.pk)
    _record(Kind.INVENTORY_COUNT_BEGUN, sheet, actor)
    return sheet


@atomic(durable=True)
def enter_count(line: CountLine, counted: int | None, *, reason: str = "", seen: int, actor: Actor) -> CountLine:
    """So many lie there now; None: nobody has counted it after all. What should lie there is read in this moment.

    Raises NotAllowed without inventory.adjust, Refused for a sheet that is closed, Conflict with what somebody else
    counted since version `seen`.
    """
    require(policies.can_move_stock(actor, line.sheet.company_id))
    if counted is not None:
        whole_number(counted, at_least=0)
    keep_as_it_is(line.sheet, what=line.sheet.name)
    _require_open_sheet(CountSheet.objects.this(line.sheet).get())
    (now,) = lock(CountLine.objects.this(line), what=line.sku.code)
    if now.version != seen:
        raise Conflict(
            _("Somebody else counted %(counted)s. Save again if yours is right.")
            % {"counted": _("nothing") if now.counted is None else now.counted},
            field="counted",
            detail={"version": now.version},
        )
    now.counted, now.reason, now.actor_id = counted, short(reason, "reason"), actor.user_id
    now.expected, now.seen_seq = (None, 0) if counted is None else _should_lie(now, line.sheet.warehouse_id)
    now.version += 1
    now.save(update_fields=["counted", "reason", "actor_id", "expected", "seen_seq", "version"])
    CountLine.objects.this(now).update(counted_at=Now())
    said = {"sheet": now.sheet_id}
    record(Kind.INVENTORY_COUNT_ENTERED, f"count_line:{now.pk}", version=now.version, actor=actor, data=said)
    return now


@atomic(durable=True)
def post_count(sheet: CountSheet, *, reason: str, actor: Actor) -> CountSheet:
    """Every difference moves its shelf, all or none; what moved since it was counted is kept. Posted again: nothing.

    `reason` stands for those without one of their own. Raises NotAllowed without inventory.adjust, Refused for a sheet
    that nobody counted on, a difference without a reason, or more missing than is free, Conflict for what was counted
    on another sheet meanwhile.
    """
    require(policies.can_move_stock(actor, sheet.company_id))
    require_open(sheet.warehouse)
    (now,) = lock(CountSheet.objects.this(sheet).select_related("warehouse"), what=sheet.name)
    if now.status == SheetStatus.POSTED:
        return now
    _require_open_sheet(now)
    lines = list(now.lines.counted().select_related("sku", "lot").order_by("sku", "lot"))
    if not lines:
        raise Refused(_("Nobody has counted anything yet."))
    differing = [line for line in lines if line.difference]
    _require_reasons(differing, short(reason, "reason"))
    if differing:
        _post(now, differing, reason, actor)
    SHEET.move(now, to=SheetStatus.POSTED)
    _turned(now, Kind.INVENTORY_COUNT_POSTED, actor, posted_at=Now())
    return now


@atomic(durable=True)
def abandon_count(sheet: CountSheet, *, actor: Actor) -> CountSheet:
    """Nothing of it counts. Abandoned again it stays so. Raises NotAllowed without inventory.adjust, Refused for one
    that was posted."""
    require(policies.can_move_stock(actor, sheet.company_id))
    (now,) = lock(CountSheet.objects.this(sheet), what=sheet.name)
    if now.status != SheetStatus.ABANDONED:
        SHEET.move(now, to=SheetStatus.ABANDONED)
        _turned(now, Kind.INVENTORY_COUNT_ABANDONED, actor)
    return now


def _lines_of(sheet: CountSheet, skus: Sequence[Sku]) -> list[CountLine]:
    """One for each SKU; of what is kept by lots, one for each lot that lies there. Two queries."""
    by_lots = set(StockItem.objects.of_skus([sku.pk for sku in skus]).filter(by_lots=True).values_list("pk", flat=True))
    there = LotLevel.objects.scoped(level__item__in=by_lots, level__warehouse=sheet.warehouse_id, on_hand__gt=0)
    lots = [CountLine(sheet=sheet, sku_id=own.lot.item_id, lot=own.lot) for own in there.select_related("lot")]
    return [CountLine(sheet=sheet, sku=sku) for sku in skus if sku.pk not in by_lots] + lots


def _should_lie(line: CountLine, warehouse_id: int) -> tuple[int, int]:
    """What lies there by the counters, and the SKU's last move: of one moment. One query."""
    found = StockLevel.objects.of_sku(line.sku_id).filter(warehouse=warehouse_id)
    if line.lot_id:
        found = found.filter(lots__lot=line.lot_id)
        return found.values_list("lots__on_hand", "item__last_seq").get()
    return found.values_list("on_hand", "item__last_seq").get()


def _post(sheet: CountSheet, lines: Sequence[CountLine], reason: str, actor: Actor) -> None:
    items = steps.lock_items([line.sku for line in lines])
    _require_counted_once(sheet, lines)
    moves, refused = defaultdict[int, list[StockMove]](list), list[str]()
    for line in lines:
        cause = Cause(MoveKind.COUNT, actor, reason=line.reason or reason, reference=sheet.name, lot=line.lot)
        try:
            moves[line.sku_id].append(_correct(items[line.sku_id], sheet.warehouse, line, cause))
        except Denied as denied:
            refused.append(f"{line.sku.code}: {denied.message}")
    if refused:
        raise Refused(" ".join(refused[:NAMED]))
    steps.tell_stock(Kind.INVENTORY_STOCK_ADJUSTED, list(items.values()), actor=actor, moves=moves)


def _correct(item: StockItem, warehouse: Warehouse, line: CountLine, cause: Cause) -> StockMove:
    return steps.move_stock(item, steps.level_of(item, warehouse), line.difference, cause)


def _require_counted_once(sheet: CountSheet, lines: Sequence[CountLine]) -> None:
    """A difference that another count has posted since would be posted twice."""
    seen = {line.sku_id: line for line in lines}
    counts = StockMove.objects.of_skus(list(seen)).filter(kind=MoveKind.COUNT, level__warehouse=sheet.warehouse_id)
    again = {pk for pk, seq in counts.values_list("item_id", "seq") if seq > seen[pk].seen_seq}
    if again:
        codes = ", ".join(sorted(seen[pk].sku.code for pk in again)[:NAMED])
        raise Conflict(_("%(codes)s were counted elsewhere meanwhile: count them again.") % {"codes": codes})


def _require_reasons(differing: Sequence[CountLine], reason: str) -> None:
    without = [line.sku.code for line in differing if not line.reason.strip()]
    if without and not reason.strip():
        raise Refused(
            _("Say why %(codes)s differ: each by itself, or one reason for all.")
            % {"codes": ", ".join(without[:NAMED]) + (" …" if len(without) > NAMED else "")},
            field="reason",
        )


def _require_open_sheet(sheet: CountSheet) -> None:
    if sheet.status != SheetStatus.OPEN:
        raise Refused(
            _("%(name)s is “%(status)s”: begin another count.")
            % {"name": sheet, "status": SheetStatus(sheet.status).label}
        )


def _turned(sheet: CountSheet, kind: Kind, actor: Actor, **at: Now) -> None:
    CountSheet.objects.this(sheet).update(version=F("version") + 1, **at)
    sheet.version += 1
    _record(kind, sheet, actor)


def _record(kind: Kind, sheet: CountSheet, actor: Actor) -> None:
    record(kind, f"count_sheet:{sheet.pk}", version=sheet.version, actor=actor, data={"sheet": sheet.pk})
