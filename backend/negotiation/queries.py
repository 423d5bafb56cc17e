"""One function per screenful. Each says how many queries it costs, and its test says that number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from backend.catalog.models import Sku
from backend.core.money import Money, UnitPrice
from backend.core.row_security import across_companies
from backend.files.models import FileKind, KeptFile
from backend.files.reading import SIZES
from backend.negotiation.models import (
    Attachment,
    EnquiryFile,
    EnquiryLine,
    Entry,
    Revision,
    RevisionLine,
    Room,
)
from backend.negotiation.states import OPEN, Board, Incoterm, QuoteStatus, Side, Word
from backend.negotiation.terms import Tier

PAGE, MOST_ROOMS = 50, 200
WITH_AN_OFFER = (Word.OFFERED, Word.PART, Word.UNSEALED)
"""What shows an offer: a sealed one only once it is opened."""
WATCHED = "its topic says who may watch it"


@dataclass(frozen=True, slots=True)
class RoomStatus:
    """Where a negotiation stands: fragment negotiation/_status.html, topic `room:<pk>`."""

    room_id: int
    version: int
    status: QuoteStatus
    head: int
    valid_until: datetime | None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class OfferLine:
    """A line of an offer beside the same SKU's line in the offer before it, if that had one."""

    sku_id: int
    code: str
    name: str
    unit_of_sale: str
    quantity: int
    unit_price: UnitPrice
    tiers: Sequence[Tier]
    net: Money
    old_quantity: int | None
    old_price: UnitPrice | None

    @property
    def is_new(self) -> bool:
        return self.old_price is None

    @property
    def is_changed(self) -> bool:
        return not self.is_new and (self.quantity, self.unit_price) != (self.old_quantity, self.old_price)


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer as it was made, and what is different from the one before."""

    number: int
    side: Side
    lines: Sequence[OfferLine]
    dropped: Sequence[str]
    """The codes of what the offer before still had."""
    is_first: bool
    net: Money
    freight: Money
    old_freight: Money | None
    incoterm: str
    net_days: int
    lead_time_days: int | None
    valid_until: datetime
    holds_stock: bool
    may_split: bool
    digest: str

    @property
    def total(self) -> Money:
        return self.net + self.freight

    @property
    def incoterm_label(self) -> str:
        return str(Incoterm(self.incoterm).label) if self.incoterm else ""


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that came with a message or an enquiry; `size_bytes` as it is kept."""

    pk: int
    name: str
    is_picture: bool
    width: int | None
    height: int | None
    size_bytes: int

    @property
    def shown_width(self) -> int:
        """Of its thumbnail, in pixels."""
        return max(1, round((self.width or 1) * self._scale))

    @property
    def shown_height(self) -> int:
        return max(1, round((self.height or 1) * self._scale))

    @property
    def _scale(self) -> float:
        return min(1.0, SIZES["s"] / max(self.width or 1, self.height or 1))


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of a room's stream: fragment negotiation/_entry.html, topic `room_log:<pk>`."""

    room_id: int
    seq: int
    """Counts the entries of its room from 1 on, without a gap."""
    at: datetime
    word: Word
    text: str
    side: str
    """Whose doing it was; empty: nobody's, the clock's."""
    company: str
    author: str
    offer: OfferView | None
    files: Sequence[FileView] = ()
    is_hidden: bool = False
    """The market's operators have hidden what was said."""


@dataclass(frozen=True, slots=True)
class WantedLine:
    """What the buyer asked for, and the seller's own SKU of it."""

    name: str
    quantity: int
    breaks: Sequence[int]
    target: UnitPrice | None
    sku_id: int
    code: str


@dataclass(frozen=True, slots=True)
class RoomHead:
    """What stays as it is from the day on that a room was opened."""

    pk: int
    number: str
    title: str
    buyer: str
    seller: str
    currency: str
    note: str
    incoterm: str
    wanted_on: date | None
    closes_at: datetime
    board: Board
    is_public: bool
    ship_to: Mapping[str, str]


# --- Live fragments --------------------------------------------------------------------------------------------------
@across_companies(why=WATCHED)
def room_status(room_id: int) -> RoomStatus:
    """Where one negotiation stands. One query."""
    return status_of(Room.objects.scoped(pk=room_id).get())


@across_companies(why=WATCHED)
def entries_between(room_id: int, first: int, last: int) -> Sequence[EntryView]:
    """A room's entries from seq `first` to `last`, in order. One query, three for the offers among them, one for the
    files."""
    return entries_of(room_id, Entry.objects.scoped(room=room_id, seq__range=(first, last)).order_by("seq"))


# --- Screens ---------------------------------------------------------------------------------------------------------
def room_head(room: Room) -> RoomHead:
    """What was asked. No query for a room that was read with_parties()."""
    enquiry = room.enquiry
    return RoomHead(
        pk=room.pk,
        number=enquiry.number,
        title=enquiry.title,
        buyer=room.buyer.name,
        seller=room.seller.name,
        currency=room.currency,
        note=enquiry.note,
        incoterm=str(Incoterm(enquiry.incoterm).label) if enquiry.incoterm else "",
        wanted_on=enquiry.wanted_on,
        closes_at=enquiry.closes_at,
        board=Board(enquiry.board),
        is_public=enquiry.is_public,
        ship_to=enquiry.ship_to,
    )


def wanted_lines(room: Room) -> Sequence[WantedLine]:
    """What was asked of this seller: the lines of which he has a SKU. Two queries."""
    lines = list(EnquiryLine.objects.scoped(enquiry=room.enquiry_id).select_related("variant__product", "enquiry"))
    offered = Sku.objects.published().filter(company=room.seller_id, variant__in=[line.variant_id for line in lines])
    skus = {sku.variant_id: sku for sku in offered.order_by("-pk")}
    return [_wanted(line, skus[line.variant_id]) for line in lines if line.variant_id in skus]


def enquiry_files(enquiry_id: int) -> Sequence[FileView]:
    """What came with an enquiry. One query."""
    return [_file(each) for each in EnquiryFile.objects.scoped(enquiry=enquiry_id).order_by("pk")]


def stream(room_id: int, *, before: int | None = None, size: int = PAGE) -> Sequence[EntryView]:
    """The newest entries, or the newest of those before a seq, the oldest first. One query, three for the offers among
    them, one for the files."""
    rows = Entry.objects.scoped(room=room_id)
    newest = (rows if before is None else rows.filter(seq__lt=before)).order_by("-seq")[:size]
    return entries_of(room_id, newest)[::-1]


def offer_on_table(room: Room, side: Side) -> OfferView | None:
    """The newest offer; None before the first, and for the buyer as long as it is sealed. Three queries."""
    if not room.head or (side == Side.BUYER and room.enquiry.is_under_seal):
        return None
    return _offers(room.pk, [room.head])[room.head]


def _wanted(line: EnquiryLine, sku: Sku) -> WantedLine:
    return WantedLine(line.name, line.quantity, line.breaks, line.target_price, sku.pk, sku.code)


def status_of(room: Room) -> RoomStatus:
    """Where a room in hand stands. No query."""
    return RoomStatus(room.pk, room.version, QuoteStatus(room.status), room.head, room.valid_until)


# --- Entries with their offers ---------------------------------------------------------------------------------------
def entries_of(room_id: int, rows: Iterable[Entry]) -> Sequence[EntryView]:
    """Rows of a room as both sides read them. One query, three for the offers among them, one for the files."""
    found = list(rows.select_related("author", "room__buyer", "room__seller"))  # type: ignore[attr-defined]
    numbers = [each.revision for each in found if each.word in WITH_AN_OFFER and each.revision]
    offers = _offers(room_id, numbers) if numbers else {}
    files = _files([each.pk for each in found if each.files])
    return [_entry(each, offers, files.get(each.pk, ())) for each in found]


def _files(entries: Sequence[int]) -> Mapping[int, Sequence[FileView]]:
    """Those of each entry. One query, if there may be any."""
    found: dict[int, list[FileView]] = defaultdict(list)
    for each in Attachment.objects.scoped(entry__in=entries).order_by("pk") if entries else ():
        found[each.entry_id].append(_file(each))
    return found


def _file(row: KeptFile) -> FileView:
    return FileView(row.pk, str(row), row.kind == FileKind.PICTURE, row.width, row.height, row.size_bytes)


def _entry(each: Entry, offers: Mapping[int, OfferView], files: Sequence[FileView]) -> EntryView:
    named = {str(Side.BUYER): each.room.buyer.name, str(Side.SELLER): each.room.seller.name}
    company = named.get(each.side, "")
    author = each.author.name if each.author else ""
    offer = offers.get(each.revision or 0) if each.word in WITH_AN_OFFER else None
    return EntryView(
        room_id=each.room_id,
        seq=each.seq,
        at=each.at,
        word=Word(each.word),
        text="" if each.hidden_at else each.text,
        side=each.side,
        company=company,
        author=author,
        offer=offer,
        files=() if each.hidden_at else files,
        is_hidden=each.hidden_at is not None,
    )


def _offers(room_id: int, numbers: Iterable[int]) -> Mapping[int, OfferView]:
    """Those offers of a room, each beside the one that was made before it. Three queries."""
    wanted = {*numbers, *(number - 1 for number in numbers)}
    rows = Revision.objects.scoped(room=room_id, number__in=wanted).select_related("room")
    revisions = {each.number: each for each in rows}
    lines: dict[int, list[RevisionLine]] = defaultdict(list)
    of_them = RevisionLine.objects.scoped(revision__in=[each.pk for each in revisions.values()])
    for line in of_them.select_related("sku__product", "sku__variant").order_by("position"):
        lines[line.revision_id].append(line)
    return {
        number: _offer(revisions[number], revisions.get(number - 1), lines) for number in numbers if number in revisions
    }


def _offer(now: Revision, before: Revision | None, lines: Mapping[int, list[RevisionLine]]) -> OfferView:
    currency = now.room.currency
    old = {line.sku_id: line for line in lines.get(before.pk, [])} if before else {}
    kept = {line.sku_id for line in lines[now.pk]}
    return OfferView(
        number=now.number,
        side=Side(now.side),
        lines=[_line(line, old.get(line.sku_id), currency) for line in lines[now.pk]],
        dropped=[line.sku.code for pk, line in old.items() if pk not in kept],
        is_first=before is None,
        net=Money(now.net_minor, currency),
        freight=Money(now.freight_minor, currency),
        old_freight=Money(before.freight_minor, currency) if before else None,
        incoterm=now.incoterm,
        net_days=now.net_days,
        lead_time_days=now.lead_time_days,
        valid_until=now.valid_until,
        holds_stock=now.holds_stock,
        may_split=now.may_split,
        digest=now.digest,
    )


def _line(line: RevisionLine, old: RevisionLine | None, currency: str) -> OfferLine:
    sku = line.sku
    return OfferLine(
        sku_id=sku.pk,
        code=sku.code,
        name=sku.full_name,
        unit_of_sale=sku.unit_of_sale,
        quantity=line.quantity,
        unit_price=line.price(currency),
        tiers=[Tier(int(n), UnitPrice(Decimal(price), currency)) for n, price in line.tiers],
        net=line.net(currency),
        old_quantity=old.quantity if old else None,
        old_price=old.price(currency) if old else None,
    )
