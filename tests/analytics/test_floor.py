"""The floor follows the log: every transaction once, in order, and where each open order stands."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.db.transaction import atomic, set_rollback
from pytest_django import DjangoAssertNumQueries

from backend.analytics.floor import queries
from backend.analytics.floor.actions import follow_orders, note_lateness, open_evidence
from backend.analytics.floor.filters import Filters, Only
from backend.analytics.floor.models import THE_ONE, DayTotal, Floor, FloorEntry, Standing
from backend.analytics.floor.states import Stage
from backend.core.errors import NotAllowed
from backend.core.row_security import acting_for
from backend.events import listeners, log
from backend.events.kinds import Kind
from backend.events.models import Event
from backend.logistics.actions import add_tracking, confirm_delivery
from backend.logistics.states import Tracking
from backend.orders.actions import accept_order, cancel_order, decline_order
from backend.orders.models import Order
from backend.orders.states import Step
from tests.cast import Cast, actor_of
from tests.logistics.test_dispatch import NOON, accepted, send
from tests.orders.ordering import ordered

ROOM = "backend.analytics"


def listen() -> None:
    """The floor hears of everything that is committed."""
    log.number_events(10_000)
    while listeners.listen_once(ROOM, listeners.listeners()[ROOM], 1_000):
        pass


def steps() -> list[str]:
    return list(FloorEntry.objects.order_by("seq").values_list("step", flat=True))


def delivered(cast: Cast) -> Order:
    order = accepted(cast, mug=40)
    shipment = send(cast, order, 40)
    add_tracking(shipment.parcels.get(nth=1), Tracking.IN_TRANSIT, NOON, actor=actor_of(cast.wes))
    confirm_delivery(shipment, actor=actor_of(cast.bea))
    return order


def test_every_transaction_is_on_the_floor_once_in_the_order_of_the_log(cast: Cast) -> None:
    order = delivered(cast)
    listen()
    assert steps() == [Step.PLACED, Step.ACCEPTED, Step.DISPATCHED, Step.DELIVERED]
    assert list(FloorEntry.objects.values_list("seq", flat=True)) == [1, 2, 3, 4]
    first = queries.floor_entries_between(THE_ONE, 1, 1)[0]
    assert (first.number, first.seller, first.buyer) == (order.number, "Northfield", "Cornershop")
    assert first.amount == order.total


def test_an_event_that_comes_again_changes_nothing(cast: Cast) -> None:
    delivered(cast)
    listen()
    before = list(FloorEntry.objects.values()), Floor.objects.get().version, list(DayTotal.objects.values())
    follow_orders(list(Event.objects.filter(kind__startswith="orders.").order_by("position")))
    assert (list(FloorEntry.objects.values()), Floor.objects.get().version, list(DayTotal.objects.values())) == before


def test_many_events_are_followed_at_once_and_come_to_what_each_by_itself_does(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(3):
        order = ordered(cast, {cast.mug: 4}, key=str(n))
        accept_order(order, actor=actor_of(cast.sally))
    decline_order(ordered(cast, {cast.mug: 8}, key="declined"), reason="No", actor=actor_of(cast.sally))
    delivered(cast)
    log.number_events()
    followed = listeners.listeners()[ROOM]
    events = [event for event in Event.objects.order_by("position") if event.kind in followed]
    with atomic():
        for event in events:
            follow_orders([event])
        one_by_one = everything()
        set_rollback(True)
    with django_assert_num_queries(11):  # its own savepoint among them
        follow_orders(events)
    assert everything() == one_by_one


def everything() -> object:
    """But for how often the figures were told."""
    places = Standing.objects.order_by("order").values("order", "stage", "since", "entry")
    totals = DayTotal.objects.order_by("day", "step").values("day", "step", "currency", "orders", "amount_minor")
    return list(FloorEntry.objects.values()), list(places), list(totals), Floor.objects.get().position


def test_where_an_order_stands_is_known_until_it_is_done_with(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 40})
    listen()
    assert Standing.objects.get().stage == Stage.WAITING
    accept_order(order, actor=actor_of(cast.sally))
    listen()
    assert Standing.objects.get().stage == Stage.TO_SEND
    shipment = send(cast, order, 40)
    listen()
    assert Standing.objects.get().stage == Stage.IN_TRANSIT
    confirm_delivery(shipment, actor=actor_of(cast.bea))
    listen()
    assert not Standing.objects.exists()


def test_of_a_parcels_way_only_trouble_is_shown_and_the_order_is_stuck_until_it_goes_on(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    parcel = send(cast, order, 40).parcels.get(nth=1)
    wes = actor_of(cast.wes)
    add_tracking(parcel, Tracking.IN_TRANSIT, NOON, actor=wes)
    add_tracking(parcel, Tracking.EXCEPTION, NOON + timedelta(hours=1), actor=wes)
    listen()
    assert steps()[-2:] == [Step.DISPATCHED, Step.TRACKED]
    assert queries.floor_figures(THE_ONE).stuck == 1
    assert [each.step for each in queries.floor_page(Filters(only=Only.STUCK)).entries] == [Step.TRACKED]
    add_tracking(parcel, Tracking.OUT_FOR_DELIVERY, NOON + timedelta(hours=2), actor=wes)
    listen()
    assert queries.floor_figures(THE_ONE).stuck == 0
    assert len(steps()) == 4


@pytest.mark.parametrize("end", ["declined", "cancelled"])
def test_what_comes_to_nothing_is_shown_and_waited_for_no_more(cast: Cast, end: str) -> None:
    order = ordered(cast, {cast.mug: 40})
    if end == "declined":
        decline_order(order, reason="No", actor=actor_of(cast.sally))
    else:
        cancel_order(order, actor=actor_of(cast.bea))
    listen()
    assert steps() == [Step.PLACED, end]
    assert not Standing.objects.exists()


def test_the_figures_add_up_what_was_ordered_today_and_what_waits(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    total = sum(ordered(cast, {cast.mug: n}, key=str(n)).total.amount_minor for n in (4, 8))
    listen()
    with django_assert_num_queries(3):
        figures = queries.floor_figures(THE_ONE)
    assert (figures.orders_today, figures.waiting, figures.late, figures.stuck) == (2, 2, 0, 0)
    assert [(each.orders, each.amount.amount_minor) for each in figures.today] == [(2, total)]


def test_the_clock_alone_makes_an_order_late_and_tells_so_once(cast: Cast) -> None:
    ordered(cast, {cast.mug: 4})
    listen()
    assert not note_lateness()
    Standing.objects.update(since=F("since") - timedelta(hours=2))
    assert note_lateness()
    assert not note_lateness()
    assert queries.floor_figures(THE_ONE).late == 1
    assert Event.objects.filter(kind=Kind.ANALYTICS_FLOOR_MOVED).count() == 2
    assert [each.step for each in queries.floor_page(Filters(only=Only.LATE)).entries] == [Step.PLACED]


def test_filters_narrow_the_floor_and_pages_go_backwards_without_a_gap(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = ordered(cast, {cast.mug: 4})
    big = ordered(cast, {cast.mug: 100}, key="big")
    accept_order(order, actor=actor_of(cast.sally))
    listen()
    with django_assert_num_queries(2):
        assert len(queries.floor_page(Filters()).entries) == 3
    found = {
        "step": queries.floor_page(Filters(step=Step.ACCEPTED)),
        "company": queries.floor_page(Filters(company="corner")),
        "nobody": queries.floor_page(Filters(company="eastwick")),
        "amount": queries.floor_page(Filters(amount_from=Decimal("200.5"))),
        "currency": queries.floor_page(Filters(currency="EUR")),
        "until": queries.floor_page(Filters(), until=2),
        "before": queries.floor_page(Filters(), before=2),
    }
    seqs = {name: [each.seq for each in page.entries] for name, page in found.items()}
    assert seqs == {
        "step": [3],
        "company": [3, 2, 1],
        "nobody": [],
        "amount": [2],
        "currency": [],
        "until": [2, 1],
        "before": [1],
    }
    assert found["amount"].entries[0].number == big.number
    assert queries.held_back(Filters(), 1) == 2
    assert [each.seq for each in queries.every_entry(Filters(), until=2)] == [2, 1]


def test_an_operator_who_opens_an_order_leaves_a_trace(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 4})
    olga = actor_of(cast.olga)
    assert open_evidence(order.pk, actor=olga) == order
    trace = Event.objects.get(kind=Kind.ANALYTICS_EVIDENCE_OPENED)
    assert (trace.subject, trace.actor_id, trace.company_id) == (order.subject, cast.olga.pk, cast.platform.pk)
    assert open_evidence(0, actor=olga) is None


def test_nobody_but_an_operator_opens_another_companys_order(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 4})
    for user in (cast.otto, cast.nora, cast.bea):
        with pytest.raises(NotAllowed):
            open_evidence(order.pk, actor=actor_of(user))


def test_postgresql_shows_the_floors_rows_to_their_companies_alone(cast: Cast) -> None:
    ordered(cast, {cast.mug: 4})
    listen()
    rows = FloorEntry.objects.all()
    for company, seen in ((cast.northfield, 1), (cast.cornershop, 1), (cast.eastwick, 0)):
        with acting_for(company.pk):
            assert rows.count() == seen
