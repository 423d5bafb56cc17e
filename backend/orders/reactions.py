"""What becomes of orders when the stock moves (what is owed comes sooner, later, or is there) or a negotiation does."""

from collections.abc import Mapping, Sequence

from backend.core.row_security import across_companies
from backend.events.kinds import Kind
from backend.events.listeners import Reaction, Together
from backend.events.models import Event
from backend.orders.agreements.asking.steps import end_overtaken
from backend.orders.amendments.asking.steps import end_overtaken_changes
from backend.orders.owing.steps import note_owed


def end_what_is_overtaken(event: Event) -> None:
    """A room has moved: what waits as an answer to the offer before comes to nothing, and its goods are free."""
    end_overtaken(event.subject_pk)


def end_what_came_too_late(event: Event) -> None:
    """An order has moved: what waits to change it, and can't be done any more, comes to nothing."""
    end_overtaken_changes(event.subject_pk)


def note_what_is_owed(events: Sequence[Event]) -> None:
    """Looks once at all that waits for these SKUs; told again it finds nothing to change."""
    with across_companies(why="the orders of every buyer wait for the same goods"):
        note_owed({event.subject_pk for event in events})


# Not of what is promised, or sent: neither moves what others wait for.
STOCK_MOVES = dict.fromkeys(
    (
        Kind.INVENTORY_INCOMING_CHANGED,
        Kind.INVENTORY_STOCK_RECEIVED,
        Kind.INVENTORY_STOCK_ADJUSTED,
        Kind.INVENTORY_STOCK_RETURNED,
        Kind.INVENTORY_STOCK_TRANSFERRED,
        Kind.INVENTORY_STOCK_RELEASED,
        Kind.INVENTORY_LIMITS_CHANGED,
    ),
    Together(note_what_is_owed),
)
ROOM_MOVES = dict.fromkeys(
    (
        Kind.NEGOTIATION_OFFER_MADE,
        Kind.NEGOTIATION_OFFER_WITHDRAWN,
        Kind.NEGOTIATION_OFFER_EXPIRED,
        Kind.NEGOTIATION_ROOM_DECLINED,
        Kind.NEGOTIATION_ROOM_NOT_CHOSEN,
        Kind.NEGOTIATION_ENQUIRY_TAKEN_BACK,
    ),
    end_what_is_overtaken,
)
ORDER_MOVES = dict.fromkeys(
    (
        Kind.ORDERS_AMENDMENT_ACCEPTED,
        Kind.ORDERS_AMENDMENT_DECLINED,
        Kind.ORDERS_AMENDMENT_WITHDRAWN,
        Kind.ORDERS_AMENDMENT_EXPIRED,
        Kind.ORDERS_ORDER_CANCELLED,
        Kind.ORDERS_ORDER_COMPLETED,
    ),
    end_what_came_too_late,
)
REACTIONS: Mapping[Kind, Reaction] = {**STOCK_MOVES, **ROOM_MOVES, **ORDER_MOVES}
