"""What a seller says about the least he takes, and what becomes of offers below it. Each is safe to send twice."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.steps import lock_company, record_of_company
from backend.catalog.models import Category, Sku
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.money import EXPONENTS, UnitPrice
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.negotiation.actions import put_on_table, require_answerable, require_newest, require_open
from backend.negotiation.floors import policies
from backend.negotiation.floors.checking import below_floor
from backend.negotiation.floors.models import MAX_MARGIN, MAX_WORD, Floor, HeldOffer
from backend.negotiation.floors.states import HeldState
from backend.negotiation.floors.steps import decide, lock_held, require_waiting, write_held
from backend.negotiation.keeping import terms_kept
from backend.negotiation.models import Room
from backend.negotiation.policies import can_talk
from backend.negotiation.steps import lock_enquiry, lock_room
from backend.negotiation.terms import Terms
from backend.negotiation.writing import clean_text


@dataclass(frozen=True, slots=True)
class FloorDraft:
    """The least that a SKU (by its code), a category, or (neither named) anything may cost."""

    code: str = ""
    category_id: int | None = None
    min_price: UnitPrice | None = None
    min_margin: Decimal | None = None


@atomic(durable=True)
@for_actor
def set_floor(company: Company, draft: FloorDraft, *, actor: Actor) -> Floor:
    """From now on the floor of what the draft names, in place of the one that it had. Offers that stand keep standing.

    Raises NotAllowed without negotiation.floor, Refused for a floor that says nothing or names nothing of the seller's.
    """
    require(policies.can_keep_floors(actor, company))
    _require_draft(draft)
    company = lock_company(company)
    floor, _is_new = Floor.objects.of_company(company.pk).update_or_create(
        company=company,
        sku=_sku_of(company, draft),
        category=_category_of(draft),
        defaults={
            "min_price_minor": draft.min_price.minor if draft.min_price else None,
            "currency": draft.min_price.currency if draft.min_price else "GBP",
            "min_margin": draft.min_margin,
        },
    )
    record_of_company(Kind.NEGOTIATION_FLOORS_CHANGED, company, actor)
    return floor


@atomic(durable=True)
@for_actor
def remove_floor(company: Company, floor_id: int, *, actor: Actor) -> None:
    """Nothing holds back what it was about, unless a wider floor does. Removed again it stays so."""
    require(policies.can_keep_floors(actor, company))
    company = lock_company(company)
    gone, _each = Floor.objects.of_company(company.pk).filter(pk=floor_id).delete()
    if gone:
        record_of_company(Kind.NEGOTIATION_FLOORS_CHANGED, company, actor)


@atomic(durable=True)
@for_actor
def hold_offer(room: Room, terms: Terms, *, answers: int, key: str, actor: Actor) -> HeldOffer:
    """An offer that put_on_table refuses as BelowFloor waits for somebody who may approve it.

    The buyer's side learns nothing. Raises what put_on_table raises, but for stock that there is not: none is held.
    """
    require(can_talk(actor, room) and actor.company_id == room.seller_id)
    request = {"room": room.pk, "answers": answers, "terms": repr(terms)}
    claim = once.claim(room.seller_id, key, action="hold_offer", request=request)
    if claim.is_repeat:
        return HeldOffer.objects.of_company(room.seller_id).get(pk=claim.result_pk)
    now = lock_room(room)
    require_answerable(now, terms, answers, actor)
    held = write_held(now, terms, below=below_floor(now, terms), actor=actor)
    claim.resulted_in(held.pk)
    return held


@atomic(durable=True)
@for_actor
def approve_held_offer(held: HeldOffer, *, actor: Actor) -> HeldOffer:
    """It is on the table now, as its author made it and in their name. Approved again it stays so.

    Raises NotAllowed without negotiation.floor; Conflict if it was decided meanwhile or the buyer has moved since it
    was asked; Refused for a negotiation that has ended, or an offer whose own time is over.
    """
    require(policies.can_decide(actor, held))
    lock_enquiry(held.room.enquiry)
    room = lock_room(held.room)
    now = lock_held(held)
    if now.state == HeldState.APPROVED:
        return now
    require_waiting(now)
    author = replace(actor, user_id=now.author_id)
    put_on_table(room, terms_kept(now.terms), answers=now.answers, key=now.subject, actor=author)
    decide(now, HeldState.APPROVED, actor=actor)
    return now


@atomic(durable=True)
@for_actor
def return_held_offer(held: HeldOffer, *, word: str, actor: Actor) -> HeldOffer:
    """It does not go out, and its author reads why. Returned again it stays so.

    Raises NotAllowed without negotiation.floor, Refused without a word, Conflict if it was decided meanwhile.
    """
    require(policies.can_decide(actor, held))
    why = clean_text(word, field="word", most=MAX_WORD)
    return _end(held, HeldState.RETURNED, actor=actor, word=why)


@atomic(durable=True)
@for_actor
def withdraw_held_offer(held: HeldOffer, *, actor: Actor) -> HeldOffer:
    """Somebody who negotiates for the seller takes it back. Taken back again it stays so. Raises as returning does."""
    require(policies.can_take_back(actor, held))
    return _end(held, HeldState.WITHDRAWN, actor=actor)


def require_same_table(room: Room, held: HeldOffer) -> None:
    """Raises Conflict or Refused where the buyer has moved since it was asked."""
    require_open(room)
    require_newest(room, held.answers)


def _end(held: HeldOffer, to: HeldState, *, actor: Actor, word: str = "") -> HeldOffer:
    lock_room(held.room)
    now = lock_held(held)
    if now.state == to:
        return now
    require_waiting(now)
    decide(now, to, actor=actor, word=word)
    return now


def _sku_of(company: Company, draft: FloorDraft) -> Sku | None:
    code = draft.code.strip()
    if not code:
        return None
    found = Sku.objects.of_company(company.pk).filter(code__iexact=code).first()
    if found is None:
        raise Refused(_("You have no SKU %(codes)s.") % {"codes": code[:40]}, field="code")
    return found


def _category_of(draft: FloorDraft) -> Category | None:
    if draft.category_id is None:
        return None
    found = Category.objects.filter(pk=draft.category_id).first()
    if found is None:
        raise Refused(_("Choose a category that there is."), field="category")
    return found


def _require_draft(draft: FloorDraft) -> None:
    if draft.code.strip() and draft.category_id is not None:
        raise Refused(_("Name a SKU or a category, not both."), field="category")
    if draft.min_price is None and draft.min_margin is None:
        raise Refused(_("Give the lowest price, the lowest margin, or both."), field="min_price")
    if draft.min_price is not None and (not draft.min_price.minor or draft.min_price.currency not in EXPONENTS):
        raise Refused(_("A lowest price is above 0."), field="min_price")
    if draft.min_margin is not None and not 0 <= draft.min_margin <= MAX_MARGIN:
        raise Refused(
            _("A margin is from 0 to %(max)d percent of the price.") % {"max": MAX_MARGIN}, field="min_margin"
        )
