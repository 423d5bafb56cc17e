"""Goods are expected, come later or not at all, and are received. Each is one transaction, and ends by recording it."""

from datetime import date, timedelta

from django.db import connection
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record
from backend.inventory import policies, steps
from backend.inventory.guards import require_open, require_own, short
from backend.inventory.incoming.states import INCOMING, IncomingStatus
from backend.inventory.lots.receiving import received_parts
from backend.inventory.models import Availability, Incoming, MoveKind, StockItem, StockLevel, StockMove, Warehouse
from backend.inventory.steps import Cause, Line

AT_MOST = timedelta(days=3 * 366)
"""So far ahead is a delivery announced."""
AT_ONCE = 200


@atomic(durable=True)
def expect_stock(
    sku: Sku, warehouse: Warehouse, quantity: int, due_on: date, *, reference: str, key: str, actor: Actor
) -> Incoming:
    """So many units come on a day: from now on buyers see them, as far as the stock is disclosed, and may order them.

    Raises NotAllowed without inventory.plan, Refused for a day that has passed or is more than AT_MOST ahead.
    """
    require(policies.can_plan_stock(actor, sku))
    require_own(warehouse, sku)
    whole_number(quantity)
    request = {"sku": sku.pk, "warehouse": warehouse.pk, "quantity": quantity, "due": due_on, "reference": reference}
    claim = once.claim(sku.company_id, key, action="expect_stock", request=request)
    if claim.is_repeat:
        return Incoming.objects.of_company(sku.company_id).get(pk=claim.result_pk)
    _require_day(due_on)
    require_open(warehouse)
    item = steps.lock_items([sku])[sku.pk]
    level = steps.level_of(item, warehouse)
    said = short(reference, "reference")
    made = Incoming.objects.create(level=level, quantity=quantity, due_on=due_on, reference=said)
    claim.resulted_in(made.pk)
    _change_by(level, quantity)
    _tell(item, made, actor)
    return made


@atomic(durable=True)
def change_incoming(
    incoming: Incoming, quantity: int, due_on: date, *, reference: str, seen: int, actor: Actor
) -> Incoming:
    """Another day, another number. What was promised of it and would have to wait longer is told of it.

    Raises NotAllowed without inventory.plan, Conflict if it moved since version `seen`, Refused where less would come
    than is promised, or than has come already.
    """
    require(policies.can_plan_stock(actor, incoming.level.item.sku))
    whole_number(quantity)
    item, now, level = _lock(incoming)
    _require_seen(now, seen)
    if due_on != now.due_on:
        _require_day(due_on)
    if quantity <= now.received:
        raise Refused(
            _("%(n)d have come already: expect more than that, or receive the rest as the last.") % {"n": now.received},
            field="quantity",
        )
    before = now.rest
    now.quantity, now.due_on, now.reference = quantity, due_on, short(reference, "reference")
    _change_by(level, now.rest - before)
    _save(now, "quantity", "due_on", "reference")
    _tell(item, now, actor)
    return now


@atomic(durable=True)
def receive_incoming(
    incoming: Incoming,
    quantity: int,
    *,
    is_last: bool,
    lot: str = "",
    best_before: date | None = None,
    key: str,
    actor: Actor,
) -> Incoming:
    """So many of it have come: they lie there now, and what was owed can be sent. The rest is still expected, unless
    this was the last of it. What is kept by lots says of which it is.

    Raises NotAllowed without inventory.receive, Refused for one that is over, or whose rest is promised.
    """
    require(policies.can_take_in_stock(actor, incoming.level.warehouse.company_id))
    whole_number(quantity)
    request = {"incoming": incoming.pk, "quantity": quantity, "last": is_last, "lot": lot, "day": best_before}
    claim = once.claim(incoming.level.warehouse.company_id, key, action="receive_incoming", request=request)
    if claim.is_repeat:
        return Incoming.objects.this(incoming).get()
    claim.resulted_in(incoming.pk)
    item, now, level = _lock(incoming)
    _require_expected(now)
    before = now.rest
    line = Line(incoming.level.item.sku, quantity, lot, best_before)
    ((_sku, of_lot),) = received_parts({item.pk: item}, [line])
    cause = Cause(MoveKind.RECEIPT, actor, reference=now.reference, lot=of_lot)
    move = steps.move_stock(item, level, quantity, cause)
    is_over = is_last or now.received + quantity >= now.quantity
    if is_over:
        INCOMING.move(now, to=IncomingStatus.RECEIVED)
    now.received += quantity
    _change_by(level, now.rest - before)
    _save(now, "received")
    _tell(item, now, actor, kind=Kind.INVENTORY_STOCK_RECEIVED, moves=[move])
    return now


@atomic(durable=True)
def cancel_incoming(incoming: Incoming, *, actor: Actor) -> Incoming:
    """It will not come, or not the rest of it. Cancelled again it stays so. Raises NotAllowed without inventory.plan,
    Refused as long as it is promised."""
    require(policies.can_plan_stock(actor, incoming.level.item.sku))
    item, now, level = _lock(incoming)
    if now.status == IncomingStatus.CANCELLED:
        return now
    before = now.rest
    INCOMING.move(now, to=IncomingStatus.CANCELLED)
    _change_by(level, -before)
    _save(now)
    _tell(item, now, actor)
    return now


@atomic(durable=True)
def pass_overdue(*, actor: Actor) -> int:
    """What should have come by yesterday is announced to no buyer any more; of how many SKUs, at most AT_ONCE."""
    shown = Availability.objects.across_companies(why="the day passes for every seller").filter(more_on__lt=_today())
    skus = [row.sku for row in shown.select_related("sku")[:AT_ONCE]]
    if skus:
        steps.tell_stock(Kind.INVENTORY_INCOMING_CHANGED, list(steps.lock_items(skus).values()), actor=actor)
    return len(skus)


def _lock(incoming: Incoming) -> tuple[StockItem, Incoming, StockLevel]:
    """All that concerns a delivery happens under the lock of its SKU."""
    sku = incoming.level.item.sku
    item = steps.lock_items([sku])[sku.pk]
    now = Incoming.objects.this(incoming).select_related("level").get()
    return item, now, now.level


def _change_by(level: StockLevel, units: int) -> None:
    """So much more, or less, is expected. What is promised of it must still come."""
    free = level.available + level.backorder_limit + level.incoming
    if units < 0 and -units > free:
        raise Refused(
            _("%(n)d of them are promised: expect %(n)d more elsewhere, or let so many be owed, first.")
            % {"n": -units - free},
            field="quantity",
        )
    level.incoming += units
    level.version += 1
    level.save(update_fields=["incoming", "version"])


def _save(incoming: Incoming, *fields: str) -> None:
    incoming.version += 1
    incoming.save(update_fields=[*fields, "version"])


def _tell(
    item: StockItem,
    incoming: Incoming,
    actor: Actor,
    *,
    kind: Kind = Kind.INVENTORY_INCOMING_CHANGED,
    moves: list[StockMove] | None = None,
) -> None:
    steps.tell_stock(kind, [item], actor=actor, moves={item.pk: moves or []})
    record(Kind.INVENTORY_INCOMING_LISTED, f"incoming:{incoming.pk}", version=incoming.version, actor=actor)


def _require_expected(incoming: Incoming) -> None:
    if incoming.status != IncomingStatus.EXPECTED:
        raise Refused(_("This delivery is “%(status)s” already.") % {"status": IncomingStatus(incoming.status).label})


def _require_seen(incoming: Incoming, seen: int) -> None:
    _require_expected(incoming)
    if incoming.version != seen:
        raise Conflict(_("Somebody was faster: look at what it says now, then save again."))


def _require_day(due_on: date) -> None:
    today = _today()
    if not today <= due_on <= today + AT_MOST:
        raise Refused(
            _("Give a day from %(today)s to %(last)s.") % {"today": today, "last": today + AT_MOST}, field="due_on"
        )


def _today() -> date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_date")
        today: date = cursor.fetchone()[0]
        return today
