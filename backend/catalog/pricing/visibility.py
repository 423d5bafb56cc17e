"""Which offers a buyer may see, and which of those they can't buy: assortments and territories, as a word for the
queries of others, and as an answer."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.accounts.actor import Actor
from backend.catalog.lists.models import Assortment, AssortmentItem, Territory
from backend.catalog.lists.states import AssortmentKind
from backend.catalog.pricing.terms import Buyer, NotSold
from backend.core.row_security import IsWorkOf, acting_for
from backend.core.written import fetch

# The rule of `visible_skus` for SKUs that are known by their ids, as it is asked for every page: a function of the
# database's, since Django takes 10 ms to put that query together and PostgreSQL 2 to plan it. A test holds the two
# against each other. What it reads is named, so that the connection is told whose work this is (see row_security.py).
_SEEN = """
SELECT * FROM offers_seen(%(buyer)s, %(looks_on)s, {country}, %(skus)s, %(even_unpublished)s)
-- reads catalog_assortmentaudience, catalog_groupmember
"""
_SOLD = """
SELECT seen.id, unsold.why
FROM offers_seen(%(buyer)s, %(looks_on)s, %(country)s, %(skus)s, %(even_unpublished)s) AS seen (id)
LEFT JOIN offers_unsold(%(buyer)s, %(country)s, %(skus)s) AS unsold ON unsold.sku_id = seen.id
-- reads catalog_assortmentaudience, catalog_groupmember
"""
_PRODUCTS_SEEN = """
WITH offer AS MATERIALIZED (
    SELECT sku.id, sku.product_id FROM catalog_sku AS sku JOIN catalog_product AS product ON product.id = sku.product_id
    WHERE sku.product_id = ANY(%(products)s::bigint[]) AND sku.listed AND product.status = 'published')
SELECT product_id FROM offer WHERE id IN (
    SELECT offers_seen(%(buyer)s, NULL, {country}, ARRAY(SELECT id FROM offer), false))
UNION SELECT id FROM catalog_product
WHERE id = ANY(%(products)s::bigint[]) AND status = 'published' AND id NOT IN (SELECT product_id FROM offer)
-- reads catalog_assortmentaudience, catalog_groupmember
"""
_OF_BUYER = "coalesce((SELECT country FROM accounts_company WHERE id = %(buyer)s), '')"
_SEEN_BY_BUYER, _PRODUCTS_SEEN_BY_BUYER = (each.format(country=_OF_BUYER) for each in (_SEEN, _PRODUCTS_SEEN))
_SEEN_FROM_COUNTRY = _SEEN.format(country="%(country)s")


def asking_as(buyer: Buyer) -> AbstractContextManager[None]:
    """Lists and assortments inside are those that this buyer is shown; or the seller who looks on, his own ones."""
    return acting_for(buyer.looks_on or buyer.company_id)


def visible_skus(buyer: Buyer, *, sku: str = "pk", seller: str = "company_id") -> Q:
    """The SKUs that this buyer may see, of whatever else the query asks for. Costs no query of its own.

    A seller's ranges for the buyer (or, where there are none, those for everybody else) leave of his SKUs only what
    stands in one of them, or what another assortment shows; no range leaves all. A SKU's own territory, else its
    seller's, must have the buyer's country, where that is known, or leave it to be looked at. One's own SKUs are always
    seen. `sku` and `seller` name the columns of the table that is asked. To be asked inside `asking_as(buyer)`:
    outside, nobody else's SKU is seen.
    """
    seen = _as_asked(buyer, seller) & _in_assortment(buyer, sku, seller) & _in_territory(buyer.country, sku, seller)
    return Q(**{seller: buyer.company_id}) | seen if buyer.company_id else seen


def offers_seen(buyer: Buyer, sku_ids: Collection[int], *, even_unpublished: bool = False) -> set[int]:
    """Those on the catalogue that this buyer may see. One query, asked as this buyer; of none, none."""
    if not sku_ids:
        return set()
    with asking_as(buyer):
        return _pks(_SEEN_FROM_COUNTRY, _asked(buyer, sku_ids, even_unpublished=even_unpublished))


def offers_sold(
    buyer: Buyer, sku_ids: Collection[int], *, even_unpublished: bool = False
) -> Mapping[int, NotSold | None]:
    """The same, each with why this buyer can't buy it (None: nothing keeps them from it). One query; of none, none."""
    if not sku_ids:
        return {}
    with asking_as(buyer):
        rows = fetch(_SOLD, _asked(buyer, sku_ids, even_unpublished=even_unpublished))
    return {pk: NotSold(why) if why else None for pk, why in rows}


def offers_seen_by(actor: Actor, sku_ids: Collection[int]) -> set[int]:
    """The same for whoever acts, of whose company the country is read along. One query; of none, none."""
    if not sku_ids:
        return set()
    asked = {"buyer": actor.company_id, "looks_on": None, "even_unpublished": False}
    with acting_for(actor.company_id):
        return _pks(_SEEN_BY_BUYER, asked | {"skus": list(sku_ids)})


def products_seen_by(actor: Actor, product_ids: Collection[int]) -> set[int]:
    """Those published of which whoever acts may see an offer, or that nobody offers. One query; of none, none."""
    if not product_ids:
        return set()
    with acting_for(actor.company_id):
        return _pks(_PRODUCTS_SEEN_BY_BUYER, {"buyer": actor.company_id, "products": list(product_ids)})


def _asked(buyer: Buyer, sku_ids: Collection[int], *, even_unpublished: bool) -> Mapping[str, object]:
    who = {"buyer": buyer.company_id, "looks_on": buyer.looks_on, "country": buyer.country}
    return {**who, "skus": list(sku_ids), "even_unpublished": even_unpublished}


def _pks(statement: str, asked: Mapping[str, Any]) -> set[int]:
    return {pk for (pk,) in fetch(statement, asked)}


def _as_asked(buyer: Buyer, seller: str) -> Q:
    """PostgreSQL shows an assortment to those whom it is for; whoever is not shown one would see all that it keeps."""
    if buyer.looks_on:
        return Q(IsWorkOf(buyer.looks_on), **{seller: buyer.looks_on})
    return Q(IsWorkOf(buyer.company_id)) if buyer.company_id else Q()


def _in_assortment(buyer: Buyer, sku: str, seller: str) -> Q:
    for_all, reserved = Assortment.objects.for_everybody(), Assortment.objects.reserved()
    if buyer.company_id is None:
        return _only([for_all], [reserved], sku, seller)
    named = Assortment.objects.reaching(buyer.company_id)
    ranges, shown = named.filter(kind=AssortmentKind.RANGE), named.filter(kind=AssortmentKind.SHOWN)
    return _only([ranges, for_all.exclude(company__in=ranges.values("company"))], [shown, reserved], sku, seller)


def _only(ranges: list[QuerySet[Assortment]], beside: list[QuerySet[Assortment]], sku: str, seller: str) -> Q:
    """What stands in one of the ranges, or beside them, and everything of sellers who have no range."""
    rows = AssortmentItem.objects.across_companies(why="narrowed to the assortments that the buyer has")
    items, free = Q(), Q()
    for assortments in [*ranges, *beside]:
        items |= Q(**{f"{sku}__in": rows.filter(assortment__in=assortments.values("pk")).values("sku")})
    for assortments in ranges:
        free &= ~Q(**{f"{seller}__in": assortments.values("company")})
    return items | free


def _in_territory(country: str, sku: str, seller: str) -> Q:
    if not country:
        return Q()
    territories = Territory.objects.across_companies(why="each offer is looked at with its own seller's")
    elsewhere = territories.exclude(countries__contains=[country]).filter(is_seen_elsewhere=False)
    own = territories.filter(sku=OuterRef(sku))
    shut = ~Exists(own) & Q(**{f"{seller}__in": elsewhere.filter(sku=None).values("company")})
    return ~Q(**{f"{sku}__in": elsewhere.exclude(sku=None).values("sku")}) & ~Q(shut)
