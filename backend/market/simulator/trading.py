"""One line of the play: sold, brought back, or lost because too little was left."""

import logging
from enum import StrEnum

from backend.core.errors import NotAllowed, Refused
from backend.inventory.actions import return_stock, sell_stock
from backend.market.models import LostSale
from backend.market.simulator.restocking import order_if_low
from backend.market.simulator.script import Step
from backend.market.simulator.stalls import Stall

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    SOLD = "sold"
    RETURNED = "returned"
    LOST = "lost"
    SKIPPED = "skipped"


def trade(step: Step, stall: Stall) -> Outcome:
    """Replays a step. Replayed again it changes nothing more: its reference sells, returns or is lost once."""
    try:
        return _bring_back(step, stall) if step.line.is_return else _sell(step, stall)
    except NotAllowed as refusal:
        logger.warning("%s: %s", step.reference, refusal)
        return Outcome.SKIPPED


def _sell(step: Step, stall: Stall) -> Outcome:
    """Sells what was ordered, up to the next quantity that may be ordered: all of it or nothing."""
    units = stall.sku.order_rule.nearest(-(-step.line.quantity // stall.eaches))
    try:
        sell_stock(stall.sku, units, reference=step.reference, actor=stall.actor)
    except Refused:
        _lose(step, stall, units)
        order_if_low(stall, step.number, missed=units)
        return Outcome.LOST
    order_if_low(stall, step.number)
    return Outcome.SOLD


def _lose(step: Step, stall: Stall, units: int) -> None:
    wanted = {"sku": stall.sku, "retailer": step.line.retailer, "lap": step.lap, "quantity": units}
    LostSale.objects.get_or_create(reference=step.reference, defaults=wanted)


def _bring_back(step: Step, stall: Stall) -> Outcome:
    """Puts full units back. Nobody brings back what they did not get."""
    units = -step.line.quantity // stall.eaches
    if units == 0 or _missed_it(step, stall):
        return Outcome.SKIPPED
    return_stock(stall.sku, units, stall.warehouse, reference=step.reference, actor=stall.actor)
    return Outcome.RETURNED


def _missed_it(step: Step, stall: Stall) -> bool:
    return LostSale.objects.filter(retailer=step.line.retailer, sku=stall.sku, lap=step.lap).exists()
