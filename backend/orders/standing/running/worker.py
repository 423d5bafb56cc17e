"""From a day that is due to its outcome. Safe to be ended anywhere: what was begun is taken up again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from backend.accounts.actor import Actor
from backend.accounts.models import Membership
from backend.core.errors import Busy, Denied
from backend.core.row_security import acting_for
from backend.events import once
from backend.orders.models import StandingOrder, StandingRun
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details
from backend.orders.policies import can_place_orders
from backend.orders.requisitions.actions import ask_for_approval
from backend.orders.standing.running.actions import begin_run, end_run, stop_standing_order
from backend.orders.standing.states import Outcome

NO_PRICE = Decimal(0)


def run_standing_order(standing: StandingOrder) -> bool:
    """Orders what is due of it, as whoever set it up, in their words; returns whether something was. Raises Busy."""
    run = begin_run(standing)
    if run is None:
        return False
    actor = _actor_of(run.standing)
    with override(run.standing.set_up_by.language or "en"):
        if actor is None or not can_place_orders(actor):
            who = run.standing.set_up_by
            stop_standing_order(
                run, _("%(name)s set it up and may not order for your company any more.") % {"name": who}
            )
            return False
        return _place(run, actor)


def _place(run: StandingRun, actor: Actor) -> bool:
    """Through the same actions as every cart; a repeated attempt is answered with what the first one made."""
    standing, key = run.standing, f"{run.standing.subject}:{run.due_on}"
    given: Any = {"seen": _agreed(standing), "key": key, "standing": standing.pk, "actor": actor}
    try:
        if asked := once.result_of(standing.company_id, key, action="ask_for_approval"):
            end_run(run, Outcome.REQUESTED, requisition_id=asked, actor=actor)
        else:
            end_run(run, Outcome.PLACED, group=place_orders(standing.company, _details(standing), **given), actor=actor)
    except Busy:
        raise
    except Denied as no:
        return _ask(run, given) if no.detail.get("needs_approval") else _refuse(run, no, actor)
    return True


def _ask(run: StandingRun, given: Any) -> bool:
    """What its company's rules want approved waits for that, as a person's cart would."""
    try:
        requisition = ask_for_approval(run.standing.company, _details(run.standing), **given)
    except Busy:
        raise
    except Denied as no:
        return _refuse(run, no, given["actor"])
    end_run(run, Outcome.REQUESTED, requisition_id=requisition.pk, actor=given["actor"])
    return True


def _refuse(run: StandingRun, no: Denied, actor: Actor) -> bool:
    rose = _rose(no)
    end_run(run, Outcome.ASKED if rose else Outcome.REFUSED, why=no.message, rose=rose, actor=actor)
    return False


def _details(standing: StandingOrder) -> Details:
    return Details(
        po_number=standing.po_number,
        note=standing.note,
        only_whole=standing.only_whole,
        ship_to=standing.ship_to,
        bill_to=standing.bill_to,
        currencies={int(seller): currency for seller, currency in standing.currencies.items()},
    )


def _rose(no: Denied) -> Sequence[int]:
    """The SKUs that cost more than was agreed, as placing/checks.py says."""
    rose = no.detail.get("rose", ())
    return rose if isinstance(rose, list) else ()


def _agreed(standing: StandingOrder) -> Mapping[int, Decimal]:
    """What a unit of each SKU may cost at most, in minor units, before somebody is asked."""
    with acting_for(standing.company_id):
        lines = list(standing.template.lines.values_list("sku", "unit_price_minor"))
    return {pk: standing.at_most(pk, NO_PRICE if minor is None else minor) for pk, minor in lines}


def _actor_of(standing: StandingOrder) -> Actor | None:
    """The person who set it up, as they stand now; None where they are no longer of the company."""
    member = Membership.objects.of_person(standing.set_up_by_id).with_role().filter(company=standing.company_id).first()
    return member.as_actor() if member else None
