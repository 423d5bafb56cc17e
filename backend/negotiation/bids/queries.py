"""All offers of an enquiry side by side: the board for its buyer, and where a bidder stands on an open one. Each
function says how many queries it costs, and its test says so, too."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from backend.core.money import Money, UnitPrice
from backend.core.row_security import across_companies
from backend.negotiation.models import Award, Enquiry, EnquiryLine, Revision, RevisionLine, Room
from backend.negotiation.queries import RoomStatus, status_of
from backend.negotiation.states import Board, EnquiryStatus, Side
from backend.negotiation.terms import Tier

RANKED = "a rank among all bidders says nothing of who they are"


@dataclass(frozen=True, slots=True)
class Bid:
    """What one seller has on the table: a column of the board. Without a `number` there is nothing, or it is sealed."""

    room_id: int
    seller: str
    status: RoomStatus
    is_sealed: bool = False
    is_buyers: bool = False
    """It is the buyer's own counter-offer that lies there."""
    number: int = 0
    may_split: bool = False
    freight: Money | None = None
    total: Money | None = None
    """Of all that is offered, with its freight, before tax."""
    lead_time_days: int | None = None
    valid_until: datetime | None = None
    is_whole: bool = False
    """It answers every line in the quantity that was asked for."""
    is_best: bool = False
    """Nobody else offers all for less."""

    @property
    def counts(self) -> bool:
        """A seller's offer that can be accepted."""
        return bool(self.number) and not self.is_buyers and self.status.is_open


@dataclass(frozen=True, slots=True)
class Cell:
    """What one seller offers of one line; without a price, nothing."""

    room_id: int
    price: UnitPrice | None = None
    """Of one, at the quantity that was asked for."""
    quantity: int = 0
    awarded: int = 0
    breaks: Sequence[Tier] = ()
    """At the larger quantities that prices were asked for."""
    is_short: bool = False
    counts: bool = False
    is_best: bool = False

    @property
    def is_enough(self) -> bool:
        """It can be accepted, and for all that was asked for."""
        return self.counts and not self.is_short


@dataclass(frozen=True, slots=True)
class BoardLine:
    """What was asked for, and what each seller offers of it, in the order of the board's columns."""

    pk: int
    name: str
    quantity: int
    target: UnitPrice | None
    breaks: Sequence[int]
    cells: Sequence[Cell]
    awarded: int = 0
    """So much of it is ordered."""

    @property
    def left(self) -> int:
        return max(0, self.quantity - self.awarded)

    @property
    def is_gap(self) -> bool:
        """Nobody offers it."""
        return not self.awarded and not any(cell.counts for cell in self.cells)


@dataclass(frozen=True, slots=True)
class BoardView:
    bids: Sequence[Bid]
    lines: Sequence[BoardLine]

    @property
    def gaps(self) -> int:
        return sum(line.is_gap for line in self.lines)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a bidder stands in one line: `rank` 1 is the best of `of` who offer it; None: he doesn't."""

    name: str
    own: UnitPrice | None
    best: UnitPrice | None
    rank: int | None
    of: int


@dataclass(frozen=True, slots=True)
class Priced:
    quantity: int
    price: UnitPrice


@dataclass(frozen=True, slots=True)
class Change:
    """What a seller's offer says of one thing now, and what it said when somebody last saw it; None: nothing."""

    seller: str
    code: str
    old: Priced | None
    new: Priced | None


@dataclass(frozen=True, slots=True)
class _Offered:
    """What lies on the table of one room."""

    revision: Revision
    lines: Mapping[int, RevisionLine]
    """By variant."""


def bid_board(enquiry: Enquiry) -> BoardView:
    """Every seller's offer on the table, and what of it is ordered. Five queries, however many."""
    rooms = list(Room.objects.scoped(enquiry=enquiry).with_parties().order_by("seller__name", "pk"))
    lines = _lines(enquiry)
    offered = {} if enquiry.is_under_seal else _offered(rooms)
    bids = [_bid(room, offered.get(room.pk), lines) for room in rooms]
    taken = awarded_of(enquiry)
    rows = [_row(line, bids, offered, taken, enquiry.currency) for line in lines]
    return BoardView(_with_best(bids), rows)


@across_companies(why=RANKED)
def standings(enquiry: Enquiry) -> Mapping[int, Sequence[Standing]]:
    """Where each bidder of an open board stands, by room, as long as nothing is decided. Five queries."""
    if not has_ranks(enquiry):
        return {}
    board = bid_board(enquiry)
    return {bid.room_id: [_standing(line, bid.room_id) for line in board.lines] for bid in board.bids}


def awarded_of(enquiry: Enquiry) -> Mapping[tuple[int, int], int]:
    """How much of each line is ordered of whom, by (room, line). One query."""
    rows = Award.objects.scoped(room__enquiry=enquiry).values_list("room", "line", "quantity")
    return {(room, line): quantity for room, line, quantity in rows}


def has_ranks(enquiry: Enquiry) -> bool:
    return enquiry.board == Board.OPEN and enquiry.status in (EnquiryStatus.OPEN, EnquiryStatus.CLOSED)


def price_at(line: RevisionLine, quantity: int, currency: str) -> UnitPrice:
    """What each costs if so many are ordered."""
    reached = [Decimal(price) for n, price in line.tiers if int(n) <= quantity]
    return UnitPrice(reached[-1], currency) if reached else line.price(currency)


def changes_since(enquiry: Enquiry, seen: Mapping[int, int]) -> Sequence[Change]:
    """What is different, by room, from the offer with the number that was seen. Three queries."""
    rooms = {room.pk: room for room in Room.objects.scoped(enquiry=enquiry, pk__in=seen).with_parties()}
    lines: dict[tuple[int, int], dict[str, Priced]] = defaultdict(dict)
    numbers = {*seen.values(), *(room.head for room in rooms.values())}
    rows = RevisionLine.objects.scoped(revision__room__in=list(rooms), revision__number__in=numbers)
    for line in rows.select_related("revision", "sku").order_by("position"):
        priced = Priced(line.quantity, line.price(enquiry.currency))
        lines[line.revision.room_id, line.revision.number][line.sku.code] = priced
    return [
        Change(room.seller.name, code, old.get(code), new.get(code))
        for pk, room in rooms.items()
        for old, new in [(lines[pk, seen[pk]], lines[pk, room.head])]
        for code in {**old, **new}
        if old.get(code) != new.get(code)
    ]


def _lines(enquiry: Enquiry) -> Sequence[EnquiryLine]:
    rows = EnquiryLine.objects.scoped(enquiry=enquiry).select_related("variant__product", "enquiry")
    return list(rows.order_by("position"))


def _offered(rooms: Sequence[Room]) -> Mapping[int, _Offered]:
    """Two queries."""
    heads = {room.pk: room.head for room in rooms if room.head}
    revisions = [
        each
        for each in Revision.objects.scoped(room__in=list(heads), number__in=set(heads.values()))
        if heads[each.room_id] == each.number
    ]
    by_revision: dict[int, dict[int, RevisionLine]] = defaultdict(dict)
    rows = RevisionLine.objects.scoped(revision__in=[each.pk for each in revisions])
    for line in rows.select_related("sku").order_by("position"):
        by_revision[line.revision_id].setdefault(line.sku.variant_id, line)
    return {each.room_id: _Offered(each, by_revision[each.pk]) for each in revisions}


def _bid(room: Room, offered: _Offered | None, lines: Sequence[EnquiryLine]) -> Bid:
    bid = Bid(room.pk, room.seller.name, status_of(room), is_sealed=bool(room.head) and room.enquiry.is_under_seal)
    if offered is None:
        return bid
    revision, currency = offered.revision, room.currency
    return replace(
        bid,
        is_buyers=revision.side == Side.BUYER,
        number=revision.number,
        may_split=revision.may_split,
        freight=Money(revision.freight_minor, currency),
        total=Money(revision.net_minor + revision.freight_minor, currency),
        lead_time_days=revision.lead_time_days,
        valid_until=revision.valid_until,
        is_whole=all(_answers(offered.lines.get(line.variant_id), line) for line in lines),
    )


def _answers(offered: RevisionLine | None, asked: EnquiryLine) -> bool:
    return offered is not None and offered.quantity >= asked.quantity


def _with_best(bids: Sequence[Bid]) -> Sequence[Bid]:
    whole = [bid.total.amount_minor for bid in bids if bid.counts and bid.is_whole and bid.total]
    return [
        replace(bid, is_best=bool(bid.counts and bid.is_whole and bid.total and bid.total.amount_minor == min(whole)))
        for bid in bids
    ]


def _row(
    line: EnquiryLine,
    bids: Sequence[Bid],
    offered: Mapping[int, _Offered],
    taken: Mapping[tuple[int, int], int],
    currency: str,
) -> BoardLine:
    cells = [
        replace(_cell(line, bid, offered.get(bid.room_id), currency), awarded=taken.get((bid.room_id, line.pk), 0))
        for bid in bids
    ]
    enough = [cell.price.minor for cell in cells if cell.is_enough and cell.price]
    shown = [
        replace(cell, is_best=bool(cell.is_enough and cell.price and cell.price.minor == min(enough))) for cell in cells
    ]
    return BoardLine(
        line.pk, line.name, line.quantity, line.target_price, line.breaks, shown, sum(cell.awarded for cell in cells)
    )


def _cell(line: EnquiryLine, bid: Bid, offered: _Offered | None, currency: str) -> Cell:
    found = offered.lines.get(line.variant_id) if offered else None
    if found is None:
        return Cell(bid.room_id)
    return Cell(
        room_id=bid.room_id,
        price=price_at(found, line.quantity, currency),
        quantity=found.quantity,
        breaks=[Tier(n, price_at(found, n, currency)) for n in line.breaks],
        is_short=found.quantity < line.quantity,
        counts=bid.counts,
    )


def _standing(line: BoardLine, room_id: int) -> Standing:
    """Prices at the quantity that was asked for, whoever offers less of it last."""
    ranked = sorted(
        (cell.is_short, cell.price.minor, cell.price.currency) for cell in line.cells if cell.counts and cell.price
    )
    own = next((cell for cell in line.cells if cell.room_id == room_id), None)
    best = UnitPrice(ranked[0][1], ranked[0][2]) if ranked else None
    if own is None or not own.counts or own.price is None:
        return Standing(line.name, None, best, None, len(ranked))
    rank = 1 + ranked.index((own.is_short, own.price.minor, own.price.currency))
    return Standing(line.name, own.price, best, rank, len(ranked))
