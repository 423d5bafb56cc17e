"""Open enquiries as a seller finds them. Each function says how many queries it costs, and its test says so, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.negotiation.models import Room
from backend.negotiation.notices.models import Notice, NoticeQuerySet, Pass
from backend.negotiation.states import Board, Incoterm

MOST_SHOWN, MOST_WORDS, FIRST_LINES = 100, 10, 3


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """What is wanted, and the seller's own code of it, if he sells it."""

    variant_id: int
    name: str
    quantity: int
    breaks: Sequence[int]
    """Larger quantities that prices are asked for."""
    code: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """An open enquiry as any verified seller may know it: never who asks."""

    pk: int
    title: str
    note: str
    country: str
    incoterm: str
    wanted_on: date | None
    board: Board
    opened_at: datetime
    closes_at: datetime
    lines: Sequence[NoticeLine]
    room_id: int | None
    """Where this seller takes part, if he does."""
    is_passed: bool

    @property
    def sold(self) -> int:
        """How many of its lines this seller sells."""
        return sum(bool(line.code) for line in self.lines)

    @property
    def first(self) -> Sequence[NoticeLine]:
        return self.lines[:FIRST_LINES]

    @property
    def more(self) -> int:
        return max(0, len(self.lines) - FIRST_LINES)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a seller looks for among open enquiries."""

    words: str = ""
    category_id: int | None = None
    passed: bool = False
    """Those that he has passed, instead of the others."""


def open_notices(actor: Actor, sought: Sought, rows: slice = slice(MOST_SHOWN)) -> Sequence[NoticeView]:
    """What this seller may take part in, what closes first in front. Four queries, for one and for a hundred."""
    passed = set(Pass.objects.of_company(actor.company_id).values_list("notice", flat=True))
    found = _matching(Notice.objects.visible_to(actor), sought)
    kept = found.filter(pk__in=passed) if sought.passed else found.exclude(pk__in=passed)
    return _views(list(kept.order_by("closes_at", "pk")[rows]), actor, passed)


def notice_view(notice: Notice, actor: Actor) -> NoticeView:
    """One open enquiry. Three queries."""
    passed = set(Pass.objects.of_company(actor.company_id).filter(notice=notice).values_list("notice", flat=True))
    return _views([notice], actor, passed)[0]


def _matching(found: NoticeQuerySet, sought: Sought) -> NoticeQuerySet:
    for word in sought.words.lower().split()[:MOST_WORDS]:
        found = found.filter(words__contains=word)
    return found.filter(categories__contains=[sought.category_id]) if sought.category_id else found


def _views(notices: Sequence[Notice], actor: Actor, passed: set[int]) -> Sequence[NoticeView]:
    variants = {line[0] for notice in notices for line in notice.lines}
    own = Sku.objects.published().filter(company=actor.company_id, variant__in=variants).order_by("-pk")
    codes = dict(own.values_list("variant", "code"))
    joined = Room.objects.scoped(seller=actor.company_id, enquiry__in=[notice.enquiry_id for notice in notices])
    rooms = dict(joined.values_list("enquiry", "pk"))
    return [_view(notice, codes, rooms.get(notice.enquiry_id), notice.pk in passed) for notice in notices]


def _view(notice: Notice, codes: Mapping[int, str], room_id: int | None, is_passed: bool) -> NoticeView:
    return NoticeView(
        pk=notice.pk,
        title=notice.title,
        note=notice.note,
        country=notice.country,
        incoterm=str(Incoterm(notice.incoterm).label) if notice.incoterm else "",
        wanted_on=notice.wanted_on,
        board=Board(notice.board),
        opened_at=notice.opened_at,
        closes_at=notice.closes_at,
        lines=[NoticeLine(pk, name, n, breaks, codes.get(pk, "")) for pk, name, n, breaks in notice.lines],
        room_id=room_id,
        is_passed=is_passed,
    )
