"""What every step of a dispute begins and ends with. Callers hold the transaction."""

from typing import Any

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.locking import lock
from backend.orders.disputes.models import OrderDispute
from backend.orders.disputes.states import AXIS, DISPUTE
from backend.orders.models import Order
from backend.orders.states import MAX_NOTE, Dispute, Step
from backend.orders.steps import tell


def lock_dispute(dispute: OrderDispute) -> OrderDispute:
    """As it is now; nobody else moves it until this transaction ends. Its order is locked already."""
    return lock(OrderDispute.objects.this(dispute), what=_("the dispute"))[0]


def move_dispute(
    order: Order, dispute: OrderDispute, to: Dispute, step: Step, *, actor: Actor, note: str = "", **also: Any
) -> None:
    """A locked dispute and its order stand there from now on: into the timeline, and to everybody. Raises Refused for
    no legal move."""
    DISPUTE.move(dispute, to=to, **also)
    stand(order, to, step, dispute, actor=actor, note=note)


def stand(
    order: Order, to: Dispute, step: Step, dispute: OrderDispute, *, actor: Actor, note: str = "", **said: object
) -> None:
    """The order's axis follows its dispute. Three queries."""
    AXIS.move(order, to=to)
    tell(order, step, actor=actor, note=note, data={"dispute": dispute.pk, **said})


def require_words(words: str) -> str:
    """What one side tells the other, without the space around it. Raises Refused for nothing, and for more than
    MAX_NOTE characters."""
    said = words.strip()
    if not said:
        raise Refused(_("Say what it is about: the other side and the operators read it."), field="words")
    if len(said) > MAX_NOTE:
        raise Refused(
            _("%(n)d characters are too many here: at most %(max)d.") % {"n": len(said), "max": MAX_NOTE}, field="words"
        )
    return said
