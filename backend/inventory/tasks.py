"""Jobs of the stock room."""

import logging

from procrastinate.contrib.django import app

from backend.accounts.actor import ANONYMOUS
from backend.core.errors import Busy
from backend.inventory.drifting.actions import note_drift
from backend.inventory.holds.actions import release_lapsed
from backend.inventory.holds.queries import lapsed_skus
from backend.inventory.incoming.actions import pass_overdue
from backend.inventory.lots.actions import pass_best_before
from backend.inventory.reconcile import drift

AT_ONCE = 200
logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="reconcile_stock", pass_context=False)
def reconcile_stock(timestamp: int) -> int:
    """Every minute: how many counters drifted from their moves and holds; operators see each until it is mended."""
    drifted = drift()
    note_drift(drifted)
    for level in drifted:
        logger.error(
            "%s of stock level or transfer line %s says %s and adds up to %s",
            level.counter,
            level.pk,
            level.says,
            level.adds_up_to,
        )
    return len(drifted)


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="sweep_lapsed_holds", pass_context=False)
def sweep_lapsed_holds(timestamp: int) -> int:
    """Every 5 s: what was held and has lapsed, of at most AT_ONCE SKUs, is shown as free; returns of how many."""
    skus = lapsed_skus(AT_ONCE)
    try:
        if skus:
            release_lapsed(skus, actor=ANONYMOUS)
    except Busy:
        logger.info("%d SKUs with lapsed holds are being changed: they are looked at again", len(skus))
        return 0
    return len(skus)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="pass_overdue", pass_context=False)
def pass_overdue_deliveries(timestamp: int) -> int:
    """Every five minutes: what did not come by its day is announced to no buyer any more; returns of how many SKUs."""
    return pass_overdue(actor=ANONYMOUS)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="pass_best_before", pass_context=False)
def pass_best_before_days(timestamp: int) -> int:
    """Every five minutes: lots that are past their day are offered to nobody any more; returns of how many SKUs."""
    return pass_best_before(actor=ANONYMOUS)
