"""Prices of many lines at once: the number of queries is the same for one and for a thousand."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.states import ListKind
from backend.catalog.models import TierPrice
from backend.catalog.pricing.engine import ladder_of, price_at
from backend.catalog.pricing.terms import Buyer, Line, ListTerms, NotSold, Offer, Priced, Rung, Step
from backend.catalog.pricing.visibility import asking_as
from backend.core.money import UnitPrice
from backend.core.written import as_array, fetch

# Its tables are named, so that the connection is told whose work this is (see row_security.py).
_PRICED = """
SELECT * FROM offers_priced(%(buyer)s, %(is_known)s, %(currency)s, %(at)s, %(skus)s)
UNION ALL SELECT 'unsold', sku_id, NULL, NULL, NULL, NULL, NULL, NULL, why, NULL, NULL
    FROM offers_unsold(%(buyer)s, %(country)s, %(skus)s)
-- reads catalog_pricelist, catalog_pricelistentry, catalog_pricelistaudience, catalog_groupmember,
-- catalog_assortmentaudience
"""
_SEEN_AND_PRICED = f"""
SELECT 'seen', id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM offers_seen(%(buyer)s, %(looks_on)s, %(country)s, %(skus)s, false) AS id
UNION ALL {_PRICED}
"""  # noqa: S608  # of constants


@dataclass(frozen=True, slots=True)
class PriceCell:
    """What a buyer reads beside an offer: its steps, the single one first. None of them: a price on request.

    `is_withheld` is whether its seller shows prices only to those who are logged in, and the reader is not; `unsold`
    why the offer is only to be looked at.
    """

    rungs: Sequence[Rung] = ()
    is_withheld: bool = False
    unsold: NotSold | None = None

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


@dataclass(frozen=True, slots=True)
class Offers:
    """What a buyer is offered of some lines: the SKUs that they see, and what each line costs a unit and why; lines
    without a price are missing (on request, or withheld). And which of the SKUs aren't sold to them."""

    seen: Collection[int]
    prices: Mapping[Line, Priced]
    unsold: Mapping[int, NotSold] = field(default_factory=dict)


def offers_to(buyer: Buyer, lines: Sequence[Line]) -> Offers:
    """As offers_seen and price_lines say it, of one moment. One query, however many lines; of none, none."""
    said = _said_by(_SEEN_AND_PRICED, {line.sku_id for line in lines}, buyer)
    return Offers({row.pk for row in said["seen"]}, _priced(lines, _offers_in(said)), _unsold(said["unsold"]))


def price_lines(
    lines: Iterable[Line], buyer: Buyer, currency: str | None = None, at: datetime | None = None
) -> Mapping[Line, Priced]:
    """What each line costs this buyer a unit, and why; lines without a price are missing (on request, or withheld).

    In `currency`, or each in its seller's own if none is given; at a moment, or now by the database's clock. One query,
    however many lines.
    """
    asked = list(lines)
    return _priced(asked, _offers_in(_said_by(_PRICED, {line.sku_id for line in asked}, buyer, currency, at)))


def price_cells(
    sku_ids: Collection[int], buyer: Buyer, currency: str | None = None, at: datetime | None = None
) -> Mapping[int, PriceCell]:
    """Every step of what these offers cost the buyer, and whether they are sold to them; all of them are there. One
    query."""
    said = _said_by(_PRICED, sku_ids, buyer, currency, at)
    offers, unsold = _offers_in(said), _unsold(said["unsold"])
    return {
        pk: PriceCell(ladder_of(offers[pk]) if pk in offers else (), pk not in offers, unsold.get(pk)) for pk in sku_ids
    }


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


def _priced(lines: Iterable[Line], offers: Mapping[int, Offer]) -> Mapping[Line, Priced]:
    priced = {line: price_at(offers[line.sku_id], line.quantity) for line in lines if line.sku_id in offers}
    return {line: found for line, found in priced.items() if found}


def _offers_in(said: Mapping[str, Sequence[_Said]]) -> Mapping[int, Offer]:
    """Those whose prices this reader may know."""
    base, lists, entries = _base(said["base"]), _lists(said["list"]), _entries(said["entry"])
    return {
        sold.pk: Offer(
            sold.pk,
            base.get(sold.pk, ()),
            [(terms, _steps(entries.get((terms.pk, sold.pk), ()), terms)) for terms in lists.get(_place(sold), ())],
        )
        for sold in said["sold"]
    }


def _unsold(rows: Iterable[_Said]) -> Mapping[int, NotSold]:
    return {row.pk: NotSold(row.kind) for row in rows}


def _said_by(
    statement: str, sku_ids: Collection[int], buyer: Buyer, currency: str | None = None, at: datetime | None = None
) -> Mapping[str, Sequence[_Said]]:
    """By what a row says. One query; of none, none."""
    found: dict[str, list[_Said]] = defaultdict(list)
    if sku_ids:
        who = {"buyer": buyer.company_id, "looks_on": buyer.looks_on, "country": buyer.country}
        asked = {
            **who,
            "is_known": buyer.is_known,
            "currency": currency or None,
            "at": at,
            "skus": as_array(set(sku_ids)),
        }
        with asking_as(buyer):
            for row in fetch(statement, asked):
                found[row[0]].append(_Said(*row))
    return found


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
