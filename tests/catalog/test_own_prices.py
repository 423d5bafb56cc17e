"""Sorted, narrowed and counted by what things cost this buyer; and nobody learns what they may not see."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from backend.accounts.models import Company
from backend.catalog.audiences.actions import (
    AssortmentDraft,
    remove_assortment,
    save_assortment,
    set_price_login,
    set_territory,
)
from backend.catalog.lists.models import PriceList, PriceListAudience, PriceListEntry
from backend.catalog.lists.states import ListKind, ListState
from backend.catalog.models import Category, Product, SellerTerms, Sku, TierPrice, Variant
from backend.catalog.pricing import price_cells
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.search import bands
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.index import index_skus
from backend.catalog.search.models import Synonym
from backend.catalog.search.port import Buyer, Filters, Found, Place, Query
from backend.catalog.states import ProductStatus
from tests.cast import Cast, actor_of
from tests.catalog.pricing.lists import fixed, in_force, off

NOBODY, SOMEBODY = Buyer(), Buyer(is_known=True)


def find(buyer: Buyer | Company, text: str = "", **asked: Any) -> Found:
    who = Buyer(buyer.pk, buyer.country, is_known=True) if isinstance(buyer, Company) else buyer
    return PostgresSearch().find(Query(text, buyer=who, **asked))


def codes(found: Found) -> list[str]:
    named = dict(Sku.objects.filter(pk__in=found.ids).values_list("pk", "product__name"))
    return [named[pk] for pk in found.ids]


def answers(found: Found, key: str) -> dict[str, int]:
    facets = {facet.key: facet for facet in found.facets}
    return {value.key: value.count.n for value in facets[key].values} if key in facets else {}


def reprice(sku: Sku, pence: int, currency: str = "GBP") -> None:
    sku.tiers.all().delete()
    TierPrice.objects.create(sku=sku, min_quantity=1, unit_price_minor=pence, currency=currency)
    index_skus(Sku.objects.filter(pk=sku.pk))


# --- The order of one's own prices -----------------------------------------------------------------------------------
MUG, PLATE, KETTLE = "Blue enamel mug", "White dinner plate", "Copper kettle"


@pytest.mark.parametrize("text", ["", "mug plate kettle"])
def test_a_price_agreed_with_a_buyer_moves_a_product_in_their_list_and_in_nobody_elses(cast: Cast, text: str) -> None:
    _mean_the_same(text)
    for sku, pence in ((cast.mug, 100), (cast.plate, 200), (cast.kettle, 300)):
        reprice(sku, pence)
    in_force(cast, fixed(cast.mug, 1, 900))
    assert codes(find(cast.cornershop, text, sort="price")) == [PLATE, KETTLE, MUG]
    assert codes(find(cast.cornershop, text, sort="-price")) == [MUG, KETTLE, PLATE]
    for other in (cast.eastwick, SOMEBODY):
        assert codes(find(other, text, sort="price")) == [MUG, PLATE, KETTLE]


@pytest.mark.parametrize("text", ["", "mug plate kettle"])
def test_a_band_holds_what_costs_this_buyer_so_much_and_counts_it(cast: Cast, text: str) -> None:
    _mean_the_same(text)
    in_force(cast, fixed(cast.mug, 1, 640), off(cast.plate, 1, 80))
    dear, cheap = Filters(price="5-10"), Filters(price="0-1")
    assert codes(find(cast.cornershop, text, filters=dear)) == [MUG]
    assert codes(find(cast.cornershop, text, filters=cheap)) == [PLATE]
    assert codes(find(cast.eastwick, text, filters=dear)) == []
    assert answers(find(cast.cornershop, text), "price") == {"0-1": 1, "1-5": 1, "5-10": 1}
    assert answers(find(cast.cornershop, text, filters=dear), "price") == {"0-1": 1, "1-5": 1, "5-10": 1}
    assert answers(find(cast.eastwick, text), "price") == {"1-5": 3}


def _mean_the_same(text: str) -> None:
    if text:
        Synonym.objects.create(words=["mug", "plate", "kettle", text])


# --- The same as the engine of prices --------------------------------------------------------------------------------
@pytest.mark.parametrize(("seed", "currency"), [(1, "GBP"), (2, "GBP"), (3, "JPY"), (4, "KWD")])
def test_whatever_lists_say_the_index_sorts_and_bands_by_what_stands_beside_the_offer(
    cast: Cast, seed: int, currency: str
) -> None:
    chance = random.Random(seed)
    skus = _stall(cast, chance, currency)
    for kind in (ListKind.CUSTOMER, ListKind.CUSTOMER, ListKind.CONTRACT, ListKind.PUBLIC):
        _random_list(cast, chance, skus, kind, currency)
    cells = price_cells([sku.pk for sku in skus], buyer_of_company(cast.cornershop))
    own = {pk: cell.single.priced.unit_price.minor for pk, cell in cells.items() if cell.single}
    _assert_in_order(cast, own, currency)
    for band in bands.keys_of(currency):
        within = Filters(seller="northfield", currency=currency, price=band)
        assert set(find(cast.cornershop, filters=within).ids) == {
            pk for pk, price in own.items() if bands.is_within(price, band, currency)
        }
    _assert_counted(cast, own, currency)


def _assert_counted(cast: Cast, own: Mapping[int, Decimal], currency: str) -> None:
    """Bands and categories: counted in rows that were read, with words and without, and in the index."""
    by_band = Counter(_band_of(price, currency) for price in own.values())
    by_both = Counter((_category_of(pk), _band_of(price, currency)) for pk, price in own.items())
    for text in ("", "jar"):
        assert answers(find(cast.cornershop, text, filters=Filters(currency=currency)), "price") == by_band
        by_price = find(cast.cornershop, text, filters=Filters(currency=currency), sort="price")
        assert [own[pk] for pk in by_price.ids] == sorted(own.values())
        for (category, band), n in by_both.items():
            narrowed = find(cast.cornershop, text, filters=Filters(category, currency=currency, price=band))
            assert narrowed.total.n == n
            assert answers(narrowed, "category") == {of: n for (of, within), n in by_both.items() if within == band}


def _band_of(price: Decimal, currency: str) -> str:
    (band,) = (key for key in bands.keys_of(currency) if bands.is_within(price, key, currency))
    return band


def _category_of(pk: int) -> str:
    return Category.objects.get(products__skus=pk).slug


def _assert_in_order(cast: Cast, own: Mapping[int, Decimal], currency: str) -> None:
    of_stall = Filters(seller="northfield", currency=currency)
    for sort in ("price", "-price"):
        whole = list(find(cast.cornershop, filters=of_stall, sort=sort).ids)
        assert set(whole) == set(own)
        prices = [own[pk] for pk in whole]
        assert prices == sorted(prices, reverse=sort == "-price")
        pages = [find(cast.cornershop, filters=of_stall, sort=sort, place=Place(size=7))]
        while len(pages[-1].ids) == 7:
            place = Place(len(pages) + 1, 7, after=pages[-1].last_mark)
            pages.append(find(cast.cornershop, filters=of_stall, sort=sort, place=place))
        assert [pk for page in pages for pk in page.ids] == whole, "page after page is the whole"
        for page, then in pairwise(pages):
            if then.ids:
                back = find(cast.cornershop, filters=of_stall, sort=sort, place=Place(1, 7, before=then.first_mark))
                assert list(back.ids) == list(page.ids), "and back"
        by_number = find(cast.cornershop, filters=of_stall, sort=sort, place=Place(2, 7))
        assert list(by_number.ids) == list(pages[1].ids)


def _stall(cast: Cast, chance: random.Random, currency: str) -> list[Sku]:
    """Offers of Northfield's, many of one price: with a base price from 1 on, from 10 on, or none."""
    Sku.objects.update(listed=False)
    SellerTerms.objects.create(company=cast.northfield, currency=currency)
    skus = [_offer(cast, n) for n in range(24)]
    jars = Category.objects.create(name="Jars", slug="jars")
    Product.objects.filter(pk__in=[sku.product_id for sku in skus[::3]]).update(category=jars)
    for sku in skus:
        for quantity in chance.choice(((1,), (1,), (1, 10), (10,), ())):
            price = chance.choice((99, 100, 101, 105, 400, 1000, 1001))
            TierPrice.objects.create(sku=sku, min_quantity=quantity, unit_price_minor=price, currency=currency)
    index_skus(Sku.objects.all())
    return skus


def _offer(cast: Cast, n: int) -> Sku:
    described = {"company": cast.northfield, "category": cast.crockery, "name": f"Jar {n}", "slug": "jar"}
    product = Product.objects.create(**described, status=ProductStatus.PUBLISHED)
    variant = Variant.objects.create(product=product)
    return Sku.objects.create(company=cast.northfield, product=product, variant=variant, code=f"J{n}")


def _random_list(cast: Cast, chance: random.Random, skus: Sequence[Sku], kind: ListKind, currency: str) -> None:
    percent = chance.choice((None, Decimal(0), Decimal("7.5"), Decimal(10), Decimal(-5), Decimal(100)))
    row = PriceList.objects.create(
        company=cast.northfield,
        name=f"{kind} {PriceList.objects.count()}",
        kind=kind,
        currency=currency,
        priority=chance.choice((0, 0, 5)),
        percent=percent if kind in (ListKind.CUSTOMER, ListKind.PUBLIC) else None,
        state=ListState.ACTIVE,
    )
    if kind != ListKind.PUBLIC:
        PriceListAudience.objects.create(company=cast.northfield, price_list=row, audience_company=cast.cornershop)
    for sku in chance.sample(skus, 8):
        for quantity in chance.choice(((1,), (5,), (1, 10), (10, 20), (2, 5))):
            is_fixed = chance.random() < 0.6
            PriceListEntry.objects.create(
                price_list=row,
                sku=sku,
                min_quantity=quantity,
                unit_price_minor=chance.choice((90, 100, 500, 999)) if is_fixed else None,
                percent=None if is_fixed else chance.choice((Decimal("2.5"), Decimal(50))),
                may_be_dearer=chance.random() < 0.3,
            )


# --- Currencies ------------------------------------------------------------------------------------------------------
def test_no_order_and_no_band_spans_two_currencies(cast: Cast) -> None:
    SellerTerms.objects.create(company=cast.eastwick, currency="JPY")
    reprice(cast.kettle, 200, "JPY")
    assert codes(find(SOMEBODY, sort="price")) == [MUG, PLATE]
    assert answers(find(SOMEBODY, sort="price"), "currency") == {"GBP": 2, "JPY": 1}, "what is left out is said"
    assert codes(find(SOMEBODY, filters=Filters(price="1-5"))) in ([MUG, PLATE], [PLATE, MUG])
    yen = Filters(currency="JPY")
    assert codes(find(SOMEBODY, sort="price", filters=yen)) == [KETTLE]
    assert answers(find(SOMEBODY, filters=yen), "price") == {"100-500": 1}
    assert len(find(SOMEBODY).ids) == 3, "without a price in question everything stands in one list"


def test_a_price_in_a_currency_that_its_seller_does_not_ask_for_is_none(cast: Cast) -> None:
    reprice(cast.kettle, 200, "EUR")
    assert codes(find(SOMEBODY, "kettle", sort="price")) == []
    assert codes(find(SOMEBODY, "kettle")) == [KETTLE]


# --- What is not shown is not told -----------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["", "enamel", "85123A"])
def test_who_may_not_see_a_price_learns_nothing_of_it_by_order_band_or_count(cast: Cast, text: str) -> None:
    reprice(cast.mug, 150)
    for asked in ({"sort": "price"}, {"sort": "-price"}, {"filters": Filters(price="1-5")}):
        assert find(NOBODY, text, **asked).ids == []
    found = find(NOBODY, text)
    assert answers(found, "price") == answers(found, "currency") == {}
    assert answers(find(SOMEBODY, text), "price")


def test_a_seller_who_shows_prices_to_everybody_is_sorted_for_everybody(cast: Cast) -> None:
    set_price_login(cast.eastwick, prices_need_login=False, actor=actor_of(cast.otto))
    in_force(cast, name="All", kind=ListKind.PUBLIC, companies=[], percent=Decimal(50))
    assert codes(find(NOBODY, sort="price")) == [KETTLE]
    assert answers(find(NOBODY), "price") == {"1-5": 1}
    assert codes(find(NOBODY, sort="-price", filters=Filters(seller="northfield"))) == []


CANARY = "zyxocanary"


@pytest.fixture
def canary(cast: Cast) -> Sku:
    """An offer with a name, a brand and a price that nothing else has."""
    sku = _offer(cast, 0)
    Product.objects.filter(pk=sku.product_id).update(name=f"{CANARY.title()} enamel bowl", popularity=999)
    reprice(sku, 99_900)
    return sku


def test_what_a_buyer_may_not_see_is_in_no_result_no_count_no_facet_and_no_suggestion(cast: Cast, canary: Sku) -> None:
    assert codes(find(cast.cornershop, CANARY)) != []
    assert find(cast.cornershop, "zyxocanray").did_you_mean == CANARY
    for hide in (_by_assortment, _by_territory):
        undo = hide(cast)
        _assert_nowhere(cast.cornershop)
        assert codes(find(cast.northfield, CANARY)) != [], "its seller sees it"
        undo()
    assert codes(find(cast.cornershop, CANARY)) != []


def _assert_nowhere(who: Company) -> None:
    for text in (CANARY, "zyxocanray", "zyxo", "J0"):
        found = find(who, text)
        assert (found.ids, found.did_you_mean, found.total.n) == ([], "", 0), text
    for text in ("enamel", "enamle", ""):
        for asked in ({}, {"sort": "price"}, {"sort": "-price"}, {"filters": Filters(seller="northfield")}):
            found = find(who, text, **asked)
            assert CANARY.title() not in " ".join(codes(found))
            assert "100-" not in answers(found, "price")
            assert found.total.n <= 3
    assert find(who, filters=Filters(price="100-")).ids == []


def _by_assortment(cast: Cast) -> Any:
    draft = AssortmentDraft("Some", (cast.mug.code, cast.plate.code), companies=["Cornershop"])
    assortment = save_assortment(cast.northfield, None, draft, seen=0, actor=actor_of(cast.sally))
    return lambda: remove_assortment(assortment, actor=actor_of(cast.sally))


def _by_territory(cast: Cast) -> Any:
    set_territory(cast.northfield, "J0", ["FR"], actor=actor_of(cast.sally))
    return lambda: set_territory(cast.northfield, "J0", [], actor=actor_of(cast.sally))
