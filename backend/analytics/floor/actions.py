"""Every change of the floor. It follows the log: who writes here holds the floor's lock, one event after the other."""

from typing import Any

from django.db import connection
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import ANONYMOUS, Actor
from backend.analytics.floor import limits, policies
from backend.analytics.floor.models import THE_ONE, Floor, FloorEntry, Standing
from backend.analytics.floor.states import SHOWN, STAGE_OF, TROUBLE, Stage
from backend.core.errors import NotAllowed
from backend.core.locking import lock
from backend.core.row_security import across_companies
from backend.events.kinds import Kind
from backend.events.log import record
from backend.events.models import Event
from backend.orders.models import Order, OrderEntry
from backend.orders.states import Step

LISTENS = "the floor listens to everybody's orders"
EVIDENCE = "an operator looks at an order, and it is written down"
SUBJECT = f"floor:{THE_ONE}"


@atomic
def follow_order(event: Event) -> None:
    """Puts what has become of an order on the floor. An event that comes again changes nothing.

    Events come in the order of their positions, whoever brings them.
    """
    floor = _lock_floor()
    if (event.position or 0) <= floor.position:
        return
    floor.position = event.position or 0
    with across_companies(why=LISTENS):
        log = OrderEntry.objects.scoped(order=event.subject_pk, seq=event.data["seq"])
        told = log.select_related("order").get()
        entry = _append(floor, told) if _is_shown(told) else None
        has_moved = _place(told, entry)
    if entry or has_moved:
        floor.version += 1
        data = {"seq": floor.last_seq} if entry else {}
        record(Kind.ANALYTICS_FLOOR_MOVED, SUBJECT, version=floor.version, actor=ANONYMOUS, data=data)
    floor.save(update_fields=["position", "last_seq", "version"])


@atomic
def note_lateness() -> bool:
    """Whether the clock has made more or fewer orders late or stuck than was told before; then it is told."""
    floor = _lock_floor()
    with across_companies(why=LISTENS):
        standing = Standing.objects.across_companies(why=LISTENS)
        late, stuck = standing.filter(limits.late()).count(), standing.filter(limits.stuck()).count()
    if (late, stuck) == (floor.late, floor.stuck):
        return False
    floor.late, floor.stuck, floor.version = late, stuck, floor.version + 1
    floor.save(update_fields=["late", "stuck", "version"])
    record(Kind.ANALYTICS_FLOOR_MOVED, SUBJECT, version=floor.version, actor=ANONYMOUS)
    return True


@atomic(durable=True)
def open_evidence(order_id: int, *, actor: Actor) -> Order | None:
    """An order for an operator to read, and that they did is written down; None where there is no such order.

    Raises NotAllowed without floor.watch.
    """
    require_watch(actor)
    with across_companies(why=EVIDENCE):
        order = Order.objects.across_companies(why=EVIDENCE).with_parties().filter(pk=order_id).first()
    if order:
        record(Kind.ANALYTICS_EVIDENCE_OPENED, order.subject, version=order.version, actor=actor)
    return order


def require_watch(actor: Actor) -> None:
    """Raises NotAllowed for whoever is no operator."""
    if not policies.can_watch_floor(actor):
        raise NotAllowed(_("The floor is for the market’s operators."))


def _lock_floor() -> Floor:
    the_one = Floor.objects.filter(pk=THE_ONE)
    if found := lock(the_one, what=_("the floor")):
        return found[0]
    Floor.objects.bulk_create([Floor(pk=THE_ONE)], ignore_conflicts=True)
    return lock(the_one, what=_("the floor"))[0]


def _is_shown(told: OrderEntry) -> bool:
    return told.step in SHOWN and (told.step != Step.TRACKED or _is_trouble(told))


def _is_trouble(told: OrderEntry) -> bool:
    return told.data.get("tracking") in TROUBLE


def _append(floor: Floor, told: OrderEntry) -> FloorEntry:
    floor.last_seq += 1
    order = told.order
    entry = FloorEntry.objects.create(
        seq=floor.last_seq,
        step=told.step,
        at=told.at,
        order=order,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        currency=order.currency,
        amount_minor=order.total.amount_minor,
    )
    _add_up(entry)
    return entry


def _add_up(entry: FloorEntry) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ADD_UP, [entry.at.date(), entry.step, entry.currency, entry.amount_minor])


_ADD_UP = """
INSERT INTO analytics_daytotal AS total (day, step, currency, orders, amount_minor) VALUES (%s, %s, %s, 1, %s)
ON CONFLICT (day, step, currency) DO UPDATE SET orders = total.orders + 1,
    amount_minor = total.amount_minor + excluded.amount_minor
"""


def _place(told: OrderEntry, entry: FloorEntry | None) -> bool:
    """Where the order stands from now on, and whether that is news. What stays on its stage has been there since when
    it came."""
    standing = Standing.objects.scoped(order=told.order_id)
    before = standing.first()
    stage = _stage(told, before)
    if stage is None:
        return before is not None and bool(standing.delete()[0])
    if before is None:
        if entry:
            Standing.objects.create(order_id=told.order_id, stage=stage, since=told.at, entry=entry)
        return False
    changes: dict[str, Any] = {"entry": entry} if entry else {}
    if before.stage != stage:
        changes |= {"stage": stage, "since": told.at}
    if changes:
        standing.update(**changes)
    return "stage" in changes


def _stage(told: OrderEntry, before: Standing | None) -> Stage | None:
    """What a carrier said of trouble holds until it says something else."""
    if _is_trouble(told):
        return Stage.TROUBLE
    stage = STAGE_OF.get(told.order.commercial)
    was_in_trouble = before is not None and before.stage == Stage.TROUBLE
    goes_on = told.step in (Step.TRACKED, Step.DELIVERED)
    return Stage.TROUBLE if stage == Stage.IN_TRANSIT and was_in_trouble and not goes_on else stage
