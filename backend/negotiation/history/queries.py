"""What was said and offered in a room, as one looks something up in it or keeps all of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from backend.negotiation.models import Attachment, Entry, Revision, RevisionLine, Room
from backend.negotiation.queries import WITH_AN_OFFER, EntryView, entries_of, room_head, wanted_lines
from backend.negotiation.terms import canonical, terms_from

MOST_HITS, MOST_WORDS, AROUND = 50, 8, 25


@dataclass(frozen=True, slots=True)
class WholeRoom:
    """A negotiation from its first word to its last, and each offer's canonical text (terms.canonical) with the SHA-256
    that was kept of it, by its number."""

    entries: Sequence[EntryView]
    offers: Mapping[int, tuple[str, str]]


def found_in(room: Room, text: str) -> Sequence[EntryView]:
    """The newest MOST_HITS entries in which every word stands: in what was said, in the code or the name of what was
    offered, or in the name of a file. One query, three for the offers among them, one for the files."""
    words = text.split()[:MOST_WORDS]
    if not words:
        return []
    rows = Entry.objects.scoped(room=room, hidden_at=None)
    for word in words:
        rows = rows.filter(_holds(room, word))
    return entries_of(room.pk, rows.order_by("-seq")[:MOST_HITS])


def _holds(room: Room, word: str) -> Q:
    lines = RevisionLine.objects.scoped(revision__room=room)
    named = lines.filter(Q(sku__code__icontains=word) | Q(sku__product__name__icontains=word))
    files = Attachment.objects.scoped(room=room, name__icontains=word)
    offered = Q(word__in=WITH_AN_OFFER, revision__in=named.values("revision__number"))
    return Q(text__icontains=word) | offered | Q(pk__in=files.values("entry"))


def around(room: Room, seq: int) -> Sequence[EntryView]:
    """The entry with this number and what was said just before and after it. One query, three for the offers among
    them, one for the files."""
    near = Entry.objects.scoped(room=room, seq__range=(seq - AROUND, seq + AROUND))
    return entries_of(room.pk, near.order_by("seq"))


def whole_room(room: Room) -> WholeRoom:
    """All of it. Seven queries, of which five are for offers and one for files."""
    entries = entries_of(room.pk, Entry.objects.scoped(room=room).order_by("seq"))
    revisions = Revision.objects.scoped(room=room).select_related("room").order_by("number")
    offers = {each.number: (_canonical(each), each.digest) for each in revisions.prefetch_related("lines__sku")}
    return WholeRoom(entries, offers)


def _canonical(revision: Revision) -> str:
    lines = sorted(revision.lines.all(), key=lambda line: line.position)
    codes = {line.sku_id: line.sku.code for line in lines}
    return canonical(terms_from(revision, lines), room_id=revision.room_id, number=revision.number, codes=codes)


def as_json(room: Room, whole: WholeRoom) -> str:
    """The whole room for another program: moments in UTC, amounts in minor units as in the canonical texts. Two
    queries, for what was asked."""
    head = room_head(room)
    said: dict[str, Any] = {
        "room": room.pk,
        "enquiry": {
            "number": head.number,
            "title": head.title,
            "note": head.note,
            "lines": [{"sku": line.code, "name": line.name, "quantity": line.quantity} for line in wanted_lines(room)],
        },
        "buyer": head.buyer,
        "seller": head.seller,
        "currency": head.currency,
        "status": room.status,
        "entries": [_entry(each) for each in whole.entries],
        "offers": [
            {"number": number, "sha256": digest, "canonical": text, "terms": json.loads(text)}
            for number, (text, digest) in whole.offers.items()
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=1)


def _entry(each: EntryView) -> dict[str, Any]:
    return {
        "seq": each.seq,
        "at": each.at.isoformat(),
        "what": str(each.word),
        "side": each.side,
        "company": each.company,
        "person": each.author,
        "text": each.text,
        "hidden": each.is_hidden,
        "offer": each.offer.number if each.offer else None,
        "files": [file.name for file in each.files],
    }
