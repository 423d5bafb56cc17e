"""A seller's floors, and the offers that wait below them. Each says how many queries it costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from backend.catalog.models import Sku
from backend.core.money import Money, UnitPrice
from backend.negotiation.floors.models import Floor, HeldOffer
from backend.negotiation.floors.states import HeldState
from backend.negotiation.keeping import terms_kept
from backend.negotiation.models import Revision, Room
from backend.negotiation.terms import Terms, terms_from

MOST_WAITING, MOST_DECIDED, MOST_FLOORS = 100, 25, 500


@dataclass(frozen=True, slots=True)
class FloorRow:
    """The least that a thing may cost; `code` and `category` both empty: all that the seller sells."""

    pk: int
    code: str
    name: str
    category: str
    min_price: UnitPrice | None
    min_margin: Decimal | None


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line of an offer that waits. `cheapest` and `least` stand where it is too cheap: least None: not known."""

    code: str
    name: str
    quantity: int
    unit_price: UnitPrice
    is_below: bool
    cheapest: UnitPrice | None
    least: UnitPrice | None


@dataclass(frozen=True, slots=True)
class HeldView:
    """An offer that waits, or waited, for an approval, as those see it who give it."""

    pk: int
    room_id: int
    title: str
    buyer: str
    author: str
    state: HeldState
    is_acceptance: bool
    answers: int
    is_overtaken: bool
    """The buyer has moved since: it can't be approved any more."""
    lines: Sequence[HeldLine]
    net: Money
    freight: Money
    net_days: int
    valid_until: datetime
    note: str
    word: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None

    @property
    def total(self) -> Money:
        return self.net + self.freight


@dataclass(frozen=True, slots=True)
class HeldPage:
    waiting: Sequence[HeldView]
    decided: Sequence[HeldView]


@dataclass(frozen=True, slots=True)
class HeldNote:
    """What a room tells the seller's people of the offer that waits there: no floor, no margin."""

    pk: int
    state: HeldState
    is_acceptance: bool
    author: str
    codes: Sequence[str]
    word: str
    decided_by: str


def floors_of(company_id: int, rows: slice = slice(MOST_FLOORS)) -> Sequence[FloorRow]:
    """The widest first, then by code. One query."""
    floors = Floor.objects.of_company(company_id).select_related("sku__product", "category")
    return [_floor(row) for row in floors.order_by("sku__code", "category__name")[rows]]


def held_page(company_id: int, waiting: slice = slice(MOST_WAITING), decided: slice = slice(MOST_DECIDED)) -> HeldPage:
    """What waits, the longest waiting first, and what was decided of late. Five queries at most."""
    rows = HeldOffer.objects.of_company(company_id).with_all()
    open_ones = list(rows.waiting().order_by("asked_at", "pk")[waiting])
    others = list(rows.exclude(state=HeldState.WAITING).order_by("-asked_at", "-pk")[decided])
    views = _views([*open_ones, *others])
    return HeldPage(views[: len(open_ones)], views[len(open_ones) :])


def waiting_count(company_id: int) -> int:
    """One query."""
    return HeldOffer.objects.of_company(company_id).waiting().count()


def held_note(room: Room) -> HeldNote | None:
    """What waits in a room, or came back, as an answer to what is on the table now. One query."""
    if not room.is_open:
        return None
    shown = HeldOffer.objects.scoped(room=room, answers=room.head, state__in=(HeldState.WAITING, HeldState.RETURNED))
    held = shown.select_related("author", "decided_by").order_by("-pk").first()
    if held is None:
        return None
    return HeldNote(
        pk=held.pk,
        state=HeldState(held.state),
        is_acceptance=held.is_acceptance,
        author=str(held.author or ""),
        codes=[line["code"] for line in held.below],
        word=held.word,
        decided_by=str(held.decided_by or ""),
    )


def _floor(row: Floor) -> FloorRow:
    return FloorRow(
        pk=row.pk,
        code=row.sku.code if row.sku else "",
        name=row.sku.product.name if row.sku else "",
        category=str(row.category) if row.category else "",
        min_price=row.min_price,
        min_margin=row.min_margin,
    )


def _views(rows: Sequence[HeldOffer]) -> Sequence[HeldView]:
    said = {**_said_yes_to(rows), **{row.pk: terms_kept(row.terms) for row in rows if not row.is_acceptance}}
    wanted = {line.sku_id for terms in said.values() for line in terms.lines}
    skus = Sku.objects.across_companies(why="they are named by offers of the seller's own").filter(pk__in=wanted)
    named = {sku.pk: sku for sku in skus.select_related("product", "variant")}
    return [_view(row, said[row.pk], named) for row in rows]


def _said_yes_to(rows: Iterable[HeldOffer]) -> Mapping[int, Terms]:
    """The buyers' offers that somebody would accept. Two queries; none where there are none."""
    yes = {(row.room_id, row.answers): row.pk for row in rows if row.is_acceptance}
    if not yes:
        return {}
    these = Q(pk__in=())
    for room_id, number in yes:
        these |= Q(room=room_id, number=number)
    revisions = Revision.objects.scoped(these).select_related("room").prefetch_related("lines")
    return {yes[each.room_id, each.number]: terms_from(each, each.lines.all()) for each in revisions}


def _view(row: HeldOffer, terms: Terms, skus: Mapping[int, Sku]) -> HeldView:
    room, below = row.room, {line["sku"]: line for line in row.below}
    return HeldView(
        pk=row.pk,
        room_id=room.pk,
        title=room.enquiry.title,
        buyer=room.buyer.name,
        author=str(row.author or ""),
        state=HeldState(row.state),
        is_acceptance=row.is_acceptance,
        answers=row.answers,
        is_overtaken=row.state == HeldState.WAITING and (not room.is_open or room.head != row.answers),
        lines=[_line(line, skus[line.sku_id], below.get(line.sku_id)) for line in terms.lines],
        net=terms.net,
        freight=terms.freight,
        net_days=terms.net_days,
        valid_until=terms.valid_until,
        note=terms.note,
        word=row.word,
        asked_at=row.asked_at,
        decided_by=str(row.decided_by or ""),
        decided_at=row.decided_at,
    )


def _line(line: Any, sku: Sku, below: Mapping[str, Any] | None) -> HeldLine:
    currency = line.unit_price.currency
    return HeldLine(
        code=sku.code,
        name=sku.full_name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        is_below=below is not None,
        cheapest=UnitPrice(Decimal(below["price"]), currency) if below else None,
        least=UnitPrice(Decimal(below["least"]), currency) if below and below["least"] else None,
    )
