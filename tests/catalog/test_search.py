"""What the catalogue finds: words in two scripts, slips, synonyms, codes; and never what is not for sale."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db.transaction import atomic
from pytest_django import DjangoAssertNumQueries

from backend.catalog.actions import Draft, Tier, create_product, pause_product, publish_product
from backend.catalog.models import Product, Sku, Variant
from backend.catalog.search import counted, ranked
from backend.catalog.search.asking import COMMON
from backend.catalog.search.browsing import MAX_SKIPPED
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.index import index_skus, rebuild
from backend.catalog.search.models import SearchEntry, SearchWord, Synonym
from backend.catalog.search.port import Buyer, Filters, Found, Place, Query
from backend.catalog.search.queries import shown_position
from backend.core.money import UnitPrice
from backend.events import listeners, log
from backend.events.kinds import Kind
from backend.inventory.actions import adjust_stock, sell_stock
from tests.cast import Cast, actor_of, make_sku


def find(text: str = "", **asked: Any) -> Found:
    return PostgresSearch().find(Query(text, **{"buyer": Buyer(is_known=True), **asked}))


def names(found: Found) -> list[str]:
    by_pk = Sku.objects.select_related("product").in_bulk(list(found.ids))
    return [by_pk[pk].product.name for pk in found.ids]


def answers(found: Found, key: str) -> dict[str, int]:
    facets = {facet.key: facet for facet in found.facets}
    return {value.key: value.count.n for value in facets[key].values} if key in facets else {}


@pytest.fixture
def sell(cast: Cast) -> Callable[..., Sku]:
    """Puts something on the catalogue: name, then what differs."""

    def make(name: str, *, price: int | None = None, popularity: int = 0, on_hand: int = 5, **own: Any) -> Sku:
        sku = make_sku(name, own.pop("code", f"X{Sku.objects.count():05}"), cast.crockery, cast.shelf, on_hand=on_hand)
        Variant.objects.filter(pk=sku.variant_id).update(**own)
        Product.objects.filter(pk=sku.product_id).update(popularity=popularity)
        if price is not None:
            sku.tiers.filter(min_quantity=1).update(unit_price_minor=price)
        index_skus(Sku.objects.filter(pk=sku.pk))
        return sku

    return make


# --- Words -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Ceramic lanterns, set of 6", "lantern"),
        ("Ceramic lantern", "LANTERNS ceramic"),
        ("Crème brûlée dish", "creme brulee"),
        ("Creme brulee dish", "Crème Brûlée"),
        ("Große Schüssel", "grosse schussel"),
        ("كوب أزرق كبير", "أزرق كوب"),
        ("كُوبٌ أزرق", "الكوب"),
        ("فانوس نحاس", "فانو"),
        ("Tea-light holder", "tea light"),
        ("1.5 l jug", "1.5"),
    ],
)
def test_a_name_is_found_by_its_words_however_they_are_written(sell: Callable[..., Sku], name: str, typed: str) -> None:
    sell(name)
    assert names(find(typed)) == [name]


def test_every_word_has_to_be_there_and_the_last_may_be_half_typed(cast: Cast) -> None:
    assert names(find("blue mug")) == ["Blue enamel mug"]
    assert names(find("blue plate")) == []
    assert names(find("blue ena")) == ["Blue enamel mug"]
    assert find("enam").is_corrected is False
    assert find("bl mug").ids == [], "only the last one is being typed"


def test_a_word_of_very_many_names_is_whole_while_somebody_types(cast: Cast, sell: Callable[..., Sku]) -> None:
    sell("Mugwort tea")
    assert sorted(names(find("mug"))) == ["Blue enamel mug", "Mugwort tea"]
    SearchWord.objects.filter(word="mug").update(uses=COMMON)
    assert names(find("mug")) == names(find("Múg")) == names(find("mugs")) == ["Blue enamel mug"]
    assert names(find("mugw")) == ["Mugwort tea"]


def test_the_seller_and_the_category_are_words_too_and_count_less(cast: Cast, sell: Callable[..., Sku]) -> None:
    sell("Northfield souvenir mug")
    assert names(find("northfield mug")) == ["Northfield souvenir mug", "Blue enamel mug"]
    assert sorted(names(find("eastwick"))) == ["Copper kettle"]


def test_what_fits_alike_stands_in_the_order_of_what_is_ordered(sell: Callable[..., Sku]) -> None:
    for popularity in (3, 90, 40):
        sell(f"Tin heart {popularity}", popularity=popularity)
    assert names(find("tin heart")) == ["Tin heart 90", "Tin heart 40", "Tin heart 3"]
    assert names(find("heart", sort="name")) == ["Tin heart 3", "Tin heart 40", "Tin heart 90"]


def test_what_is_no_word_finds_nothing_and_breaks_nothing(cast: Cast) -> None:
    for nonsense in ("%", "'", "\\", "&|!()<->:*", "' | 'a", "the", "١٢٣", "a" * 500, "e\u0301" * 90):
        assert list(find(nonsense).ids) == [], nonsense


# --- Codes -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["AB-12 3", "ab123", "AB 123", "ab-123", "Ab12-3"])
def test_a_code_is_found_with_and_without_spaces_and_hyphens_and_stands_first(
    sell: Callable[..., Sku], typed: str
) -> None:
    sell("Set of AB 123 hooks, AB123", code="Z1", popularity=500)
    sell("Brass hook", code="AB-123")
    assert names(find(typed))[0] == "Brass hook"


@pytest.mark.parametrize("typed", ["4006381333931", "400-638 1333931", "04006381333931"])
def test_a_gtin_is_found_however_long_it_is_written(sell: Callable[..., Sku], typed: str) -> None:
    sell("Marker pen", gtin="4006381333931")
    assert names(find(typed)) == ["Marker pen"]


def test_the_beginning_of_a_code_is_enough(cast: Cast) -> None:
    assert names(find("2211")) == ["White dinner plate"]


# --- Slips and synonyms ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mgu", "mug"),
        ("enamle", "enamel"),
        ("ketttle", "kettle"),
        ("zyzzyva", None),
        ("blue enamell mugg", "blue enamel mug"),
    ],
)
def test_a_slip_finds_what_was_meant_and_says_so(cast: Cast, typed: str, meant: str | None) -> None:
    found = find(typed)
    assert (found.did_you_mean, found.is_corrected) == (meant or "", meant is not None)
    assert bool(found.ids) == found.is_corrected


def test_a_slip_in_arabic_is_one_too(sell: Callable[..., Sku]) -> None:
    sell("فانوس نحاس")
    assert names(find("فاونس")) == ["فانوس نحاس"]


def test_nothing_is_corrected_to_a_word_that_nobody_looks_for(sell: Callable[..., Sku]) -> None:
    sell("The jug")
    found = find("teh")
    assert (found.ids, found.did_you_mean) == ([], "")


def test_nothing_is_corrected_to_what_is_not_for_sale(cast: Cast) -> None:
    assert SearchWord.objects.filter(word="kettle").exists()
    pause_product(cast.kettle.product, actor=actor_of(cast.otto))
    found = find("ketle")
    assert (list(found.ids), found.did_you_mean) == ([], "")


def test_words_that_mean_the_same_stand_for_each_other(cast: Cast, sell: Callable[..., Sku]) -> None:
    sell("Tealight holder")
    sell("T light tray")
    Synonym.objects.create(words=["cup", "mug", "كوب"])
    Synonym.objects.create(words=["tealight", "t light"])
    assert names(find("blue cup")) == ["Blue enamel mug"]
    assert names(find("كوب")) == ["Blue enamel mug"]
    assert sorted(names(find("tealight"))) == sorted(names(find("t light"))) == ["T light tray", "Tealight holder"]


# --- Who sees what ---------------------------------------------------------------------------------------------------
def draft(cast: Cast) -> Product:
    tiers = [Tier(1, UnitPrice(Decimal(295)))]
    return create_product(
        cast.northfield,
        Draft(name="Secret teapot", category=cast.crockery, code="S1", tiers=tiers),
        key="k",
        actor=actor_of(cast.nora),
    )


def test_a_draft_is_found_by_nobody_and_the_index_knows_nothing_of_it(cast: Cast) -> None:
    product = draft(cast)
    assert list(find("secret").ids) == list(find("S1").ids) == []
    list(rebuild())
    assert not SearchEntry.objects.filter(sku__product=product).exists()
    assert not SearchWord.objects.filter(word="secret").exists()


def test_a_product_is_found_from_its_publication_to_its_pause_in_the_same_transaction(cast: Cast) -> None:
    product = publish_product(draft(cast), actor=actor_of(cast.nora))
    assert names(find("secret")) == ["Secret teapot"]
    pause_product(product, actor=actor_of(cast.nora))
    assert list(find("secret").ids) == list(find("s1").ids) == []
    entry = SearchEntry.objects.get(sku__product=product)
    assert (entry.name, entry.code, str(entry.document)) == ("", "", ""), "it says nothing any more"


def test_a_sku_that_is_not_listed_is_not_found(cast: Cast) -> None:
    Sku.objects.filter(pk=cast.mug.pk).update(listed=False)
    index_skus(Sku.objects.filter(pk=cast.mug.pk))
    assert list(find("mug").ids) == []


# --- Filters and facets ----------------------------------------------------------------------------------------------
def test_filters_narrow_with_and_without_words(cast: Cast) -> None:
    assert sorted(names(find(filters=Filters(seller="northfield")))) == ["Blue enamel mug", "White dinner plate"]
    assert names(find("kettle", filters=Filters(seller="northfield"))) == []
    assert names(find(filters=Filters(category="no-such"))) == []
    assert names(find("mug", filters=Filters(category="crockery", price="1-5", in_stock=True))) == ["Blue enamel mug"]
    assert names(find("mug", filters=Filters(price="25-100"))) == []


@pytest.mark.parametrize("text", ["", "mug plate kettle"])
def test_facets_count_what_each_answer_would_leave(cast: Cast, text: str) -> None:
    if text:
        Synonym.objects.create(words=["mug", "plate", "kettle", text])
    found = find(text, filters=Filters(seller="northfield"))
    assert found.total.n == 2
    assert answers(found, "seller") == {"northfield": 2, "eastwick": 1}, "the chosen facet's other answers stay"
    assert answers(found, "category") == {"crockery": 2}
    assert answers(found, "in_stock") == {"1": 2}
    assert answers(found, "price") == {"1-5": 2}


def test_what_sells_out_leaves_the_list_of_what_is_in_stock_and_comes_back(cast: Cast) -> None:
    in_stock = Filters(in_stock=True)
    sell_stock(cast.kettle, 7, reference="1/1", actor=actor_of(cast.otto))
    assert names(find("kettle", filters=in_stock)) == []
    adjust_stock(cast.kettle, cast.barn, by=1, reason="found", key="k", actor=actor_of(cast.otto))
    assert names(find("kettle", filters=in_stock)) == ["Copper kettle"]


def test_what_fits_is_found_beyond_what_is_read_of_a_word(
    sell: Callable[..., Sku], monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for module in (ranked, counted):
        monkeypatch.setattr(module, "CAP", 3)
    for n in range(6):
        sell(f"Jar {n}", popularity=9 - n, price=150, on_hand=n // 4)
    filters = Filters(category="crockery", in_stock=True, price="1-5")
    with django_assert_num_queries(4):
        found = find("jar", filters=filters)
    assert names(found) == ["Jar 4", "Jar 5"]
    assert answers(found, "category") == {"crockery": 2}
    assert answers(found, "in_stock") == {"1": 2}


# --- Order and pages -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sort", "first"), [("", "b"), ("popular", "b"), ("newest", "c"), ("price", "a"), ("-price", "c"), ("name", "a")]
)
def test_a_list_stands_in_the_order_that_is_asked_for_page_after_page_and_back(
    sell: Callable[..., Sku], sort: str, first: str
) -> None:
    SearchEntry.objects.all().delete()
    for name, price, popularity in (("a", 1, 5), ("b", 2, 9), ("c", 900, 7)):
        sell(name, price=price, popularity=popularity)
        SearchEntry.objects.filter(name=name).update(listed_at=f"2026-01-0{ord(name) - 96} 12:00+00")
    whole = list(find(sort=sort).ids)
    assert names(find(sort=sort))[0] == first
    pages = [find(sort=sort, place=Place(size=2))]
    while len(pages[-1].ids) == 2:
        pages.append(find(sort=sort, place=Place(len(pages) + 1, 2, after=pages[-1].last_mark)))
    assert [pk for page in pages for pk in page.ids] == whole
    back = find(sort=sort, place=Place(1, 2, before=pages[1].first_mark))
    assert back.ids == pages[0].ids


def test_a_mark_of_another_order_and_a_number_too_high_open_the_nearest_page(cast: Cast) -> None:
    assert len(find(sort="price", place=Place(2, 2, after="5~2026-01-01")).ids) == 1
    assert len(find(sort="newest", place=Place(1, 2, after="nonsense")).ids) == 2
    assert find(place=Place(MAX_SKIPPED, 2)).place.number == 2


# --- Kept up to date -------------------------------------------------------------------------------------------------
def test_the_listener_mends_what_the_transaction_could_not_write(cast: Cast) -> None:
    publish_product(draft(cast), actor=actor_of(cast.nora))
    SearchEntry.objects.all().delete()
    log.number_events()
    room = "backend.catalog.search"
    for _ in range(2):
        listeners.listen_once(room, listeners.listeners()[room])
    assert names(find("secret")) == ["Secret teapot"]


def test_after_an_import_a_list_says_what_it_shows_until_the_listener_has_followed(cast: Cast) -> None:
    product = publish_product(draft(cast), actor=actor_of(cast.nora))
    Product.objects.filter(pk=product.pk).update(name="Imported teapot")
    log.number_events()
    room, before = "backend.catalog.search", log.last_position()
    while listeners.listen_once(room, listeners.listeners()[room]):
        pass
    Product.objects.filter(pk=product.pk).update(name="Copper teapot")
    ranges = {"products": [[product.pk, product.pk]]}
    with atomic():
        log.record(Kind.CATALOG_PRODUCTS_IMPORTED, "import:1", version=1, actor=actor_of(cast.nora), data=ranges)
    log.number_events()
    assert shown_position() == before
    assert names(find("copper teapot")) == []
    listeners.listen_once(room, listeners.listeners()[room])
    assert shown_position() == before + 1
    assert names(find("copper teapot")) == ["Copper teapot"]


def test_the_index_can_be_written_anew_out_of_the_tables(cast: Cast) -> None:
    before = list(SearchEntry.objects.order_by("pk").values())
    SearchEntry.objects.all().delete()
    SearchWord.objects.create(word="forgotten")
    call_command("rebuild_search", verbosity=0)
    after = list(SearchEntry.objects.order_by("pk").values())
    assert [{**row, "listed_at": None} for row in after] == [{**row, "listed_at": None} for row in before]
    assert not SearchWord.objects.filter(word="forgotten").exists()
    call_command("rebuild_search", verbosity=0)
    assert list(SearchEntry.objects.order_by("pk").values()) == after, "again, and nothing has changed"


def test_the_popular_ones_are_at_most_a_twentieth(sell: Callable[..., Sku]) -> None:
    for n in range(40):
        sell(f"Jar {n}", popularity=n)
    list(rebuild())
    assert sorted(SearchEntry.objects.filter(is_popular=True).values_list("name", flat=True)) == ["Jar 38", "Jar 39"]
    assert names(find("jar", sort="popular"))[:3] == ["Jar 39", "Jar 38", "Jar 37"]


# --- What it costs ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "queries"),
    [
        (Query(with_facets=False), 2),
        (Query(), 3),
        (Query("mug"), 3),
        (Query("85123A"), 3),
        (Query("mug", filters=Filters(category="crockery")), 3),
        (Query("mug", filters=Filters(price="1-5")), 3),
        (Query(sort="price"), 3),
        (Query("mgu", with_facets=False), 5),
    ],
)
def test_a_search_costs_the_queries_that_it_says(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, query: Query, queries: int
) -> None:
    with django_assert_num_queries(queries):
        PostgresSearch().find(replace(query, buyer=Buyer(is_known=True)))
