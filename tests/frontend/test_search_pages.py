"""Searching on the catalogue's page: what it says, what is saved of it, and which words mean the same."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.catalog.audiences.actions import AssortmentDraft, save_assortment
from backend.catalog.models import AttributeDefinition, Product
from backend.catalog.search.actions import MAX_SAVED, add_synonym
from backend.catalog.search.index import index_skus
from backend.catalog.search.models import SavedSearch, SearchEntry, Synonym
from backend.core.errors import NotAllowed, Refused
from backend.events.models import Event
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of, make_sku

HTMX = {"HX-Request": "true"}
SAVED = "/catalogue/searches/"


def text(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    if not headers:
        assert_sound(response)
    return " ".join(response.content.decode().split())


def save(client: Client, query: str, name: str = "Mugs") -> SavedSearch:
    response = client.post(SAVED, {"query": query, "name": name})
    assert (response.status_code, response["Location"]) == (303, f"/catalogue/?{query}")
    return SavedSearch.objects.get(name=name)


# --- The list --------------------------------------------------------------------------------------------------------
def test_a_slip_is_corrected_and_the_page_says_so(cast: Cast, client: Client) -> None:
    shown = text(client, "/catalogue/?q=enamle")
    assert "Nothing was found for “enamle”." in shown
    assert 'href="?q=enamel"' in shown
    assert "Blue enamel mug" in shown


def test_what_one_may_not_see_prices_of_is_neither_sorted_nor_filtered_by_them(cast: Cast, client: Client) -> None:
    anonymous = text(client, "/catalogue/?price=1-5&sort=price")
    assert 'name="price"' not in anonymous
    assert "£" not in anonymous
    client.force_login(cast.bea)
    assert "£1.00 to £5.00" in text(client, "/catalogue/?price=1-5")


def test_an_attribute_that_its_category_declares_narrows_the_list(cast: Cast, client: Client) -> None:
    AttributeDefinition.objects.create(category=cast.crockery, code="colour", name="Colour", is_facet=True)
    AttributeDefinition.objects.create(category=cast.crockery, code="maker", name="Maker")
    Product.objects.filter(pk=cast.mug.product_id).update(attributes={"colour": "blue", "maker": "Stoke"})
    Product.objects.filter(pk=cast.plate.product_id).update(attributes={"colour": "white's"})
    index_skus(type(cast.mug).objects.all())
    shown = text(client, "/catalogue/")
    assert "<legend>Colour</legend>" in shown
    assert "Maker" not in shown
    shown = text(client, "/catalogue/?a.colour=blue")
    assert "Blue enamel mug" in shown
    assert "White dinner plate" not in shown
    assert 'id="a.colour-white&#x27;s"' in shown, "any other may be chosen besides"
    assert "White dinner plate" in text(client, "/catalogue/?a.colour=white%27s&a.colour=blue")
    assert "Nothing matches" in text(client, "/catalogue/?a.colour=red&a.nothing=1")
    assert "Blue enamel mug" in text(client, "/catalogue/?q=stoke"), "any attribute's value is a word"


def test_a_choice_brings_the_facets_along_and_a_refresh_does_not(cast: Cast, client: Client) -> None:
    assert 'hx-swap-oob="true"' in client.get("/catalogue/?q=mug", headers=HTMX).content.decode()
    refreshed = client.get("/catalogue/?q=mug", headers={**HTMX, "Live-Refresh": "1"}).content.decode()
    assert 'id="facets"' not in refreshed


# --- Saved searches --------------------------------------------------------------------------------------------------
def test_a_saved_search_says_how_much_is_new_until_it_is_looked_at(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    saved = save(client, "q=mug&category=crockery")
    SavedSearch.objects.update(seen_at="2026-01-01 00:00+00")
    SearchEntry.objects.update(listed_at="2025-12-31 00:00+00")
    assert "new </span>" not in text(client, SAVED, **HTMX)
    for n, name in enumerate(("Red mug", "Green mug", "Green plate")):
        make_sku(name, f"5{n}", cast.crockery, cast.shelf)
    assert "2 new" in text(client, SAVED, **HTMX)
    response = client.post(f"{SAVED}{saved.pk}/looks/")
    assert (response.status_code, response["Location"]) == (303, "/catalogue/?q=mug&category=crockery")
    SearchEntry.objects.update(listed_at="2026-01-02 00:00+00")
    assert "Nothing new" in text(client, SAVED)


def test_what_is_saved_in_a_company_s_catalogue_opens_there_and_counts_what_that_company_sees(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.bea)
    shop = "/c/cornershop/catalogue/"
    assert f'action="{shop}searches/"' in text(client, f"{shop}?q=mug")
    response = client.post(f"{shop}searches/", {"query": "q=mug&price=1-5", "name": "Mugs"})
    assert (response.status_code, response["Location"]) == (303, f"{shop}?q=mug&price=1-5")
    SavedSearch.objects.update(seen_at="2026-01-01 00:00+00")
    SearchEntry.objects.update(listed_at="2025-12-31 00:00+00")
    for n in range(2):
        make_sku(f"Red mug {n}", f"5{n}", cast.crockery, cast.shelf)
    assert "2 new" in text(client, f"{shop}searches/", **HTMX)
    draft = AssortmentDraft("Some", (cast.mug.code, "50"), companies=["Cornershop"])
    save_assortment(cast.northfield, None, draft, seen=0, actor=actor_of(cast.sally))
    assert "1 new" in text(client, f"{shop}searches/", **HTMX)
    assert "2 new" in text(client, SAVED, **HTMX), "as everybody sees it"
    response = client.post(f"{shop}searches/{SavedSearch.objects.get().pk}/looks/")
    assert response["Location"] == f"{shop}?q=mug&price=1-5"
    assert client.post(f"{shop}searches/{SavedSearch.objects.get().pk}/removal/")["Location"] == f"{shop}searches/"
    client.force_login(cast.otto)
    assert client.get(f"{shop}searches/").status_code == 404


def test_saved_searches_are_ones_own(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    saved = save(client, "q=mug")
    client.force_login(cast.otto)
    assert "Mugs" not in text(client, SAVED)
    for what in ("looks", "removal"):
        assert client.post(f"{SAVED}{saved.pk}/{what}/").status_code == 404
    client.force_login(cast.bea)
    client.post(f"{SAVED}{saved.pk}/removal/")
    assert "Nothing saved yet" in text(client, SAVED)


@pytest.mark.parametrize(("query", "name"), [("", "All"), ("q=mug", " "), ("q=mug", "x" * 61), ("page=3", "Third")])
def test_what_can_not_be_saved_is_refused_with_a_reason(cast: Cast, client: Client, query: str, name: str) -> None:
    client.force_login(cast.bea)
    client.post(SAVED, {"query": query, "name": name})
    assert not SavedSearch.objects.exists()


def test_twelve_searches_are_enough_and_the_same_one_is_saved_once(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    for n in range(MAX_SAVED):
        save(client, f"q=mug+{n}", f"Mug {n}")
    client.post(SAVED, {"query": "q=more", "name": "More"})
    save(client, "q=mug+0", "Renamed")
    assert SavedSearch.objects.count() == MAX_SAVED


def test_saved_searches_cost_the_queries_that_they_say(
    cast: Cast, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(cast.bea)
    save(client, "q=mug&category=crockery&seller=northfield")
    with django_assert_num_queries(2 + 1 + 2):  # session and person; the list; its one
        client.get(SAVED, headers=HTMX)


# --- Synonyms --------------------------------------------------------------------------------------------------------
def test_an_operator_writes_which_words_mean_the_same(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    url = "/c/platform/synonyms/"
    assert "No synonyms yet" in text(client, url)
    assert client.post(url, {"words": "Beaker, mug,  MUG , كوب"}).status_code == 303
    assert Synonym.objects.get().words == ["beaker", "mug", "كوب"]
    assert Event.objects.get().kind == "catalog.synonyms_changed"
    assert "Blue enamel mug" in text(client, "/catalogue/?q=beaker")
    assert client.post(url, {"words": "alone"}).status_code == 422
    client.post(f"{url}{Synonym.objects.get().pk}/removal/")
    assert "Blue enamel mug" not in text(client, "/catalogue/?q=beaker")


def test_others_write_no_synonyms(cast: Cast, client: Client) -> None:
    with pytest.raises(NotAllowed):
        add_synonym("lorry, truck", actor=actor_of(cast.nora))
    client.force_login(cast.nora)
    assert client.get("/c/northfield/synonyms/").status_code == 403


@pytest.mark.parametrize("terms", ["", "one", "one, ONE", ",".join("abcdefghijklm"), "a b c d, e"])
def test_a_line_of_synonyms_has_to_make_sense(cast: Cast, terms: str) -> None:
    with pytest.raises(Refused):
        add_synonym(terms, actor=actor_of(cast.olga))
