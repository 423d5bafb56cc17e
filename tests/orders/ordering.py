"""Orders of the cast, placed through the real actions."""

from collections.abc import Mapping
from decimal import Decimal

from backend.catalog.models import Sku
from backend.core.money import UnitPrice
from backend.negotiation.models import Room
from backend.negotiation.terms import OfferedLine
from backend.orders.agreements.actions import accept_offer
from backend.orders.carts.actions import put_in_cart
from backend.orders.models import Order, OrderGroup
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import enquire, new_key, offer

ANY_PRICE = Decimal(1_000_000)


def fill_cart(cast: Cast, quantities: Mapping[Sku, int]) -> None:
    """Puts so many of each into Bea's cart."""
    for sku, quantity in quantities.items():
        put_in_cart(sku, quantity, actor=actor_of(cast.bea))


def place(
    cast: Cast, *, key: str = "k", seen: Mapping[int, Decimal] | None = None, details: Details | None = None
) -> OrderGroup:
    """Bea orders what is in her cart, at whatever it costs if `seen` does not say."""
    prices = seen or dict.fromkeys((cast.mug.pk, cast.plate.pk, cast.kettle.pk), ANY_PRICE)
    return place_orders(cast.cornershop, details or Details(), seen=prices, key=key, actor=actor_of(cast.bea))


def ordered(cast: Cast, quantities: Mapping[Sku, int], *, key: str = "k") -> Order:
    """The one order that this cart becomes."""
    fill_cart(cast, quantities)
    return place(cast, key=key, seen={sku.pk: ANY_PRICE for sku in quantities}).orders.get()


def agreed(cast: Cast, quantities: Mapping[Sku, int], *, net_days: int = 30) -> Order:
    """An accepted order of these at 2.50 each, whose freight of 15.00 was agreed on; no `net_days`: paid in advance."""
    room = Room.objects.with_parties().get(enquiry=enquire(cast, *quantities))
    lines = [OfferedLine(sku.pk, quantity, UnitPrice(Decimal(250))) for sku, quantity in quantities.items()]
    offer(cast, room, lines=lines, net_days=net_days)
    return accept_offer(room, 1, key=new_key(), actor=actor_of(cast.bea))
