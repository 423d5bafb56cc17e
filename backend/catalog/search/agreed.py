"""What a buyer's price lists say of single offers, read in sets: thousands of entries are one query.

It is the rule of `backend.catalog.pricing.engine` for the price that stands first beside an offer, written in SQL (the
database's function `search_agreed`); a test holds the two against each other. The index keeps the base price and where
it begins, so a list's percentage is taken off that.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from backend.catalog.pricing.rounding import decimals_of
from backend.catalog.search.sql import Sql
from backend.catalog.search.terms import AgreedList

# The function's own table is named, so that the connection is told whose work this is (see row_security.py).
_AGREED = """
SELECT * FROM search_agreed(%s::bigint[], %s::bigint[], %s::numeric[], %s::int[], %s::boolean[], %s::bigint[])
-- reads catalog_pricelistentry
"""


def agreed_prices(lists: Sequence[AgreedList], sku_ids: Collection[int] | None = None) -> Mapping[int, Decimal]:
    """What one unit costs of each offer that an entry of these lists decides, by SKU in minor units; of these SKUs or
    of all. One query; none without lists, or without SKUs."""
    if not lists or (sku_ids is not None and not sku_ids):
        return {}
    columns = (
        [each.pk for each in lists],
        [each.seller_id for each in lists],
        [each.percent for each in lists],
        [decimals_of(each.currency) for each in lists],
        [each.is_after for each in lists],
    )
    return dict(Sql(_AGREED, (*columns, None if sku_ids is None else list(sku_ids))).fetch())
