"""Goods are ordered when stock runs low, and come in later: a full shelf, an empty one, a delivery in between."""

import logging
from collections.abc import Collection, Iterable, Mapping

from django.db.models import F, Sum

from backend.core.errors import Denied
from backend.inventory.actions import receive_stock
from backend.inventory.models import StockLevel
from backend.inventory.steps import Line
from backend.market.models import Delivery
from backend.market.simulator.chance import between, chance
from backend.market.simulator.stalls import Stall

logger = logging.getLogger(__name__)

# Goods are ordered when less is left than sells in so many tenths of a week. Which of these a product has is chance,
# but always the same one: some makers are careful, others run out.
ORDER_AT_TENTHS = (2, 5, 10)
# They come in after so many lines of the stream, on which about a thousand make a trading day.
LEAST_LEAD, MOST_LEAD = 200, 2500
LEAST_WEEKS, MOST_WEEKS = 3, 7


def units_left(stalls: Iterable[Stall]) -> dict[int, int]:
    """Units that can still be sold, by SKU. One query."""
    ids = [stall.sku.pk for stall in stalls]
    available = F("on_hand") - F("expired") - F("allocated") - F("reserved") - F("safety")
    rows = StockLevel.objects.of_skus(ids).order_by().values_list("item").annotate(left=Sum(available))
    return dict.fromkeys(ids, 0) | dict(rows)


def order_low(stalls: Collection[Stall], step: int, missed: Mapping[int, int] | None = None) -> None:
    """Orders what is low, and no delivery of it on its way. Two queries, and one for each that is ordered.

    `missed` is what a buyer wanted and did not get, by SKU.
    """
    wanted = missed or {}
    left = units_left(stalls)
    coming = set(Delivery.objects.filter(sku__in=left).values_list("sku_id", flat=True))
    for stall in stalls:
        pk = stall.sku.pk
        if pk not in coming and (pk in wanted or left[pk] <= _order_at(stall)):
            _order(stall, step, wanted.get(pk, 0))


def take_in(stalls: Mapping[int, Stall], step: int) -> int:
    """Takes in every delivery that is due, and says how many; a delivery taken in twice counts once."""
    due = list(Delivery.objects.filter(due_step__lte=step).order_by("due_step", "pk"))
    for delivery in due:
        if stall := stalls.get(delivery.sku_id):
            _receive(stall, delivery)
        delivery.delete()
    return len(due)


def _receive(stall: Stall, delivery: Delivery) -> None:
    """What the seller's people have changed meanwhile may make it impossible; the market goes on without it."""
    number = f"D-{delivery.pk:06}"
    lines = [Line(stall.sku, delivery.quantity)]
    try:
        receive_stock(lines, stall.warehouse, reference=number, key=f"market:{number}", actor=stall.actor)
    except Denied as denied:
        logger.info("%s: %s", number, denied)


def _order(stall: Stall, step: int, missed: int) -> None:
    weeks = between(f"{stall.sku.code}/{step}/weeks", LEAST_WEEKS, MOST_WEEKS)
    lead = between(f"{stall.sku.code}/{step}/lead", LEAST_LEAD, MOST_LEAD)
    quantity = stall.full_cases(max(1, weeks * stall.weekly + missed))
    Delivery.objects.get_or_create(sku=stall.sku, defaults={"quantity": quantity, "due_step": step + lead})


def _order_at(stall: Stall) -> int:
    tenths = ORDER_AT_TENTHS[chance(stall.sku.code, len(ORDER_AT_TENTHS))]
    return stall.weekly * tenths // 10
