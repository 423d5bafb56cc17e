"""How much of a shelf is kept back, and how much more than lies there may be ordered from it."""

from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.core.errors import Conflict, Refused
from backend.core.quantity import whole_number
from backend.events.kinds import Kind
from backend.events.log import record
from backend.inventory import policies, steps
from backend.inventory.guards import require, require_open, require_own
from backend.inventory.models import StockLevel, Warehouse
from backend.inventory.settling import settle


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
    data = settle(item)
    record(Kind.INVENTORY_LIMITS_CHANGED, f"stock_level:{sku.pk}", version=item.version, actor=actor, data=data)
    return level


def _require_kept(level: StockLevel, limits: Limits) -> None:
    """What is promised already is kept."""
    promised = level.allocated + level.reserved
    short = promised + limits.safety - limits.backorder - level.on_hand
    if short > 0:
        raise Refused(
            _("%(promised)d of %(on_hand)d are promised: keep back %(short)d less, or let %(short)d more be owed.")
            % {"promised": promised, "on_hand": level.on_hand, "short": short},
            field="safety" if limits.safety > level.safety else "backorder",
        )
