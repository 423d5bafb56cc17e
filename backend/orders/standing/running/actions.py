"""What the worker does with a standing order whose day has come. Two workers at once do it once."""

from collections.abc import Sequence

from django.db.transaction import atomic

from backend.accounts.actor import ANONYMOUS, Actor
from backend.core.row_security import acting_for
from backend.events.kinds import Kind
from backend.orders.carts.steps import fill_basket
from backend.orders.models import OrderGroup, StandingOrder, StandingRun
from backend.orders.standing.states import STANDING, Outcome, Standing
from backend.orders.standing.steps import lock_standing, tell, today
from backend.orders.states import MAX_NOTE


@atomic(durable=True)
def begin_run(standing: StandingOrder) -> StandingRun | None:
    """The day that is due, or the one that somebody has begun, with the template's lines in the standing order's cart.

    None where nothing is due (any more). Of several days that went by while nobody worked the last is ordered, once and
    late; the others are missed, and say so.
    """
    with acting_for(standing.company_id):
        now = lock_standing(standing)
        run = StandingRun.objects.scoped(standing=now, outcome=Outcome.RUNNING).first() or _next_run(now)
        if run:
            run.standing = now
            fill_basket(
                now.company_id, now.set_up_by_id, now.pk, dict(now.template.lines.values_list("sku", "quantity"))
            )
        return run


def _next_run(standing: StandingOrder) -> StandingRun | None:
    due = standing.schedule.due_until(standing.next_on, today()) if standing.state == Standing.ACTIVE else []
    if not due:
        return None
    StandingRun.objects.bulk_create(
        StandingRun(standing=standing, due_on=day, outcome=Outcome.MISSED) for day in due[:-1]
    )
    standing.next_on = standing.schedule.next_after(due[-1])
    standing.save(update_fields=["next_on"])
    return StandingRun.objects.create(standing=standing, due_on=due[-1])


@atomic(durable=True)
def end_run(
    run: StandingRun,
    outcome: Outcome,
    *,
    group: OrderGroup | None = None,
    requisition_id: int | None = None,
    why: str = "",
    rose: Sequence[int] = (),
    actor: Actor = ANONYMOUS,
) -> None:
    """What became of it. Whoever comes second finds it ended, and changes nothing."""
    with acting_for(run.standing.company_id):
        now = lock_standing(run.standing)
        begun = StandingRun.objects.this(run).filter(outcome=Outcome.RUNNING)
        made = {"group": group, "requisition_id": requisition_id, "is_seen": bool(group or requisition_id)}
        ended = begun.update(outcome=outcome, why=why[:MAX_NOTE], rose=list(rose), **made)
        if not ended:
            return
        if outcome == Outcome.ASKED and now.state == Standing.ACTIVE:
            STANDING.move(now, to=Standing.ASKING)
        tell(now, Kind.ORDERS_STANDING_RAN, actor=actor)


@atomic(durable=True)
def stop_standing_order(run: StandingRun, why: str) -> None:
    """Whoever set it up may not order any more: the day is refused, and no other one comes."""
    with acting_for(run.standing.company_id):
        now = lock_standing(run.standing)
        if not StandingRun.objects.this(run).filter(outcome=Outcome.RUNNING).update(outcome=Outcome.REFUSED, why=why):
            return
        if Standing.STOPPED in STANDING.table[Standing(now.state)]:
            STANDING.move(now, to=Standing.STOPPED)
            StandingOrder.objects.this(now).update(why=why)
        tell(now, Kind.ORDERS_STANDING_CHANGED, actor=ANONYMOUS)
