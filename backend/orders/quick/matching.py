"""Which SKUs a typed code may mean: what the buyer calls so, else a seller's code, or a GTIN, of what he may order."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models.functions import Upper

from backend.catalog.models import Sku
from backend.catalog.pricing import Buyer, visible_skus
from backend.orders.offered import Offered, offered
from backend.orders.part_numbers.queries import skus_called

GTIN_LENGTHS = (8, 12, 13, 14)


def same_code(code: str) -> str:
    """A code as it is compared."""
    return code.strip().upper()


def gtins_of(code: str) -> set[str]:
    """The GTINs that these digits may be: scanners and spreadsheets drop zeros in front, and put some there."""
    digits = code.strip().lstrip("0")
    if not (digits.isascii() and digits.isdigit() and len(digits) > 6):
        return set()
    return {digits.zfill(length) for length in GTIN_LENGTHS if len(digits) <= length}


def known_codes(codes: Collection[str], buyer: Buyer) -> set[str]:
    """Those of the codes, as they are compared, that this buyer could order by. Two queries."""
    asked = {same_code(code) for code in codes if code}
    found = Sku.objects.published().filter(visible_skus(buyer)).annotate(same=Upper("code"))
    theirs = set(found.filter(same__in=asked).values_list("same", flat=True))
    return theirs | skus_called(asked, buyer.company_id).keys()


def match_codes(codes: Collection[str], buyer: Buyer) -> Mapping[str, Sequence[Offered]]:
    """What each code, as it is compared, may mean, by the sellers' names. Eight queries, however many codes.

    What the buyer has a number of their own for means that and nothing else, whether or not it can be ordered now.
    """
    asked = {same_code(code) for code in codes if code.strip()}
    own = skus_called(asked, buyer.company_id)
    found = offered(_named(asked).union(*own.values()), buyer)
    meant = _by_sellers_codes(asked, found)
    return {**meant, **{code: [offer for offer in found.values() if offer.sku.pk in pks] for code, pks in own.items()}}


def match_sellers_codes(codes: Collection[str], buyer: Buyer) -> Mapping[str, Sequence[Offered]]:
    """The same by the sellers' codes and GTINs alone. Seven queries."""
    asked = {same_code(code) for code in codes if code.strip()}
    return _by_sellers_codes(asked, offered(_named(asked), buyer))


def _by_sellers_codes(asked: Collection[str], found: Mapping[int, Offered]) -> Mapping[str, Sequence[Offered]]:
    meant: dict[str, list[Offered]] = defaultdict(list)
    by_gtin = {gtin: code for code in asked for gtin in gtins_of(code)}
    for offer in sorted(found.values(), key=lambda offer: (offer.sku.company.name, offer.sku.pk)):
        for code in {same_code(offer.sku.code), by_gtin.get(offer.sku.gtin, "")}.intersection(asked):
            meant[code].append(offer)
    return meant


def _named(codes: Collection[str]) -> set[int]:
    """Found by an index each, and joined: who may see them is decided with their prices."""
    skus = Sku.objects.across_companies(why="who may see them is decided by offered()")
    by_code = skus.annotate(same=Upper("code")).filter(same__in=codes).values_list("pk", flat=True)
    gtins = {gtin for code in codes for gtin in gtins_of(code)}
    by_gtin = skus.filter(variant__gtin__in=gtins).exclude(variant__gtin="").values_list("pk", flat=True)
    return set(by_code.union(by_gtin, all=True))
