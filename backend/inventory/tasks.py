"""Jobs of the stock room."""

import logging

from procrastinate.contrib.django import app

from backend.inventory.reconcile import drift

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="reconcile_stock", pass_context=False)
def reconcile_stock(timestamp: int) -> int:
    """Every minute: how many counters drifted from their moves and holds, each of them in the log as an error."""
    drifted = drift()
    for level in drifted:
        logger.error(
            "%s of stock level %s says %s and adds up to %s",
            level.counter,
            level.level_id,
            level.says,
            level.adds_up_to,
        )
    return len(drifted)
