"""Prices of many lines at once: the number of queries is the same for one and for a thousand."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.states import ListKind
from backend.catalog.models import TierPrice
from backend.catalog.pricing.engine import ladder_of, price_at
from backend.catalog.pricing.terms import Buyer, Line, ListTerms, Offer, Priced, Rung, Step
from backend.catalog.pricing.visibility import asking_as
from backend.core.money import UnitPrice

# Its tables are named, so that the connection is told whose work this is (see row_security.py).
_PRICED = """
SELECT * FROM offers_priced(%s, %s, %s, %s, %s)
-- reads catalog_pricelist, catalog_pricelistentry, catalog_pricelistaudience, catalog_groupmember
"""


@dataclass(frozen=True, slots=True)
class PriceCell:
    """What a buyer reads beside an offer: its steps, the single one first. None of them: a price on request.

    `is_withheld` is whether its seller shows prices only to those who are logged in, and the reader is not.
    """

    rungs: Sequence[Rung] = ()
    is_withheld: bool = False

    @property
    def single(self) -> Rung | None:
        return self.rungs[0] if self.rungs else None

    @property
    def best(self) -> Rung | None:
        """The cheapest step, where it is not the first."""
        if not self.rungs:
            return None
        best = min(self.rungs, key=lambda rung: (rung.priced.unit_price.minor, rung.quantity))
        return None if best == self.rungs[0] else best


WITHHELD = PriceCell(is_withheld=True)


def price_lines(
    lines: Iterable[Line], buyer: Buyer, currency: str | None = None, at: datetime | None = None
) -> Mapping[Line, Priced]:
    """What each line costs this buyer a unit, and why; lines without a price are missing (on request, or withheld).

    In `currency`, or each in its seller's own if none is given; at a moment, or now by the database's clock. One query,
    however many lines.
    """
    asked = list(lines)
    offers = _offers({line.sku_id for line in asked}, buyer, currency, at)
    priced = {line: price_at(offers[line.sku_id], line.quantity) for line in asked if line.sku_id in offers}
    return {line: found for line, found in priced.items() if found}


def price_cells(
    sku_ids: Collection[int], buyer: Buyer, currency: str | None = None, at: datetime | None = None
) -> Mapping[int, PriceCell]:
    """Every step of what these offers cost the buyer; all of them are there. One query."""
    offers = _offers(sku_ids, buyer, currency, at)
    return {pk: PriceCell(ladder_of(offers[pk])) if pk in offers else WITHHELD for pk in sku_ids}


def base_steps(sku_ids: Collection[int], currencies: Collection[str]) -> Mapping[tuple[int, str], Sequence[Step]]:
    """The base ladders by SKU and currency. One query."""
    found: dict[tuple[int, str], list[Step]] = defaultdict(list)
    tiers = TierPrice.objects.across_companies(why="of the SKUs that are asked for, whoever sells them")
    rows = tiers.filter(sku__in=sku_ids, currency__in=set(currencies)).order_by("sku", "min_quantity")
    for row in rows:
        found[row.sku_id, row.currency].append(Step(row.min_quantity, row.unit_price))
    return found


def terms_of(price_list: PriceList) -> ListTerms:
    """A list as the engine sees it."""
    kind = ListKind(price_list.kind)
    return ListTerms(price_list.pk, price_list.name, kind, price_list.currency, price_list.priority, price_list.percent)


def step_of(entry: PriceListEntry, currency: str) -> Step:
    """An entry as the engine sees it; its list says in which currency."""
    minor = entry.unit_price_minor
    price = None if minor is None else UnitPrice(minor, currency)
    return Step(entry.min_quantity, price, entry.percent, entry.may_be_dearer)


class _Said(NamedTuple):
    """A row of the database's function `offers_priced`."""

    what: str
    pk: int
    of_pk: int
    quantity: int
    minor: Decimal | None
    percent: Decimal | None
    may_be_dearer: bool
    name: str
    kind: str
    priority: int
    currency: str


def _offers(sku_ids: Collection[int], buyer: Buyer, currency: str | None, at: datetime | None) -> Mapping[int, Offer]:
    """Those whose prices this reader may know. One query; of none, none."""
    said: dict[str, list[_Said]] = defaultdict(list)
    for row in _said_of(sku_ids, buyer, currency, at):
        said[row.what].append(row)
    base, lists, entries = _base(said["base"]), _lists(said["list"]), _entries(said["entry"])
    return {
        sold.pk: Offer(
            sold.pk,
            base.get(sold.pk, ()),
            [(terms, _steps(entries.get((terms.pk, sold.pk), ()), terms)) for terms in lists.get(_place(sold), ())],
        )
        for sold in said["sold"]
    }


def _said_of(sku_ids: Collection[int], buyer: Buyer, currency: str | None, at: datetime | None) -> Sequence[_Said]:
    if not sku_ids:
        return []
    asked = [buyer.company_id, buyer.is_known, currency or None, at, list(set(sku_ids))]
    with asking_as(buyer), connection.cursor() as cursor:
        cursor.execute(_PRICED, asked)
        return [_Said(*row) for row in cursor.fetchall()]


def _base(rows: Iterable[_Said]) -> Mapping[int, Sequence[Step]]:
    """By SKU, the lowest quantity first."""
    found: dict[int, list[Step]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.quantity):
        found[row.pk].append(_step(row, row.currency))
    return found


def _lists(rows: Iterable[_Said]) -> Mapping[tuple[int, str], Sequence[ListTerms]]:
    """By seller and currency: an offer is priced in one."""
    found: dict[tuple[int, str], list[ListTerms]] = defaultdict(list)
    for row in rows:
        terms = ListTerms(row.pk, row.name, ListKind(row.kind), row.currency, row.priority, row.percent)
        found[_place(row)].append(terms)
    return found


def _entries(rows: Iterable[_Said]) -> Mapping[tuple[int, int], Sequence[_Said]]:
    """By list and SKU."""
    found: dict[tuple[int, int], list[_Said]] = defaultdict(list)
    for row in rows:
        found[row.of_pk, row.pk].append(row)
    return found


def _steps(rows: Iterable[_Said], terms: ListTerms) -> Sequence[Step]:
    return [_step(row, terms.currency) for row in rows]


def _step(row: _Said, currency: str) -> Step:
    price = None if row.minor is None else UnitPrice(row.minor, currency)
    return Step(row.quantity, price, row.percent, bool(row.may_be_dearer))


def _place(row: _Said) -> tuple[int, str]:
    """A seller, and a currency."""
    return row.of_pk, row.currency
