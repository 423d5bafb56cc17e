"""What every change of a held offer is made of. Callers hold the transaction, and lock the room before it."""

from collections.abc import Mapping, Sequence

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation.floors.checking import Below
from backend.negotiation.floors.models import HeldOffer
from backend.negotiation.floors.states import HELD, HeldState
from backend.negotiation.keeping import kept
from backend.negotiation.models import Room
from backend.negotiation.terms import Terms

KIND_OF: Mapping[HeldState, Kind] = {
    HeldState.APPROVED: Kind.NEGOTIATION_HELD_OFFER_APPROVED,
    HeldState.RETURNED: Kind.NEGOTIATION_HELD_OFFER_RETURNED,
    HeldState.WITHDRAWN: Kind.NEGOTIATION_HELD_OFFER_WITHDRAWN,
}


def write_held(room: Room, terms: Terms | None, *, below: Sequence[Below], actor: Actor) -> HeldOffer:
    """What its author would answer to the offer on the table of a locked room (None: yes to it), in place of whatever
    else waits there. The room itself stays as it is: its buyer's page, and its clock, know nothing."""
    for before in lock(HeldOffer.objects.scoped(room=room).waiting(), what=_("the offer that waits")):
        decide(before, HeldState.WITHDRAWN, actor=actor)
    held = HeldOffer.objects.create(
        company_id=room.seller_id,
        room=room,
        answers=room.head,
        terms=kept(terms) if terms else {},
        below=[_said(line) for line in below],
        author_id=actor.user_id,
    )
    _tell(held, Kind.NEGOTIATION_OFFER_HELD, actor)
    return held


def lock_held(held: HeldOffer) -> HeldOffer:
    """As it is now; nobody else decides until this transaction ends."""
    return lock(HeldOffer.objects.this(held).with_all(), what=_("the offer that waits"))[0]


def require_waiting(held: HeldOffer) -> None:
    """Raises Conflict for one that was decided, or taken back, meanwhile."""
    if held.state != HeldState.WAITING:
        state = HeldState(held.state).label
        raise Conflict(_("Too late: “%(state)s”. Look at it again.") % {"state": state})


def decide(held: HeldOffer, to: HeldState, *, actor: Actor, word: str = "") -> None:
    """A locked one comes to its end; the seller's own people are told, and nobody else."""
    HELD.move(held, to=to)
    HeldOffer.objects.this(held).update(decided_by=actor.user_id, decided_at=Now(), word=word, version=F("version") + 1)
    held.version += 1
    _tell(held, KIND_OF[to], actor)


def _tell(held: HeldOffer, kind: Kind, actor: Actor) -> None:
    data = {"seller": held.company_id, "room": held.room_id}
    record(kind, held.subject, version=held.version, actor=actor, data=data)


def _said(line: Below) -> Mapping[str, object]:
    least = str(line.least.minor) if line.least else None
    return {"sku": line.sku_id, "code": line.code, "price": str(line.price.minor), "least": least}
