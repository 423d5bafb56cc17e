"""Standing orders as a company's people see them. Each says how many queries it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.accounts.actor import Actor
from backend.orders.models import Order, StandingOrder, StandingRun
from backend.orders.standing.states import GOING_ON, NEWS

SHOWN_RUNS = 30


@dataclass(frozen=True, slots=True)
class StandingView:
    """One of them, with what became of its days, the newest first."""

    standing: StandingOrder
    runs: Sequence[StandingRun]
    orders: Mapping[int, Sequence[Order]]
    """By their group."""

    @property
    def asked(self) -> StandingRun | None:
        return next((run for run in self.runs if run.outcome == "asked"), None)


def standing_orders(actor: Actor) -> Sequence[StandingOrder]:
    """The company's, those that go on first, by their next day. One query."""
    found = StandingOrder.objects.visible_to(actor).select_related("set_up_by", "template")
    return sorted(found, key=lambda each: (each.state not in GOING_ON, each.next_on, each.pk))


def standing_view(standing: StandingOrder, rows: slice = slice(SHOWN_RUNS)) -> StandingView:
    """Two queries."""
    runs = list(standing.runs.order_by("-due_on")[rows])
    orders: dict[int, list[Order]] = {}
    groups = [run.group_id for run in runs if run.group_id]
    for order in Order.objects.bought_by(standing.company_id).filter(group__in=groups).with_parties().order_by("pk"):
        orders.setdefault(order.group_id, []).append(order)
    return StandingView(standing, runs, orders)


def news(actor: Actor) -> Sequence[StandingRun]:
    """What somebody of the company has to look at, the newest first. One query."""
    seen = StandingOrder.objects.visible_to(actor)
    runs = StandingRun.objects.scoped(standing__in=seen, outcome__in=NEWS, is_seen=False)
    return list(runs.select_related("standing").order_by("-at", "-pk")[:SHOWN_RUNS])
