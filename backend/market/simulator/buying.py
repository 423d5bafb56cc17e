"""An invoice of the stream becomes a cart, and the cart an order of each seller, as a shop's own people would do it."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum

from backend.core.errors import Denied
from backend.core.row_security import acting_for
from backend.market.simulator.restocking import order_low, units_left
from backend.market.simulator.script import Invoice
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall
from backend.orders.carts.actions import put_all_in_cart, put_in_cart
from backend.orders.carts.priced import CartView
from backend.orders.carts.queries import lines_of, read_cart
from backend.orders.models import Order
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details

# Others buy, too: between the look at the cart and the order the last of something may have gone.
LOOKS = 3
logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What has become of an invoice."""

    ORDERED = "ordered"
    LOST = "lost"
    BROUGHT_BACK = "brought back"
    SKIPPED = "skipped"


def buy(invoice: Invoice, shop: Shop, stalls: Mapping[str, Stall], step: int) -> Outcome:
    """Orders what the invoice names, under its reference as PO number. Replayed again it orders nothing more.

    What may not be ordered goes up to the next quantity that may. What is not there in full is a lost sale: it is left
    out, and its maker orders more of it.
    """
    wanted = units_wanted(invoice, stalls)
    if not wanted or is_ordered(invoice, shop):
        return Outcome.SKIPPED
    left = units_left(wanted)
    missed = {stall.sku.pk: units for stall, units in wanted.items() if units > left[stall.sku.pk]}
    there = {stall: units for stall, units in wanted.items() if stall.sku.pk not in missed}
    is_placed = _order(invoice, shop, there)
    order_low(wanted, step, missed)
    return Outcome.ORDERED if is_placed else Outcome.LOST


def units_wanted(invoice: Invoice, stalls: Mapping[str, Stall]) -> Mapping[Stall, int]:
    """What the invoice's lines come to in units of sale, each that is for sale once."""
    eaches: Counter[str] = Counter()
    for line in invoice.lines:
        eaches[line.code] += line.quantity
    found = {stalls[code]: quantity for code, quantity in eaches.items() if code in stalls}
    return {stall: stall.sku.order_rule.nearest(-(-quantity // stall.eaches)) for stall, quantity in found.items()}


def is_ordered(invoice: Invoice, shop: Shop) -> bool:
    with acting_for(shop.company.pk):
        return Order.objects.bought_by(shop.company.pk).filter(po_number=invoice.reference).exists()


def _order(invoice: Invoice, shop: Shop, wanted: Mapping[Stall, int]) -> bool:
    """Whether anything could be ordered."""
    try:
        put_all_in_cart({stall.sku: units for stall, units in wanted.items()}, actor=shop.actor)
        return _place(invoice, shop, {stall.sku.pk for stall in wanted})
    except Denied as denied:
        logger.info("%s: %s", invoice.reference, denied)
        return False


def _place(invoice: Invoice, shop: Shop, wanted: Collection[int]) -> bool:
    details = Details(po_number=invoice.reference, ship_to=shop.address)
    short: Collection[int] = ()
    for _look in range(LOOKS):
        cart = _cleared(shop, wanted, short)
        if not cart.lines:
            return False
        seen = {line.goods.pk: line.priced.unit_price.minor for line in cart.lines if line.priced}
        try:
            place_orders(shop.company, details, seen=seen, key=f"market:{invoice.reference}", actor=shop.actor)
        except Denied as denied:
            logger.info("%s: %s", invoice.reference, denied)
            left = denied.detail.get("left", {})
            short = left if isinstance(left, dict) else ()
        else:
            return True
    _cleared(shop, (), ())
    return False


def _cleared(shop: Shop, wanted: Collection[int], short: Collection[int]) -> CartView:
    """The shop's cart with nothing in it that nobody wants any more, or that can't be ordered as it stands."""
    with acting_for(shop.company.pk):
        cart = read_cart(shop.actor, shop.company)
        bad = [line.pk for part in cart.parts for line in part.lines
               if line.trouble or part.missing or line.goods.pk in short or line.goods.pk not in wanted]  # fmt: skip
        skus = [line.sku for line in lines_of(shop.actor).filter(pk__in=bad)] if bad else []
    for sku in skus:
        put_in_cart(sku, 0, actor=shop.actor)
    return _cleared(shop, wanted, ()) if bad else cart
