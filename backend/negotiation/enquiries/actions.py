"""A buyer asks for offers. One transaction, safe to send twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.catalog.offers.queries import currencies_of
from backend.catalog.pricing import visible_skus
from backend.catalog.pricing.buyers import buyer_of
from backend.core.errors import NotAllowed, Refused
from backend.core.money import UnitPrice
from backend.core.numbers import drawn_number
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record
from backend.negotiation import policies
from backend.negotiation.actions import end_room
from backend.negotiation.attachments.steps import NewFile, keep_files
from backend.negotiation.enquiries.models import LONGEST_OPEN, MAX_NOTE, MAX_TITLE
from backend.negotiation.models import Enquiry, EnquiryFile, EnquiryLine, Room
from backend.negotiation.moderation.steps import who_blocks
from backend.negotiation.notices.steps import put_up_notice, take_down_notice
from backend.negotiation.states import ENQUIRY, OPEN, Audience, Board, EnquiryStatus, QuoteStatus, Word
from backend.negotiation.steps import lock_enquiry, say_in
from backend.negotiation.writing import clean_text

MAX_LINES, MAX_SELLERS, MAX_BREAKS = 200, 20, 5


@dataclass(frozen=True, slots=True)
class Asked:
    """So many units of a SKU as its seller sells it, and what the buyer would like to pay for each."""

    sku_id: int
    quantity: int
    target_price: UnitPrice | None = None
    breaks: Sequence[int] = ()
    """Larger quantities that prices are asked for, too."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a buyer asks for. `open_for` from now, by the database's clock."""

    title: str
    lines: Sequence[Asked]
    note: str = ""
    ship_to: Mapping[str, str] = field(default_factory=dict)
    bill_to: Mapping[str, str] = field(default_factory=dict)
    incoterm: str = ""
    wanted_on: date | None = None
    open_for: timedelta = timedelta(days=7)
    audience: Audience = Audience.NAMED
    board: Board = Board.PRIVATE
    files: Sequence[NewFile] = ()


@atomic(durable=True)
@for_actor
def ask_for_offers(request: Request, *, key: str, actor: Actor) -> Enquiry:
    """Opens an enquiry and, for each seller of what it names, a room of his own; no seller learns of another. One that
    is open to all verified sellers is told to them without saying who asks.

    Raises NotAllowed without negotiation.talk; Refused for nothing, for more than MAX_LINES lines or MAX_SELLERS
    sellers, for sellers who take different currencies, for what this buyer doesn't see in the catalogue, for what is
    the company's own, or for two different quantities of one thing.
    """
    if not policies.can_ask_for_offers(actor):
        raise NotAllowed(_("Your role in this company may not ask for offers. An owner can change your role."))
    assert actor.company_id is not None  # noqa: S101  # the policy saw to it
    claim = once.claim(actor.company_id, key, action="ask_for_offers", request={"asked": repr(request)})
    if claim.is_repeat:
        return Enquiry.objects.of_company(actor.company_id).get(pk=claim.result_pk)
    skus = _sought(request, actor)
    currency = _currency_of({sku.company for sku in skus.values()}, request.lines)
    enquiry = _write(request, skus, currency, company_id=actor.company_id, person_id=actor.user_id)
    for seller in sorted({sku.company_id for sku in skus.values()}):
        room = Room.objects.create(
            enquiry=enquiry, buyer_id=enquiry.company_id, seller_id=seller, currency=enquiry.currency
        )
        say_in(room, Word.ASKED, actor=actor, text=enquiry.note)
    if enquiry.is_public:
        _publish(enquiry, actor)
    claim.resulted_in(enquiry.pk)
    return enquiry


@atomic(durable=True)
@for_actor
def take_enquiry_back(enquiry: Enquiry, *, actor: Actor) -> Enquiry:
    """The buyer wants no more offers: every room of it that is open ends. Taken back again it stays so.

    Raises NotAllowed without negotiation.talk, Refused for one of which something was ordered.
    """
    if not policies.can_keep_enquiry(actor, enquiry):
        raise NotAllowed(_("Your role in this company may not ask for offers. An owner can change your role."))
    now = lock_enquiry(enquiry)
    if now.status != EnquiryStatus.CANCELLED:
        ENQUIRY.move(now, to=EnquiryStatus.CANCELLED)
        for room in Room.objects.scoped(enquiry=now, status__in=OPEN).with_parties().order_by("pk"):
            end_room(room, QuoteStatus.WITHDRAWN, Word.TAKEN_BACK, answers=None, actor=actor)
        take_down_notice(now)
        _record(Kind.NEGOTIATION_ENQUIRY_ENDED, now, actor)
    return now


def _publish(enquiry: Enquiry, actor: Actor) -> None:
    enquiry.refresh_from_db(fields=["closes_at"])  # as the database's clock has set it
    put_up_notice(enquiry)
    _record(Kind.NEGOTIATION_ENQUIRY_PUBLISHED, enquiry, actor)


def _record(kind: Kind, enquiry: Enquiry, actor: Actor) -> None:
    data = {"enquiry": enquiry.pk, "public": enquiry.is_public}
    record(kind, enquiry.subject, version=enquiry.version, actor=actor, data=data)


def _sought(request: Request, actor: Actor) -> Mapping[int, Sku]:
    """The SKUs that are named, all of which this buyer sees."""
    wanted = [line.sku_id for line in request.lines]
    if not 0 < len(wanted) <= MAX_LINES:
        raise Refused(_("An enquiry has 1 to %(max)d lines.") % {"max": MAX_LINES})
    if not timedelta(0) < request.open_for <= LONGEST_OPEN:
        raise Refused(_("Sellers may answer for 1 to %(days)d days.") % {"days": LONGEST_OPEN.days}, field="open_for")
    buyer = buyer_of(actor)
    buyer = replace(buyer, country=request.ship_to.get("country") or buyer.country)
    seen = Sku.objects.published().filter(visible_skus(buyer), pk__in=wanted)
    skus = {sku.pk: sku for sku in seen.exclude(company=actor.company_id).select_related("company", "product")}
    if len(skus) < len(set(wanted)):
        raise Refused(_("Something of this is no longer for sale, or your own. Take it out and ask again."))
    _require_few({sku.company for sku in skus.values()})
    _require_heard({sku.company for sku in skus.values()}, actor)
    return skus


def _require_heard(sellers: Collection[Company], actor: Actor) -> None:
    blocking = who_blocks(actor.company_id, [seller.pk for seller in sellers])
    if deaf := [seller.name for seller in sellers if seller.pk in blocking]:
        raise Refused(_("%(company)s takes no enquiries from your company: leave their goods out.")
                      % {"company": ", ".join(sorted(deaf))})  # fmt: skip


def _require_few(sellers: Collection[Company]) -> None:
    if len(sellers) > MAX_SELLERS:
        raise Refused(_("One enquiry goes to at most %(max)d sellers.") % {"max": MAX_SELLERS})


def _currency_of(sellers: Collection[Company], lines: Iterable[Asked]) -> str:
    """The one that all of them sell in, which is also that of what the buyer would like to pay."""
    taken = currencies_of([seller.pk for seller in sellers])
    currency, *others = set(taken.values())
    if others:
        said = ", ".join(f"{seller.name} {taken[seller.pk]}" for seller in sorted(sellers, key=lambda each: each.name))
        raise Refused(_("An enquiry has one currency, and these take several: %(sellers)s. Ask for their goods apart.")
                      % {"sellers": said})  # fmt: skip
    if any(line.target_price and line.target_price.currency != currency for line in lines):
        raise Refused(_("Its sellers take %(currency)s: say in that what you would like to pay.")
                      % {"currency": currency})  # fmt: skip
    return currency


def _write(
    request: Request, skus: Mapping[int, Sku], currency: str, *, company_id: int, person_id: int | None
) -> Enquiry:
    enquiry = Enquiry.objects.create(
        company_id=company_id,
        created_by_id=person_id,
        number=drawn_number(),
        title=clean_text(request.title, field="title", most=MAX_TITLE),
        note=clean_text(request.note, field="note", most=MAX_NOTE) if request.note.strip() else "",
        currency=currency,
        ship_to=dict(request.ship_to),
        bill_to=dict(request.bill_to),
        incoterm=request.incoterm,
        wanted_on=request.wanted_on,
        closes_at=Now() + request.open_for,
        audience=request.audience,
        board=request.board,
    )
    EnquiryLine.objects.bulk_create(_lines(enquiry, request, skus))
    EnquiryFile.objects.bulk_create(EnquiryFile(enquiry=enquiry, **each) for each in keep_files(request.files))
    return enquiry


def _lines(enquiry: Enquiry, request: Request, skus: Mapping[int, Sku]) -> Sequence[EnquiryLine]:
    """Two sellers' offers of one variant are one line: the same thing is wanted once."""
    by_variant: dict[int, EnquiryLine] = {}
    for line in request.lines:
        wanted = _line(enquiry, line, skus[line.sku_id])
        known = by_variant.setdefault(wanted.variant_id, wanted)
        if known.quantity != wanted.quantity:
            raise Refused(
                _("You ask for %(some)d and for %(others)d of the same thing, “%(name)s”, which two sellers sell. Ask each for all that you want of it.")  # noqa: E501
                % {"some": known.quantity, "others": wanted.quantity, "name": skus[line.sku_id].product.name}
            )  # fmt: skip
    for position, wanted in enumerate(by_variant.values(), start=1):
        wanted.position = position
    return list(by_variant.values())


def _line(enquiry: Enquiry, line: Asked, sku: Sku) -> EnquiryLine:
    whole_number(line.quantity)
    target = line.target_price
    return EnquiryLine(
        enquiry=enquiry,
        variant_id=sku.variant_id,
        quantity=line.quantity,
        breaks=_breaks(line),
        target_price_minor=target.minor if target and target.minor else None,
    )


def _breaks(line: Asked) -> list[int]:
    """Raises Refused for more than MAX_BREAKS, or for such as are not larger than what is asked for."""
    breaks = sorted({whole_number(each) for each in line.breaks})
    if len(breaks) > MAX_BREAKS:
        raise Refused(_("Ask for prices at up to %(max)d larger quantities of a line.") % {"max": MAX_BREAKS})
    if breaks and breaks[0] <= line.quantity:
        raise Refused(
            _("%(n)d is not more than the %(quantity)d that you ask for: name larger quantities.")
            % {"n": breaks[0], "quantity": line.quantity}
        )
    return breaks
