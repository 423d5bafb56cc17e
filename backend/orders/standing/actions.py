"""Every change of a standing order by a person. Each is one transaction, safe to send twice."""

from datetime import date

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.pricing.buyers import buyer_of_company
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.orders import policies as orders
from backend.orders.models import OrderTemplate, StandingOrder, StandingRun
from backend.orders.offered import offered
from backend.orders.placing.details import Details, require_short
from backend.orders.standing import policies
from backend.orders.standing.models import MAX_PERCENT
from backend.orders.standing.schedule import MOST, Schedule
from backend.orders.standing.states import GOING_ON, STANDING, Outcome, Standing
from backend.orders.standing.steps import lock_standing, tell, today


@atomic(durable=True)
@for_actor
def set_up_standing_order(
    company: Company,
    template: OrderTemplate,
    schedule: Schedule,
    details: Details,
    *,
    limit_percent: int,
    key: str,
    actor: Actor,
) -> StandingOrder:
    """From its first day on the template is ordered by itself, as this person, at today's prices or a little more.

    Raises NotAllowed without orders.place; Refused for an empty template, a first day that is over, a schedule or a
    limit that can't be.
    """
    require(orders.can_place_orders(actor))
    request = {"template": template.pk, "first": schedule.first, "every": schedule.every, "n": schedule.n}
    claim = once.claim(company.pk, key, action="set_up_standing_order", request=request)
    if claim.is_repeat:
        return StandingOrder.objects.of_company(company.pk).get(pk=claim.result_pk)
    require_short(details)
    _require_sense(schedule, limit_percent)
    agreed, currencies = _prices_now(template, company)
    made = StandingOrder.objects.create(
        company=company,
        template=template,
        set_up_by_id=actor.user_id or 0,
        name=template.name,
        first_on=schedule.first,
        every=schedule.every,
        n=schedule.n,
        next_on=schedule.first,
        limit_percent=limit_percent,
        agreed=agreed,
        currencies=currencies,
        po_number=details.po_number,
        note=details.note,
        only_whole=details.only_whole,
        ship_to=dict(details.ship_to),
        bill_to=dict(details.bill_to),
    )
    tell(made, Kind.ORDERS_STANDING_SET_UP, actor=actor)
    claim.resulted_in(made.pk)
    return made


@atomic(durable=True)
@for_actor
def change_standing_order(
    standing: StandingOrder, schedule: Schedule, details: Details, *, limit_percent: int, version: int, actor: Actor
) -> StandingOrder:
    """How often it is ordered, next on the schedule's first day; up to which price, and what its orders say.

    Raises NotAllowed, Refused where it is over, waits for an answer, or for terms that can't be; Conflict where it has
    changed since `version`, unless to the same.
    """
    require(policies.can_change_standing(actor, standing))
    now = lock_standing(standing)
    wanted = _terms(schedule, details, limit_percent)
    if all(getattr(now, name) == value for name, value in wanted.items()):
        return now
    if now.version != version:
        raise Conflict(_("“%(name)s” has changed meanwhile. Look at what it is now, then save again.") % {"name": now})
    _require_changeable(now)
    require_short(details)
    if (now.next_on, now.every, now.n) != (schedule.first, schedule.every, schedule.n):
        _require_sense(schedule, limit_percent)
        _require_new_day(now, schedule.first)
        now.first_on = schedule.first
    _require_limit(limit_percent)
    for name, value in wanted.items():
        setattr(now, name, value)
    now.save(update_fields=["first_on", *wanted])
    tell(now, Kind.ORDERS_STANDING_CHANGED, actor=actor)
    return now


def _terms(schedule: Schedule, details: Details, limit_percent: int) -> dict[str, object]:
    when = {"next_on": schedule.first, "every": schedule.every, "n": schedule.n, "limit_percent": limit_percent}
    said = {"po_number": details.po_number, "note": details.note, "only_whole": details.only_whole}
    return {**when, **said, "ship_to": dict(details.ship_to), "bill_to": dict(details.bill_to)}


@atomic(durable=True)
@for_actor
def pause_standing_order(standing: StandingOrder, *, actor: Actor) -> StandingOrder:
    """Nothing is ordered until it is resumed. Paused again it stays so. Raises NotAllowed, Refused where it is over."""
    return _turn(standing, Standing.PAUSED, actor)


@atomic(durable=True)
@for_actor
def resume_standing_order(standing: StandingOrder, *, actor: Actor) -> StandingOrder:
    """It goes on with the next of its days; those that were paused over are not made up for.

    Raises NotAllowed, Refused where it is over.
    """
    now = _turn(standing, Standing.ACTIVE, actor)
    _go_on_after_today(now)
    return now


@atomic(durable=True)
@for_actor
def end_standing_order(standing: StandingOrder, *, actor: Actor) -> StandingOrder:
    """It is over for good. Ended again it stays so. Raises NotAllowed."""
    return _turn(standing, Standing.ENDED, actor)


@atomic(durable=True)
@for_actor
def skip_next(standing: StandingOrder, *, on: date, actor: Actor) -> StandingOrder:
    """It is left out on its next day, which the person saw as `on`, and goes on after it. Skipped again it stays so.

    Raises NotAllowed, Refused where it isn't going on, Conflict where that day is no longer the next.
    """
    require(policies.can_change_standing(actor, standing))
    now = lock_standing(standing)
    if now.state not in GOING_ON:
        raise Refused(_("“%(name)s” is over.") % {"name": now})
    if StandingRun.objects.scoped(standing=now, due_on=on, outcome=Outcome.SKIPPED).exists():
        return now
    if now.next_on != on:
        raise Conflict(_("The next day of “%(name)s” is another one meanwhile.") % {"name": now})
    StandingRun.objects.create(standing=now, due_on=on, outcome=Outcome.SKIPPED, is_seen=True)
    now.next_on = now.schedule.next_after(on)
    now.save(update_fields=["next_on"])
    tell(now, Kind.ORDERS_STANDING_CHANGED, actor=actor)
    return now


@atomic(durable=True)
@for_actor
def answer_run(run: StandingRun, *, accepts: bool, actor: Actor) -> StandingRun:
    """What has become dearer is ordered at what it costs now, which is agreed from then on; or left out this time.

    The worker orders it. Days that went by meanwhile are not made up for. Answered again it stays answered. Raises
    NotAllowed.
    """
    require(policies.can_change_standing(actor, run.standing))
    now = lock_standing(run.standing)
    asked = StandingRun.objects.this(run).get()
    if asked.outcome != Outcome.ASKED or now.state != Standing.ASKING:
        return asked
    if accepts:
        agreed, currencies = _prices_now(now.template, now.company)
        now.agreed, now.currencies = {**now.agreed, **agreed}, {**now.currencies, **currencies}
        now.save(update_fields=["agreed", "currencies"])
    asked.outcome = Outcome.RUNNING if accepts else Outcome.SKIPPED
    asked.is_seen = True
    asked.save(update_fields=["outcome", "is_seen"])
    STANDING.move(now, to=Standing.ACTIVE)
    _go_on_after_today(now)
    tell(now, Kind.ORDERS_STANDING_CHANGED, actor=actor)
    return asked


@atomic(durable=True)
@for_actor
def mark_seen(standing: StandingOrder, *, actor: Actor) -> None:
    """Nobody has to look at what became of it any more. Raises NotAllowed."""
    require(policies.can_change_standing(actor, standing))
    now = lock_standing(standing)
    if StandingRun.objects.scoped(standing=now, is_seen=False).exclude(outcome=Outcome.ASKED).update(is_seen=True):
        tell(now, Kind.ORDERS_STANDING_CHANGED, actor=actor)


def _turn(standing: StandingOrder, to: Standing, actor: Actor) -> StandingOrder:
    require(policies.can_change_standing(actor, standing))
    now = lock_standing(standing)
    if now.state == to:
        return now
    _require_changeable(now, even_asking=to == Standing.ENDED)
    STANDING.move(now, to=to)
    tell(now, Kind.ORDERS_STANDING_CHANGED, actor=actor)
    return now


def _require_changeable(now: StandingOrder, *, even_asking: bool = False) -> None:
    if now.state not in GOING_ON:
        raise Refused(_("“%(name)s” is over.") % {"name": now})
    if now.state == Standing.ASKING and not even_asking:
        raise Refused(_("“%(name)s” waits for an answer: give it first.") % {"name": now})
    if StandingRun.objects.scoped(standing=now, outcome=Outcome.RUNNING).exists():
        raise Conflict(_("“%(name)s” is being ordered at this moment. Try again in a minute.") % {"name": now})


def _require_new_day(now: StandingOrder, day: date) -> None:
    if StandingRun.objects.scoped(standing=now, due_on__gte=day).exists():
        raise Refused(_("That day has had its turn already. Give a later one."), field="first_on")


def _go_on_after_today(standing: StandingOrder) -> None:
    """Where days went by while it was paused, or waited for an answer."""
    if standing.next_on <= (day := today()):
        standing.next_on = standing.schedule.next_after(day)
        standing.save(update_fields=["next_on"])


def _prices_now(template: OrderTemplate, company: Company) -> tuple[dict[str, str], dict[str, str]]:
    """What a unit of each of its SKUs costs the company, in minor units, and in which currency by their sellers."""
    quantities = dict(template.lines.values_list("sku", "quantity"))
    prices, currencies = {}, {}
    for pk, offer in offered(quantities, buyer_of_company(company)).items():
        if rung := offer.rung_at(quantities[pk]):
            prices[str(pk)] = str(rung.priced.unit_price.minor)
            currencies[str(offer.sku.company_id)] = rung.priced.unit_price.currency
    return prices, currencies


def _require_sense(schedule: Schedule, limit_percent: int) -> None:
    if not 1 <= schedule.n <= MOST[schedule.every]:
        raise Refused(
            _("Every %(n)d %(unit)s can’t be: give 1 to %(max)d.")
            % {"n": schedule.n, "unit": schedule.every.label, "max": MOST[schedule.every]},
            field="n",
        )
    _require_limit(limit_percent)
    if schedule.first < today():
        raise Refused(_("That day is over. Give today or a later one."), field="first_on")


def _require_limit(limit_percent: int) -> None:
    if not 0 <= limit_percent <= MAX_PERCENT:
        raise Refused(
            _("%(percent)d %% can’t be: give 0 to %(max)d.") % {"percent": limit_percent, "max": MAX_PERCENT},
            field="limit_percent",
        )
