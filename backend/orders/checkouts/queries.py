"""What is reserved for a cart whose buyer is about to order it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from backend.core.written import fetch
from backend.orders.carts.priced import CartView

_HELD = """
SELECT line, quantity, expires_at FROM inventory_hold
WHERE subject = %(subject)s AND expires_at > statement_timestamp() ORDER BY expires_at
"""


@dataclass(frozen=True, slots=True)
class ReservationView:
    """Until when a cart's goods are reserved, and the codes of those that are not, or not all of them."""

    until: datetime | None = None
    """None: nothing is."""
    unreserved: Collection[str] = ()


def reservation_of(cart: CartView) -> ReservationView:
    """What is reserved for a cart now, by the database's clock. One query."""
    rows = fetch(_HELD, {"subject": f"checkout:{cart.pk}"})
    units: dict[int, int] = {}
    for line, quantity, _until in rows:
        units[line] = units.get(line, 0) + quantity
    if not rows:
        return ReservationView()
    missing = [line.goods.code for line in cart.lines if units.get(line.pk, 0) < line.quantity]
    return ReservationView(rows[0][2], missing)
