"""What a buyer's price lists say of single offers, read in sets: thousands of entries are one piece of a statement.

It is the rule of `backend.catalog.pricing.engine` for the price that stands first beside an offer, written in SQL (the
database's function `search_agreed`); a test holds the two against each other. The index keeps the base price and where
it begins, so a list's percentage is taken off that.
"""

from collections.abc import Sequence

from backend.catalog.pricing.rounding import decimals_of
from backend.catalog.search.sql import Sql, array_of, joined
from backend.catalog.search.terms import AgreedList

# The function's own table is named, so that the connection is told whose work this is (see row_security.py).
_AGREED = """
-- reads catalog_pricelistentry
WITH agreed (sku_id, price) AS MATERIALIZED (
    SELECT * FROM search_agreed(%s::bigint[], %s::bigint[], %s::numeric[], %s::int[], %s::boolean[], NULL))
"""
_BESIDE = """
, found AS MATERIALIZED ({})
SELECT found.*, own.price FROM found LEFT JOIN search_agreed(
    %s::bigint[], %s::bigint[], %s::numeric[], %s::int[], %s::boolean[],
    ARRAY(SELECT sku_id FROM found WHERE company_id = ANY (%s::bigint[]))) AS own ON own.sku_id = found.sku_id
"""
_AMONG_AGREED = """
, found AS MATERIALIZED ({})
SELECT found.*, agreed.price FROM found LEFT JOIN agreed ON agreed.sku_id = found.sku_id
"""


def with_agreed(lists: Sequence[AgreedList], asked: Sql) -> Sql:
    """A SELECT that may read the table `agreed`: of each offer that an entry of these lists decides, `sku_id` and what
    one unit costs in minor units, `price`. Where it doesn't, the table costs nothing."""
    return joined([Sql(_AGREED, _columns(lists)), asked], "") if lists else asked


def beside_agreed(lists: Sequence[AgreedList], read: Sql, *, asks_for_price: bool) -> Sql:
    """Entries of the index, each with that price or NULL as one more column; what reads them may read `agreed`.

    Where it does, because it asks for a price, all that the lists say is at hand; else only what is found is looked up.
    """
    if not lists:
        return read
    if asks_for_price:
        return with_agreed(lists, read.within(_AMONG_AGREED))
    sellers = array_of({each.seller_id for each in lists})
    return with_agreed(lists, read.within(_BESIDE, *_columns(lists), sellers))


def _columns(lists: Sequence[AgreedList]) -> tuple[object, ...]:
    return (
        [each.pk for each in lists],
        [each.seller_id for each in lists],
        [each.percent for each in lists],
        [decimals_of(each.currency) for each in lists],
        [each.is_after for each in lists],
    )
