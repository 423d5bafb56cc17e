"""What became of an enquiry."""

from collections.abc import Sequence

from backend.accounts.actor import Actor
from backend.orders.models import Order


def orders_of_enquiry(actor: Actor, enquiry_id: int) -> Sequence[Order]:
    """What was ordered by it, of whom. One query."""
    found = Order.objects.visible_to(actor).filter(agreement__room__enquiry=enquiry_id)
    return list(found.select_related("seller").order_by("pk"))
