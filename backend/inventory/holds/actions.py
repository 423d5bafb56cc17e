"""What is held before it is ordered, and what the clock does to it."""

from collections.abc import Collection, Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import ANONYMOUS, Actor
from backend.core.combining import Combiner
from backend.core.locking import require_outermost
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Part
from backend.inventory.holds.steps import Answer, hold_all, lock_stock, settle_stock
from backend.inventory.holds.wishes import Wish

TOGETHER = 64
"""Wishes in one transaction at most."""


def reserve_stock(wish: Wish) -> Sequence[Part]:
    """Holds all that is wished in a transaction of its own, in place of whatever its subject held before.

    Those that wish at the same moment in this process share a transaction, in their order, and each gets their own
    answer: a SKU that everybody wants is locked, and told of, once for all of them. Who holds it stands in the holds;
    the event names nobody. Raises Short, or Refused for what its LIMITS refuse: then the subject holds nothing. Raises
    RuntimeError inside a transaction.
    """
    require_outermost("reserve_stock")
    answer = _reserving.ask(wish)
    if callable(answer):
        raise answer()
    return answer


@atomic(durable=True)
def _reserve_together(wishes: Sequence[Wish]) -> Sequence[Answer]:
    skus = {demand.sku_id for wish in wishes for demand in wish.demands}
    stock = lock_stock(skus, freeing=[wish.subject for wish in wishes])
    answers = hold_all(stock, wishes)
    if stock.ended or not all(map(callable, answers)):
        settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=ANONYMOUS)
    return answers


_reserving = Combiner(_reserve_together, most=TOGETHER, alone=lambda wish: wish.subject)


@atomic(durable=True)
def release_lapsed(sku_ids: Collection[int], *, actor: Actor) -> None:
    """Tells everybody that what was held of these SKUs and has lapsed is free again. Raises Busy.

    Nobody needs it to buy: whoever locks a SKU ends what has lapsed of it. Sent twice it tells nothing more.
    """
    stock = lock_stock(sku_ids, what=_("stock that was held"))
    if stock.ended:
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)
