"""How much of a shelf is kept back, and how much more than lies there may be ordered from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.quantity import whole_number
from backend.events.kinds import Kind
from backend.events.log import record
from backend.inventory import policies, steps
from backend.inventory.guards import require_open, require_own
from backend.inventory.models import StockDefaults, StockItem, StockLevel, Warehouse
from backend.inventory.settling import standings_of


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one shelf, in units of sale: `safety` is sold to nobody; up to `backorder` more may be owed."""

    safety: int
    backorder: int


@atomic(durable=True)
def set_limits(sku: Sku, warehouse: Warehouse, limits: Limits, *, seen: Limits, actor: Actor) -> StockLevel:
    """From now on so much is kept back and may be owed; what buyers see follows. The same again changes nothing.

    Raises NotAllowed without inventory.plan, Conflict if somebody changed them since they were as `seen`, Refused if
    more is promised already than these limits allow.
    """
    require(policies.can_plan_stock(actor, sku))
    require_own(warehouse, sku)
    whole_number(limits.safety, field="safety", at_least=0)
    whole_number(limits.backorder, field="backorder", at_least=0)
    require_open(warehouse)
    item = steps.lock_items([sku])[sku.pk]
    level = steps.level_of(item, warehouse)
    now = Limits(level.safety, level.backorder_limit)
    if now == limits:
        return level
    if now != seen:
        raise Conflict(
            _("Somebody was faster: %(safety)d kept back, %(backorder)d may be owed. Save again to change that.")
            % {"safety": now.safety, "backorder": now.backorder},
            detail={"safety": now.safety, "backorder": now.backorder},
        )
    _require_kept(level, limits)
    level.safety, level.backorder_limit, level.version = limits.safety, limits.backorder, level.version + 1
    level.save(update_fields=["safety", "backorder_limit", "version"])
    steps.tell_stock(Kind.INVENTORY_LIMITS_CHANGED, [item], actor=actor)
    return level


@atomic(durable=True)
def set_low_mark(sku: Sku, low_at: int | None, *, actor: Actor) -> StockItem:
    """The seller wants to know when so many are left of a SKU; None: at the company's own mark. The same again changes
    nothing. Raises NotAllowed without inventory.plan, Refused for a mark below 0."""
    require(policies.can_plan_stock(actor, sku))
    _require_mark(low_at)
    item = steps.lock_items([sku])[sku.pk]
    if item.low_at != low_at:
        item.low_at = low_at
        item.save(update_fields=["low_at"])
        steps.tell_stock(Kind.INVENTORY_LIMITS_CHANGED, [item], actor=actor)
    return item


@atomic(durable=True)
def set_default_low_mark(company: Company, low_at: int | None, *, actor: Actor) -> None:
    """The mark of all SKUs that have none of their own. One event, however many run low by it: they did not change.

    The same again changes nothing. Raises NotAllowed without inventory.plan, Refused for a mark below 0.
    """
    require(policies.can_manage_warehouses(actor, company))
    _require_mark(low_at)
    StockDefaults.objects.bulk_create([StockDefaults(company=company)], ignore_conflicts=True)
    (defaults,) = lock(StockDefaults.objects.of_company(company.pk), what=_("your marks"))
    if defaults.low_at == low_at:
        return
    defaults.low_at = low_at
    defaults.save(update_fields=["low_at"])
    _mark_anew(company)
    said = {"company": company.pk}
    record(Kind.INVENTORY_LOW_MARK_CHANGED, f"company:{company.pk}", version=0, actor=actor, data=said)


def _mark_anew(company: Company) -> None:
    """Only those that change sides are locked, and looked at again under the lock."""
    without = StockItem.objects.of_company(company.pk).filter(low_at=None)
    changed = _changing_sides(list(without))
    items = _changing_sides(lock(without.filter(pk__in=[item.pk for item in changed]), what=_("the stock")))
    for item in items:
        item.is_low = not item.is_low
    without.bulk_update(items, ["is_low"])


def _changing_sides(items: Sequence[StockItem]) -> list[StockItem]:
    left = standings_of([item.pk for item in items])
    return [item for item in items if left[item.pk].is_low(was_low=item.is_low) != item.is_low]


def _require_mark(low_at: int | None) -> None:
    if low_at is not None:
        whole_number(low_at, field="low_at", at_least=0)


def _require_kept(level: StockLevel, limits: Limits) -> None:
    """What is promised already is kept."""
    promised = level.allocated + level.reserved
    short = promised + limits.safety - limits.backorder - level.sellable - level.incoming
    if short > 0:
        raise Refused(
            _("%(promised)d of %(on_hand)d are promised: keep back %(short)d less, or let %(short)d more be owed.")
            % {"promised": promised, "on_hand": level.on_hand, "short": short},
            field="safety" if limits.safety > level.safety else "backorder",
        )
