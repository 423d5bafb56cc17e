"""What the clock does to holds."""

from collections.abc import Collection

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.events.kinds import Kind
from backend.inventory.holds.steps import lock_stock, settle_stock


@atomic(durable=True)
def release_lapsed(sku_ids: Collection[int], *, actor: Actor) -> None:
    """Tells everybody that what was held of these SKUs and has lapsed is free again. Raises Busy.

    Nobody needs it to buy: whoever locks a SKU ends what has lapsed of it. Sent twice it only tells twice.
    """
    stock = lock_stock(sku_ids, what=_("stock that was held"))
    settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)
