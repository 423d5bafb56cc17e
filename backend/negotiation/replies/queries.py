"""What a seller's people say and offer again and again. Each says how many queries it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from backend.catalog.models import Sku
from backend.negotiation.models import CannedReply, OfferTemplate, Room
from backend.negotiation.replies.filling import filled, gaps_of

MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """A canned reply as it would be said in a room."""

    pk: int
    title: str
    text: str


def replies_of(company_id: int) -> Sequence[CannedReply]:
    """By title. One query."""
    return list(CannedReply.objects.of_company(company_id).order_by("title"))


def templates_of(company_id: int) -> Sequence[OfferTemplate]:
    """By title. One query."""
    return list(OfferTemplate.objects.of_company(company_id).order_by("title"))


def replies_in(room: Room, own_name: str) -> Sequence[Reply]:
    """The seller's replies with their gaps filled for this room. Two queries, one where there are none."""
    kept = replies_of(room.seller_id)
    gaps = gaps_of(room, own_name) if kept else {}
    return [Reply(each.pk, each.title, filled(each.text, gaps)) for each in kept]


def goods_found(room: Room, text: str) -> Sequence[Sku]:
    """Published SKUs of the room's seller whose code begins so, or whose product's name has it. One query."""
    text = text.strip()[:80]
    if not text:
        return []
    skus = Sku.objects.published().filter(company=room.seller_id)
    found = skus.filter(Q(code__istartswith=text) | Q(product__name__icontains=text))
    return list(found.select_related("product", "variant").order_by("code")[:MOST_FOUND])


def goods_named(room: Room, pks: Sequence[int]) -> Sequence[Sku]:
    """Those of the seller's published SKUs, in the order in which they are named. One query; none for none."""
    if not pks:
        return []
    skus = Sku.objects.published().filter(company=room.seller_id, pk__in=pks).select_related("product", "variant")
    return sorted(skus, key=lambda sku: list(pks).index(sku.pk))
