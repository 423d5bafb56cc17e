"""Every change of the floor. It follows the log: who writes here holds the floor's lock, one batch after the other."""

from collections.abc import Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import ANONYMOUS, Actor
from backend.analytics.floor import limits, policies, steps
from backend.analytics.floor.models import THE_ONE, Floor, Standing
from backend.core.errors import NotAllowed
from backend.core.locking import lock
from backend.core.row_security import across_companies
from backend.events.kinds import Kind
from backend.events.log import record
from backend.events.models import Event
from backend.orders.models import Order

LISTENS = "the floor listens to everybody's orders"
EVIDENCE = "an operator looks at an order, and it is written down"
SUBJECT = f"floor:{THE_ONE}"


@atomic
def follow_orders(events: Sequence[Event]) -> None:
    """Puts what has become of orders on the floor. An event that comes again changes nothing.

    Events come in the order of their positions, whoever brings them. Nine queries at most, however many they are.
    """
    floor = _lock_floor()
    new = [event for event in events if (event.position or 0) > floor.position]
    if not new:
        return
    floor.position = new[-1].position or 0
    with across_companies(why=LISTENS):
        told = steps.read_told(new)
        entries = steps.append(floor, told)
        has_moved = steps.place(told, entries)
    if entries or has_moved:
        floor.version += 1
        data = {"first_seq": floor.last_seq - len(entries) + 1, "last_seq": floor.last_seq} if entries else {}
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
