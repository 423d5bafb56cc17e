"""An enquiry that is answered by itself: at most once, and never after a person. Callers hold the transaction."""

from django.db.models.functions import Now, TruncDate
from django.db.transaction import atomic

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.models import Membership
from backend.core.errors import Busy, Denied
from backend.core.locking import lock
from backend.core.row_security import across_companies, acting_for
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation.actions import put_on_table
from backend.negotiation.automatic.covering import covering_rule, terms_by
from backend.negotiation.automatic.models import MAX_WHY, AnswerRule, AnswerRun, Outcome
from backend.negotiation.automatic.policies import can_automate
from backend.negotiation.floors.checking import below_floor
from backend.negotiation.models import Room
from backend.negotiation.states import Side, Word
from backend.negotiation.steps import lock_enquiry, lock_room
from backend.negotiation.terms import Terms

ANY_SELLERS = "an enquiry is answered for whichever seller it went to"


def answer_automatically(room_id: int) -> None:
    """Looks at an enquiry that has just come to a seller. Looked at again it stays as it was answered, or not."""
    with across_companies(why=ANY_SELLERS):
        room = Room.objects.scoped(pk=room_id).with_parties().first()
    if room is None:
        return
    with acting_for(room.seller_id):
        if AnswerRule.objects.of_company(room.seller_id).filter(is_on=True).exists():
            lock_enquiry(room.enquiry)
            _look_at(lock_room(room))


def _look_at(room: Room) -> None:
    if AnswerRun.objects.of_company(room.seller_id).filter(room=room).exists():
        return None
    if room.head or not room.is_open or room.entries.filter(side=Side.SELLER).exclude(word=Word.ASKED).exists():
        return _note(room, Outcome.PERSON)
    rule, wanted = covering_rule(room)
    if rule is None:
        return _note(room, Outcome.NO_RULE)
    rule = lock(AnswerRule.objects.this(rule).select_related("set_up_by"), what=str(rule))[0]
    actor, terms = _actor_of(rule), terms_by(rule, room, wanted)
    if actor is None:
        return _note(room, Outcome.NOBODY, rule)
    if _answers_today(rule) >= rule.per_day:
        return _note(room, Outcome.CAP, rule)
    if terms is None:
        return _note(room, Outcome.NO_PRICE, rule)
    if below_floor(room, terms):
        return _note(room, Outcome.FLOOR, rule)
    return _offer(room, rule, terms, actor)


def _offer(room: Room, rule: AnswerRule, terms: Terms, actor: Actor) -> None:
    """As a person would make it; what can't be offered leaves nothing behind but why."""
    try:
        with atomic():
            made = put_on_table(room, terms, answers=0, key=f"automatic {room.pk}", actor=actor)
    except Busy:
        raise
    except Denied as no:
        return _note(room, Outcome.REFUSED, rule, why=no.message)
    return _note(room, Outcome.ANSWERED, rule, revision=made.number)


def _answers_today(rule: AnswerRule) -> int:
    """By the database's day, in UTC."""
    ran = rule.runs.filter(outcome=Outcome.ANSWERED).annotate(day=TruncDate("ran_at"))
    return ran.filter(day=TruncDate(Now())).count()


def _actor_of(rule: AnswerRule) -> Actor | None:
    """Whoever set it up, as they stand now; None where they may not answer like this any more."""
    members = Membership.objects.of_person(rule.set_up_by_id).with_role().filter(company=rule.company_id)
    member = members.first()
    actor = member.as_actor() if member else ANONYMOUS
    return actor if member and can_automate(actor, member.company) else None


def _note(
    room: Room, outcome: Outcome, rule: AnswerRule | None = None, *, why: str = "", revision: int | None = None
) -> None:
    said = {"outcome": outcome, "why": why[:MAX_WHY], "revision": revision}
    run = AnswerRun.objects.create(company_id=room.seller_id, room=room, rule=rule, **said)
    data = {"seller": room.seller_id, "room": room.pk}
    record(Kind.NEGOTIATION_ANSWERED_BY_ITSELF, f"answer_run:{run.pk}", version=1, actor=ANONYMOUS, data=data)
