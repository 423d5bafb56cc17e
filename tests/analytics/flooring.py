"""What the log tells the floor, without anybody numbering it."""

from backend.analytics.floor.actions import follow_orders
from backend.analytics.floor.models import THE_ONE, Floor
from backend.events.models import Event
from backend.orders.models import Order


def put_on_floor(order: Order) -> None:
    """The newest entry of an order's timeline is followed, as the next event of the log."""
    order.refresh_from_db()
    last = Floor.objects.filter(pk=THE_ONE).values_list("position", flat=True).first() or 0
    follow_orders([Event(subject=order.subject, data={"seq": order.last_seq}, position=last + 1)])
