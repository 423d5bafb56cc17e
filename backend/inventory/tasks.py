"""Jobs of the stock room."""

import logging

from procrastinate.contrib.django import app

from backend.inventory.reconcile import drift

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="reconcile_stock", pass_context=False)
def reconcile_stock(timestamp: int) -> int:
    """Every minute: how many levels drifted from their moves, each of them in the log as an error."""
    drifted = drift()
    for level in drifted:
        logger.error("stock level %s says %s, its moves say %s", level.level_id, level.on_hand, level.moved)
    return len(drifted)
