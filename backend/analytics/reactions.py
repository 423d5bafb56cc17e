"""The floor hears of every order, in the order of the log."""

from backend.analytics.floor.actions import follow_orders
from backend.events.listeners import Together
from backend.orders.steps import KIND_OF

REACTIONS = dict.fromkeys(KIND_OF.values(), Together(follow_orders))
