"""Standing orders: on their day, once, as the person who set them up, at no price that nobody agreed to."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from backend.accounts.actions import remove_member
from backend.catalog.models import SellerTerms, Sku, TierPrice
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.orders.models import (
    ApprovalRule,
    Cart,
    CartLine,
    Order,
    OrderTemplate,
    Requisition,
    StandingOrder,
    StandingRun,
)
from backend.orders.placing.details import Details
from backend.orders.reordering.actions import remove_template
from backend.orders.standing.actions import (
    answer_run,
    change_standing_order,
    end_standing_order,
    mark_seen,
    pause_standing_order,
    resume_standing_order,
    set_up_standing_order,
    skip_next,
)
from backend.orders.standing.running.worker import run_standing_order
from backend.orders.standing.schedule import Schedule
from backend.orders.standing.states import Every, Outcome, Standing
from backend.orders.standing.steps import today
from backend.orders.tasks import place_standing_orders
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.orders.ordering import fill_cart
from tests.orders.requisitions.asking import rule
from tests.orders.test_reordering import keep

TO = {"recipient": "Corner Shop", "street": "1 High Street", "city": "Leeds", "postcode": "LS1 1AA", "country": "GB"}


def set_up(cast: Cast, template: OrderTemplate | None = None, *, limit: int = 0, n: int = 7) -> StandingOrder:
    """Bea has 12 mugs ordered every week from today on."""
    return set_up_standing_order(
        cast.cornershop,
        template or keep(cast, {cast.mug: 12}),
        Schedule(today(), Every.DAYS, n),
        Details(po_number="STANDING", ship_to=TO, only_whole=True),
        limit_percent=limit,
        key="set up",
        actor=actor_of(cast.bea),
    )


def days_pass(standing: StandingOrder, days: int) -> None:
    """As if it had been set up so long ago."""
    earlier = timedelta(days=days)
    row = StandingOrder.objects.get(pk=standing.pk)
    StandingOrder.objects.filter(pk=standing.pk).update(first_on=row.first_on - earlier, next_on=row.next_on - earlier)
    for run in StandingRun.objects.filter(standing=standing).order_by("due_on"):
        StandingRun.objects.filter(pk=run.pk).update(due_on=run.due_on - earlier)


def outcomes(standing: StandingOrder) -> list[tuple[str, str]]:
    start = StandingOrder.objects.get(pk=standing.pk).first_on
    runs = StandingRun.objects.filter(standing=standing).order_by("due_on")
    return [(f"+{(run.due_on - start).days}", run.outcome) for run in runs]


def next_in(standing: StandingOrder) -> int:
    """In how many days it is next due."""
    return (StandingOrder.objects.get(pk=standing.pk).next_on - today()).days


def work() -> int:
    return place_standing_orders(0)


# --- On its day ------------------------------------------------------------------------------------------------------
def test_on_its_day_it_is_ordered_and_the_persons_own_cart_is_left_alone(cast: Cast) -> None:
    standing = set_up(cast)
    fill_cart(cast, {cast.plate: 12})
    assert work() == 1
    order = Order.objects.get()
    assert (order.buyer, order.po_number, order.ship_to, order.only_whole, order.lines.get().quantity) == (
        cast.cornershop, "STANDING", TO, True, 12,
    )  # fmt: skip
    assert order.group.placed_by == cast.bea
    assert CartLine.objects.get().sku == cast.plate
    assert (outcomes(standing), next_in(standing)) == ([("+0", "placed")], 7)
    assert StandingRun.objects.get().group == order.group
    assert work() == 0, "once a day"


def test_before_its_day_nothing_happens(cast: Cast) -> None:
    set_up(cast)
    StandingOrder.objects.update(first_on=today() + timedelta(days=1), next_on=today() + timedelta(days=1))
    assert (work(), Order.objects.count()) == (0, 0)


def test_after_a_standstill_it_is_ordered_once_and_late_and_the_days_between_are_told(cast: Cast) -> None:
    standing = set_up(cast)
    work()
    days_pass(standing, 24)
    assert work() == 1
    assert outcomes(standing) == [("+0", "placed"), ("+7", "missed"), ("+14", "missed"), ("+21", "placed")]
    assert (Order.objects.count(), next_in(standing)) == (2, 4)


def test_what_was_ordered_but_not_written_down_is_not_ordered_again(cast: Cast) -> None:
    """The worker was killed between the two."""
    standing = set_up(cast)
    work()
    StandingRun.objects.update(outcome=Outcome.RUNNING, group=None)
    assert work() == 1
    assert (Order.objects.count(), outcomes(standing)) == (1, [("+0", "placed")])
    assert StandingRun.objects.get().group == Order.objects.get().group


def test_set_up_twice_by_one_form_it_is_one(cast: Cast) -> None:
    template = keep(cast, {cast.mug: 12})
    assert set_up(cast, template) == set_up(cast, template)


# --- What keeps it from it -------------------------------------------------------------------------------------------
def test_what_is_not_for_sale_is_refused_with_why_and_tried_again_on_the_next_day(cast: Cast) -> None:
    standing = set_up(cast)
    Sku.objects.filter(pk=cast.mug.pk).update(listed=False)
    assert work() == 0
    run = StandingRun.objects.get()
    assert (run.outcome, run.is_seen) == (Outcome.REFUSED, False)
    assert "85123A is no longer for sale" in run.why
    assert work() == 0
    Sku.objects.filter(pk=cast.mug.pk).update(listed=True)
    days_pass(standing, 7)
    assert work() == 1
    assert outcomes(standing) == [("+0", "refused"), ("+7", "placed")]
    mark_seen(standing, actor=actor_of(cast.carl))
    assert StandingRun.objects.filter(is_seen=False).count() == 0


@pytest.mark.parametrize(
    ("price", "limit", "outcome"),
    [(303, 0, "asked"), (303, 3, "placed"), (304, 3, "asked"), (295, 0, "placed"), (200, 0, "placed")],
)
def test_no_price_is_paid_that_nobody_agreed_to(cast: Cast, price: int, limit: int, outcome: str) -> None:
    """2.95 was agreed: 3 percent more are 3.0385."""
    standing = set_up(cast, limit=limit)
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(price))
    work()
    assert outcomes(standing) == [("+0", outcome)]


def test_no_other_currency_is_taken_for_the_one_that_was_agreed(cast: Cast) -> None:
    standing = set_up(cast)
    SellerTerms.objects.create(company=cast.northfield, currency="EUR")
    TierPrice.objects.filter(sku=cast.mug).update(currency="EUR")
    assert work() == 0
    assert "takes EUR, not GBP" in StandingRun.objects.get(standing=standing).why


def test_whoever_is_asked_orders_at_the_new_price_or_leaves_it_out(cast: Cast) -> None:
    standing = set_up(cast)
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(310))
    work()
    run = StandingRun.objects.get()
    assert (run.rose, StandingOrder.objects.get().state) == ([cast.mug.pk], Standing.ASKING)
    days_pass(standing, 8)
    assert work() == 0, "while it waits for an answer nothing is ordered"
    answer_run(run, accepts=True, actor=actor_of(cast.carl))
    answer_run(run, accepts=False, actor=actor_of(cast.carl))
    assert work() == 1
    assert (outcomes(standing), next_in(standing)) == ([("+0", "placed")], 6)
    assert StandingOrder.objects.get().agreed == {str(cast.mug.pk): "310.0000"}


def test_left_out_it_goes_on(cast: Cast) -> None:
    standing = set_up(cast)
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(310))
    work()
    answer_run(StandingRun.objects.get(), accepts=False, actor=actor_of(cast.bea))
    assert (work(), outcomes(standing), next_in(standing)) == (0, [("+0", "skipped")], 7)


def test_whoever_may_not_order_any_more_has_no_standing_orders(cast: Cast) -> None:
    standing = set_up(cast)
    remove_member(cast.bea.memberships.select_related("company").get(), actor=actor_of(cast.carl))
    assert work() == 0
    standing.refresh_from_db()
    assert (standing.state, outcomes(standing)) == (Standing.STOPPED, [("+0", "refused")])
    assert "may not order for your company any more" in standing.why
    days_pass(standing, 14)
    assert (work(), Order.objects.count()) == (0, 0)


def test_what_needs_an_approval_waits_for_it_and_is_asked_for_once(cast: Cast) -> None:
    rule(cast)
    standing = set_up(cast)
    assert work() == 1
    asked = Requisition.objects.get()
    run = StandingRun.objects.get()
    assert (run.outcome, run.requisition, Order.objects.count()) == (Outcome.REQUESTED, asked, 0)
    StandingRun.objects.update(outcome=Outcome.RUNNING, requisition=None)
    ApprovalRule.objects.all().delete()
    assert work() == 1, "the worker was killed before it wrote that down"
    assert (Requisition.objects.count(), Order.objects.count()) == (1, 0)
    assert outcomes(standing) == [("+0", "requested")]


# --- In people's hands -----------------------------------------------------------------------------------------------
def test_paused_it_waits_and_resumed_it_makes_up_for_nothing(cast: Cast) -> None:
    standing = set_up(cast)
    pause_standing_order(standing, actor=actor_of(cast.carl))
    pause_standing_order(standing, actor=actor_of(cast.carl))
    days_pass(standing, 10)
    assert work() == 0
    resume_standing_order(standing, actor=actor_of(cast.carl))
    assert (work(), outcomes(standing), next_in(standing)) == (0, [], 4)


def test_one_day_is_skipped_and_the_next_one_comes(cast: Cast) -> None:
    standing, actor = set_up(cast), actor_of(cast.bea)
    on = standing.next_on
    skip_next(standing, on=on, actor=actor)
    skip_next(standing, on=on, actor=actor)
    assert (work(), outcomes(standing), next_in(standing)) == (0, [("+0", "skipped")], 7)
    with pytest.raises(Conflict, match="another one meanwhile"):
        skip_next(standing, on=on + timedelta(days=1), actor=actor)


def test_its_template_stays(cast: Cast) -> None:
    standing = set_up(cast)
    with pytest.raises(Refused, match="is the template of a standing order"):
        remove_template(standing.template, actor=actor_of(cast.bea))


def test_ended_it_is_over(cast: Cast) -> None:
    standing, actor = set_up(cast), actor_of(cast.bea)
    end_standing_order(standing, actor=actor)
    end_standing_order(standing, actor=actor)
    assert work() == 0
    with pytest.raises(Refused, match="is over"):
        resume_standing_order(standing, actor=actor)
    with pytest.raises(Refused, match="is over"):
        skip_next(standing, on=standing.next_on, actor=actor)


@pytest.mark.parametrize(
    ("first", "every", "n", "limit", "field"),
    [(-1, "days", 7, 0, "first_on"), (0, "days", 0, 0, "n"), (0, "days", 366, 0, "n"), (0, "weeks", 53, 0, "n"),
     (0, "months", 1, 101, "limit_percent"), (0, "months", 1, -1, "limit_percent")],
)  # fmt: skip
def test_a_schedule_that_cannot_be_is_refused(
    cast: Cast, first: int, every: str, n: int, limit: int, field: str
) -> None:
    schedule = Schedule(today() + timedelta(days=first), Every(every), n)
    with pytest.raises(Refused) as refused:
        set_up_standing_order(
            cast.cornershop, keep(cast, {}), schedule, Details(), limit_percent=limit, key="s",
            actor=actor_of(cast.bea),
        )  # fmt: skip
    assert refused.value.field == field


def test_whoever_does_not_order_touches_none(cast: Cast) -> None:
    standing, stranger = set_up(cast), actor_of(cast.otto)
    on: date = standing.next_on
    acts: list[Callable[[], object]] = [
        lambda: pause_standing_order(standing, actor=stranger),
        lambda: resume_standing_order(standing, actor=stranger),
        lambda: end_standing_order(standing, actor=stranger),
        lambda: skip_next(standing, on=on, actor=stranger),
        lambda: mark_seen(standing, actor=stranger),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


# --- Two workers at once ---------------------------------------------------------------------------------------------
@pytest.fixture
def market(transactional_db: None) -> Cast:
    return make_cast()


def test_workers_at_once_order_a_day_once(market: Cast, at_once: AtOnce) -> None:
    standing = set_up(market)
    results = at_once([lambda: run_standing_order(StandingOrder.objects.get(pk=standing.pk)) for _ in range(6)])
    assert not [each for each in results if isinstance(each, Exception)]
    assert (Order.objects.count(), outcomes(standing)) == (1, [("+0", "placed")])
    assert Cart.objects.filter(standing=standing).count() == 1


# --- Changing its terms ----------------------------------------------------------------------------------------------
def change(
    cast: Cast, standing: StandingOrder, first: date, *, n: int = 2, version: int | None = None
) -> StandingOrder:
    """Bea has it ordered every so many weeks from a day on."""
    return change_standing_order(
        standing, Schedule(first, Every.WEEKS, n), Details(po_number="NEW", ship_to=TO),
        limit_percent=9, version=standing.version, actor=actor_of(cast.bea),
    )  # fmt: skip


def test_it_goes_on_by_its_new_terms(cast: Cast) -> None:
    standing = set_up(cast)
    changed = change(cast, standing, today())
    work()
    assert (Order.objects.get().po_number, changed.limit_percent, next_in(standing)) == ("NEW", 9, 14)


def test_a_rhythm_that_stays_keeps_counting_from_its_first_day(cast: Cast) -> None:
    standing = set_up(cast)
    change(cast, standing, later := today() + timedelta(days=3))
    now = StandingOrder.objects.get()
    StandingOrder.objects.update(first_on=later - timedelta(days=14))
    details = Details(po_number="AGAIN", ship_to=TO)
    change_standing_order(
        now, Schedule(later, Every.WEEKS, 2), details, limit_percent=9, version=now.version,
        actor=actor_of(cast.bea),
    )  # fmt: skip
    now.refresh_from_db()
    assert (now.first_on, now.next_on, now.po_number) == (later - timedelta(days=14), later, "AGAIN")


def test_changed_twice_is_changed_once_and_to_something_else_is_a_conflict(cast: Cast) -> None:
    standing = set_up(cast)
    assert change(cast, standing, today()).version == change(cast, standing, today()).version
    with pytest.raises(Conflict, match="has changed meanwhile"):
        change(cast, standing, today(), n=3)


def test_what_is_over_or_has_had_its_turn_is_not_changed(cast: Cast) -> None:
    standing = set_up(cast)
    work()
    standing.refresh_from_db()
    with pytest.raises(Refused, match="had its turn"):
        change(cast, standing, today())
    with pytest.raises(NotAllowed):
        change_standing_order(
            standing, standing.schedule, Details(), limit_percent=0, version=0, actor=actor_of(cast.sally)
        )
    ended = end_standing_order(standing, actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="is over"):
        change(cast, ended, today() + timedelta(days=1))
