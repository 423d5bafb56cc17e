"""What a buyer may see of what is on the catalogue: the rule of `visible_skus`, worked out once for a whole search.

Most sellers have no assortments and no territories. Asked in advance whose there are, the statements of a search
compare with a few ids instead of looking into four tables for every row. A test holds it against the rule.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from backend.catalog.search.port import Buyer, Query
from backend.catalog.search.sql import Sql, all_of, either, is_none_of, is_one_of
from backend.core.row_security import acting_for

S = TypeVar("S")
P = ParamSpec("P")
T = TypeVar("T")
Answer = Callable[Concatenate[S, Query, P], T]

_ASSORTED = "sku_id IN (SELECT sku_id FROM catalog_assortmentitem WHERE {})"
_OF_SKU = "SELECT sku_id FROM catalog_territory WHERE sku_id IS NOT NULL AND {}"
_HERE = "countries @> ARRAY[%s]::varchar[]"
_OPENED = f"sku_id IN ({_OF_SKU.format(f'({_HERE} OR is_seen_elsewhere)')})"
_SHUT = f"sku_id NOT IN ({_OF_SKU.format(f'NOT {_HERE} AND NOT is_seen_elsewhere')})"
# What isn't sold to a buyer is worked out once for a statement, of what any such rule names. The function's own tables
# are named, so that the connection is told whose work this is (see row_security.py).
_SOLD = """sku_id NOT IN (SELECT sku_id FROM offers_unsold(%s, %s, ARRAY(
    SELECT item.sku_id FROM catalog_assortmentitem AS item
        JOIN catalog_assortment AS assortment ON assortment.id = item.assortment_id WHERE assortment.kind <> 'range'
    UNION SELECT id FROM catalog_sku
        WHERE company_id IN (SELECT company_id FROM catalog_territory WHERE is_seen_elsewhere)))
    /* reads catalog_assortmentaudience, catalog_groupmember */)"""


@dataclass(frozen=True, slots=True)
class Sight:
    """What hides something from a buyer: assortments that are theirs, with whose they are; sellers who don't sell into
    their country; and whether single SKUs aren't sold there.

    `has_unsold` is whether there may be something that they see and can't buy, `is_to_buy` whether that is left out.
    """

    buyer: Buyer
    assortments: Collection[int] = ()
    assorted_sellers: Collection[int] = ()
    shut_sellers: Collection[int] = ()
    are_skus_shut: bool = False
    has_unsold: bool = False
    is_to_buy: bool = False

    def condition(self) -> Sql:
        """What an entry has to be for this buyer to see it: on the catalogue, in an assortment and a territory of
        theirs, or their own."""
        hiding = [*self._in_assortment(), *self._in_territory(), *self._sold()]
        if not hiding:
            return Sql("is_visible")
        own = Sql("company_id = %s", (self.buyer.company_id,))
        return all_of(Sql("is_visible"), either(own, all_of(*hiding)))

    def _in_assortment(self) -> list[Sql]:
        if not self.assortments:
            return []
        items = is_one_of("assortment_id", self.assortments).within(_ASSORTED)
        return [either(is_none_of("company_id", self.assorted_sellers), items)]

    def _in_territory(self) -> list[Sql]:
        here = (self.buyer.country,)
        found = [Sql(_SHUT, here)] if self.are_skus_shut else []
        if self.shut_sellers:
            found.append(either(is_none_of("company_id", self.shut_sellers), Sql(_OPENED, here)))
        return found

    def _sold(self) -> list[Sql]:
        is_asked = self.has_unsold and self.is_to_buy
        return [Sql(_SOLD, (self.buyer.company_id, self.buyer.country))] if is_asked else []


def as_its_buyer(answer: Answer[S, P, T]) -> Answer[S, P, T]:
    """What answers a query: what it reads is what the query's buyer is shown."""

    @wraps(answer)
    def asking(engine: S, query: Query, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with acting_for(query.buyer.company_id):
            return answer(engine, query, *args, **kwargs)

    return asking
