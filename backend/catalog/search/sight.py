"""What a buyer may see of what is on the catalogue: the rule of `visible_skus`, worked out once for a whole search.

Most sellers have no assortments and no territories. Asked in advance whose there are, the many queries of a search
compare with a few ids instead of looking into four tables for every row. A test holds it against the rule.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db import connection
from django.db.models import Q, QuerySet

from backend.catalog.lists.models import AssortmentItem, Territory
from backend.catalog.search.any_of import AnyOf
from backend.catalog.search.models import SearchEntry
from backend.catalog.search.port import Buyer, Query
from backend.core.row_security import COMPANY, WrongCompany, acting_for

S = TypeVar("S")
P = ParamSpec("P")
T = TypeVar("T")
Answer = Callable[Concatenate[S, Query, P], T]

# Of a seller with an assortment for this buyer the ones for everybody else don't count.
_RULES = f"""
WITH named AS (
    SELECT id, company_id FROM catalog_assortment WHERE id IN (
        SELECT assortment_id FROM catalog_assortmentaudience WHERE audience_company_id = %(company)s
            OR group_id IN (SELECT group_id FROM catalog_groupmember WHERE company_id = %(company)s))
)
SELECT 'assortment', id, company_id FROM named
UNION ALL SELECT 'assortment', id, company_id FROM catalog_assortment
    WHERE is_for_all AND company_id NOT IN (SELECT company_id FROM named)
UNION ALL SELECT 'shut', NULL, company_id FROM catalog_territory
    WHERE sku_id IS NULL AND %(country)s <> '' AND NOT countries @> ARRAY[%(country)s]::varchar[]
UNION ALL (SELECT 'shut sku', NULL, NULL FROM catalog_territory
    WHERE sku_id IS NOT NULL AND %(country)s <> '' AND NOT countries @> ARRAY[%(country)s]::varchar[] LIMIT 1)
UNION ALL SELECT 'working for', NULL, nullif(current_setting('{COMPANY}', true), '')::bigint
"""  # noqa: S608  # of constants


@dataclass(frozen=True, slots=True)
class Sight:
    """What hides something from a buyer: assortments that are theirs, with whose they are; sellers who don't sell into
    their country; and whether single SKUs aren't sold there."""

    buyer: Buyer
    assortments: Collection[int] = ()
    assorted_sellers: Collection[int] = ()
    shut_sellers: Collection[int] = ()
    are_skus_shut: bool = False

    def entries(self) -> QuerySet[SearchEntry]:
        """The entries that this buyer may see: what is on the catalogue, in an assortment and a territory of theirs."""
        rows = SearchEntry.objects.visible()
        hiding = self._in_assortment() & self._in_territory()
        return rows.filter(Q(company_id=self.buyer.company_id) | hiding) if hiding else rows

    def _in_assortment(self) -> Q:
        if not self.assortments:
            return Q()
        items = AssortmentItem.objects.across_companies(why="narrowed to the assortments that the buyer has")
        own = items.filter(assortment__in=self.assortments)
        return ~Q(AnyOf("company_id", self.assorted_sellers)) | Q(sku_id__in=own.values("sku"))

    def _in_territory(self) -> Q:
        territories = Territory.objects.across_companies(why="each offer is looked at with its own seller's")
        of_skus, here = territories.exclude(sku=None), Q(countries__contains=[self.buyer.country])
        found = ~Q(sku_id__in=of_skus.exclude(here).values("sku")) if self.are_skus_shut else Q()
        if self.shut_sellers:
            opened = Q(sku_id__in=of_skus.filter(here).values("sku"))
            found &= ~Q(AnyOf("company_id", self.shut_sellers)) | opened
        return found


def sight_of(buyer: Buyer) -> Sight:
    """What hides something from this buyer. One query, to be asked inside `as_its_buyer`.

    Raises WrongCompany elsewhere: whoever is not shown an assortment would see all that it keeps from them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RULES, {"company": buyer.company_id, "country": buyer.country})
        rows = cursor.fetchall()
    if buyer.company_id not in (None, *(company for rule, _, company in rows if rule == "working for")):
        raise WrongCompany(f"what company {buyer.company_id} may see is asked as somebody else")
    assortments = {pk: company for rule, pk, company in rows if rule == "assortment"}
    shut = [company for rule, _, company in rows if rule == "shut"]
    is_shut = any(rule == "shut sku" for rule, _, _ in rows)
    return Sight(buyer, tuple(assortments), tuple(set(assortments.values())), tuple(shut), is_shut)


def as_its_buyer(answer: Answer[S, P, T]) -> Answer[S, P, T]:
    """What answers a query: what it reads is what the query's buyer is shown."""

    @wraps(answer)
    def asking(engine: S, query: Query, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with acting_for(query.buyer.company_id):
            return answer(engine, query, *args, **kwargs)

    return asking
