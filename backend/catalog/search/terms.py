"""What stands between a buyer and the catalogue: what they may see, and which price lists are theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from backend.catalog.lists.states import ListKind
from backend.catalog.pricing.precedence import rank
from backend.catalog.pricing.terms import ListTerms
from backend.catalog.search.port import Buyer
from backend.catalog.search.sight import Sight
from backend.catalog.search.sql import Sql
from backend.core.row_security import WrongCompany

# The function's own tables are named, so that the connection is told whose work this is (see row_security.py).
_TERMS = """
SELECT * FROM search_terms(%s, %s, %s)
-- reads catalog_pricelist, catalog_pricelistaudience, catalog_assortmentaudience, catalog_groupmember
"""


class Rule(NamedTuple):
    """A row of the database's function `search_terms`."""

    rule: str
    pk: int
    company_id: int
    name: str
    kind: str
    priority: int
    currency: str
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class AgreedList:
    """A list that counts for the buyer. `is_after`: one with a percentage for all of its seller's offers comes first,
    so that it decides only where that one has nothing to take its percentage off."""

    pk: int
    seller_id: int
    currency: str
    percent: Decimal | None
    is_after: bool


@dataclass(frozen=True, slots=True)
class Terms:
    sight: Sight
    lists: Sequence[AgreedList]
    """Those that count now, the first one first."""
    open_sellers: frozenset[int] | None
    """Whose prices this reader may know; None: everybody's."""


def asked_of(buyer: Buyer) -> Sql:
    """What `terms_of` reads, to be asked inside `as_its_buyer`."""
    return Sql(_TERMS, (buyer.company_id, buyer.country, buyer.is_known))


def terms_of(buyer: Buyer, found: Sequence[tuple[Any, ...]], *, is_to_buy: bool = False) -> Terms:
    """With `is_to_buy` what is only to be looked at is out of sight.

    Raises WrongCompany for what was asked as somebody else: whoever is not shown an assortment would see all that it
    keeps from them.
    """
    rows = [Rule(*row) for row in found]
    if buyer.company_id not in (None, *(row.company_id for row in rows if row.rule == "working for")):
        raise WrongCompany(f"what company {buyer.company_id} may see is asked as somebody else")
    assortments = {row.pk: row.company_id for row in rows if row.rule == "assortment"}
    shut = [row.company_id for row in rows if row.rule == "shut"]
    are_skus_shut = any(row.rule == "shut sku" for row in rows)
    has_unsold = any(row.rule == "unsold" for row in rows)
    hiding = (tuple(assortments), tuple(set(assortments.values())), tuple(shut), are_skus_shut)
    sight = Sight(buyer, *hiding, has_unsold=has_unsold, is_to_buy=is_to_buy)
    opened = None if buyer.is_known else frozenset(row.company_id for row in rows if row.rule == "open")
    lists = (row for row in rows if row.rule == "list" and (opened is None or row.company_id in opened))
    return Terms(sight, _in_order(lists), opened)


def _in_order(rows: Iterable[Rule]) -> Sequence[AgreedList]:
    lists: list[AgreedList] = []
    for row in sorted(rows, key=lambda row: rank(_as_ranked(row))):
        is_after = any(one.percent is not None for one in lists if one.seller_id == row.company_id)
        lists.append(AgreedList(row.pk, row.company_id, row.currency, row.percent, is_after))
    return lists


def _as_ranked(row: Rule) -> ListTerms:
    return ListTerms(row.pk, row.name, ListKind(row.kind), row.currency, row.priority, row.percent)
