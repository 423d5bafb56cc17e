"""What a buyer's price lists say of single offers, read in sets: thousands of entries are one query.

It is the rule of `backend.catalog.pricing.engine` for the price that stands first beside an offer, written in SQL; a
test holds the two against each other. The index keeps the base price and where it begins, so a list's percentage is
taken off that.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from backend.catalog.lists.models import PriceList
from backend.catalog.lists.states import ListKind
from backend.catalog.models import SellerTerms
from backend.catalog.pricing.precedence import rank
from backend.catalog.pricing.queries import DEFAULT_CURRENCY
from backend.catalog.pricing.rounding import decimals_of
from backend.catalog.pricing.terms import ListTerms
from backend.catalog.search.port import Buyer


@dataclass(frozen=True, slots=True)
class AgreedList:
    """A list that counts for the buyer. `is_after`: one with a percentage for all of its seller's offers comes first,
    so that it decides only where that one has nothing to take its percentage off."""

    pk: int
    seller_id: int
    currency: str
    percent: Decimal | None
    is_after: bool


def lists_of(buyer: Buyer) -> Sequence[AgreedList]:
    """Those that count now, the first one first; none in another currency than its seller's counts. One query."""
    found = PriceList.objects.reaching(buyer.company_id).in_force()
    rows = found.order_by().values_list(
        "pk", "name", "kind", "currency", "priority", "percent", "company_id", "company__seller_terms__currency"
    )
    terms = [(ListTerms(row[0], row[1], ListKind(row[2]), *row[3:6]), row[6], row[7]) for row in rows]
    lists: list[AgreedList] = []
    for each, seller_id, currency in sorted(terms, key=lambda row: rank(row[0])):
        if each.currency == (currency or DEFAULT_CURRENCY):
            is_after = any(one.percent is not None for one in lists if one.seller_id == seller_id)
            lists.append(AgreedList(each.pk, seller_id, each.currency, each.percent, is_after))
    return lists


def open_sellers() -> frozenset[int]:
    """Who shows prices to whoever is not logged in. One query."""
    terms = SellerTerms.objects.across_companies(why="whose prices everybody may read")
    return frozenset(terms.filter(prices_need_login=False).values_list("company_id", flat=True))


_LESS = """(
    round({base} * (100 - {percent}) * 0.01, decimals)
    - CASE WHEN ({base} * (100 - {percent}) * 0.01 * power(10::numeric, decimals)) %% 2 = 0.5
        THEN power(10::numeric, -decimals) ELSE 0 END)"""
"""Half to even, as `rounding.less_percent` does: what SQL rounds up to the odd goes back down."""

# The list that speaks for an offer is the first that says anything of it. Its price stands at the lowest quantity that
# has one: the first entry with a price of its own, or where the base price begins. Of the steps reached there the
# cheapest counts, from the last on that says it may be dearer; below its first step the list's percentage does.
_AGREED = f"""
WITH list AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::int[], %s::boolean[])
        WITH ORDINALITY AS list (id, company_id, percent, decimals, is_after, place)
), said AS (
    SELECT entry.sku_id, entry.min_quantity, entry.unit_price_minor, entry.percent, entry.may_be_dearer, list.place,
        list.decimals, coalesce(list.percent, 0) AS otherwise, base.price_minor AS base, base.price_from,
        min(list.place) OVER (PARTITION BY entry.sku_id) AS speaking
    FROM list
    JOIN catalog_pricelistentry entry ON entry.price_list_id = list.id
    JOIN search_searchentry base
        ON base.sku_id = entry.sku_id AND base.is_visible AND base.company_id = list.company_id
    WHERE (%s::bigint[] IS NULL OR entry.sku_id = ANY(%s::bigint[]))
        AND CASE WHEN base.price_minor IS NULL THEN entry.unit_price_minor IS NOT NULL ELSE NOT list.is_after END
), first AS (
    SELECT *, min(min_quantity) OVER sku AS lowest,
        least(min(min_quantity) FILTER (WHERE unit_price_minor IS NOT NULL) OVER sku, price_from) AS quantity
    FROM said WHERE place = speaking WINDOW sku AS (PARTITION BY sku_id)
), step AS (
    SELECT *, coalesce(max(min_quantity) FILTER (WHERE may_be_dearer AND min_quantity <= quantity)
        OVER (PARTITION BY sku_id), 0) AS begins
    FROM first
)
SELECT sku_id, least(
    min(CASE WHEN unit_price_minor IS NOT NULL THEN unit_price_minor
        WHEN price_from <= quantity THEN {_LESS.format(base="base", percent="percent")} END)
        FILTER (WHERE min_quantity BETWEEN begins AND quantity),
    min(CASE WHEN begins = 0 AND lowest > 1 AND price_from <= quantity
        THEN {_LESS.format(base="base", percent="otherwise")} END)), min(base) IS NOT NULL
FROM step GROUP BY sku_id
"""  # noqa: S608  # of constants


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one unit costs of each offer that an entry of some lists decides, by SKU in minor units.

    `alone` are those that have no base price beside it.
    """

    prices: Mapping[int, Decimal] = field(default_factory=dict)
    alone: Sequence[int] = ()


def agreed_prices(lists: Sequence[AgreedList], sku_ids: Collection[int] | None = None) -> Agreed:
    """What entries of these lists decide, of these SKUs or of all. One query; none without lists, or without SKUs."""
    if not lists or (sku_ids is not None and not sku_ids):
        return Agreed()
    ids = None if sku_ids is None else list(sku_ids)
    columns: list[list[Any]] = [
        [each.pk for each in lists],
        [each.seller_id for each in lists],
        [each.percent for each in lists],
        [decimals_of(each.currency) for each in lists],
        [each.is_after for each in lists],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_AGREED, [*columns, ids, ids])
        found = [row for row in cursor.fetchall() if row[1] is not None]
    return Agreed({pk: price for pk, price, _ in found}, [pk for pk, _, is_based in found if not is_based])
