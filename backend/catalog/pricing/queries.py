"""Prices of many lines at once: the number of queries is the same for one and for a thousand."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.states import ListKind
from backend.catalog.models import Sku, TierPrice
from backend.catalog.pricing.engine import ladder_of, price_at
from backend.catalog.pricing.terms import Buyer, Line, ListTerms, Offer, Priced, Rung, Step
from backend.catalog.pricing.visibility import asking_as
from backend.core.money import UnitPrice

DEFAULT_CURRENCY = "GBP"


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

    In `currency`, or each in its seller's own if none is given; at a moment, or now by the database's clock. Four
    queries, however many lines: the offers with their sellers' terms, the base prices, the lists, their entries.
    """
    asked = list(lines)
    offers = _offers({line.sku_id for line in asked}, buyer, currency, at)
    priced = {line: price_at(offers[line.sku_id], line.quantity) for line in asked if line.sku_id in offers}
    return {line: found for line, found in priced.items() if found}


def price_cells(
    sku_ids: Collection[int], buyer: Buyer, currency: str | None = None, at: datetime | None = None
) -> Mapping[int, PriceCell]:
    """Every step of what these offers cost the buyer; all of them are there. Four queries, as price_lines."""
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


@dataclass(frozen=True, slots=True)
class _Sold:
    """An offer's seller and the currency that it is priced in here."""

    sku_id: int
    seller_id: int
    currency: str


def _offers(sku_ids: Collection[int], buyer: Buyer, currency: str | None, at: datetime | None) -> Mapping[int, Offer]:
    """Those whose prices this reader may know."""
    sold = _sold(sku_ids, buyer, currency)
    if not sold:
        return {}
    base = base_steps([each.sku_id for each in sold], {each.currency for each in sold})
    with asking_as(buyer):
        lists = _lists({each.seller_id for each in sold}, buyer, at)
        entries = _entries(lists, sold)
    return {each.sku_id: _offer(each, base, lists, entries) for each in sold}


def _sold(sku_ids: Collection[int], buyer: Buyer, currency: str | None) -> Sequence[_Sold]:
    skus = Sku.objects.across_companies(why="what one may know of their prices is decided here")
    rows = skus.filter(pk__in=set(sku_ids)).values_list(
        "pk", "company_id", "company__seller_terms__currency", "company__seller_terms__prices_need_login"
    )
    return [
        _Sold(pk, seller, currency or own or DEFAULT_CURRENCY)
        for pk, seller, own, need_login in rows
        if buyer.is_known or need_login is False
    ]


def _lists(sellers: Collection[int], buyer: Buyer, at: datetime | None) -> Mapping[int, Sequence[PriceList]]:
    found: dict[int, list[PriceList]] = defaultdict(list)
    for each in PriceList.objects.reaching(buyer.company_id).in_force(at).filter(company__in=sellers):
        found[each.company_id].append(each)
    return found


def _entries(
    lists: Mapping[int, Sequence[PriceList]], sold: Sequence[_Sold]
) -> Mapping[tuple[int, int], Sequence[PriceListEntry]]:
    """By list and SKU."""
    mine = [each for of_seller in lists.values() for each in of_seller]
    found: dict[tuple[int, int], list[PriceListEntry]] = defaultdict(list)
    for entry in PriceListEntry.objects.of_lists(mine).filter(sku__in=[each.sku_id for each in sold]):
        found[entry.price_list_id, entry.sku_id].append(entry)
    return found


def _offer(
    sold: _Sold,
    base: Mapping[tuple[int, str], Sequence[Step]],
    lists: Mapping[int, Sequence[PriceList]],
    entries: Mapping[tuple[int, int], Sequence[PriceListEntry]],
) -> Offer:
    mine = [each for each in lists.get(sold.seller_id, ()) if each.currency == sold.currency]
    return Offer(
        sold.sku_id,
        base.get((sold.sku_id, sold.currency), ()),
        [
            (terms_of(each), [step_of(e, each.currency) for e in entries.get((each.pk, sold.sku_id), ())])
            for each in mine
        ],
    )
