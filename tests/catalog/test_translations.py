"""What a product says in several languages: written on its sheet, read and found by whoever reads in one of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from backend.catalog.changes.actions import approve_change, edit_product
from backend.catalog.changes.queries import compared
from backend.catalog.models import Product
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.port import Query
from backend.core.errors import Refused
from backend.core.row_security import acting_for
from backend.inventory.availability.queries import catalogue_rows
from backend.orders.carts.actions import put_in_cart
from backend.orders.carts.queries import read_cart
from tests.cast import Cast, actor_of

KOZ, KOZ_TEXT = "كوب أزرق", "مطلي بالمينا، يتسع لثلث لتر."


@pytest.fixture
def said(cast: Cast) -> Callable[..., Product]:
    """Northfield's blue mug, saying more."""

    def say(by: str = "nora", **sheet: Any) -> Product:
        product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
        keys = {key.replace("__", "."): value for key, value in sheet.items()}
        actor = actor_of(getattr(cast, by))
        return edit_product(product, keys, base_version=product.version, key=str(product.version), actor=actor).product

    return say


def in_arabic(client: Client) -> Client:
    client.cookies["django_language"] = "ar"
    return client


def test_whoever_reads_in_a_language_reads_it_in_that_one(cast: Cast, said: Callable[..., Product]) -> None:
    said(translations__name__ar=KOZ, translations__description__ar=KOZ_TEXT)
    address = reverse("product", args=[cast.mug.product_id, cast.mug.product.slug])
    page = in_arabic(Client()).get(address).content.decode()
    assert f'<h1 lang="ar">{KOZ}</h1>' in page
    assert KOZ_TEXT in page
    assert '<h1 lang="en">Blue enamel mug</h1>' in Client().get(address).content.decode()
    with override("ar"):
        (row,) = catalogue_rows([cast.mug.pk])
    assert (row.product, row.lang, row.own) == (KOZ, "ar", "Blue enamel mug")


def test_what_nobody_has_written_is_read_in_the_own_words(cast: Cast) -> None:
    with override("ar"):
        (row,) = catalogue_rows([cast.mug.pk])
    assert (row.product, row.lang) == ("Blue enamel mug", "en")


@pytest.mark.parametrize("typed", [KOZ, "الكوب", "koob", "لتر"])
def test_it_is_found_in_each_of_its_languages(cast: Cast, said: Callable[..., Product], typed: str) -> None:
    said(translations__name__ar=f"{KOZ} Koob", translations__description__ar=KOZ_TEXT)
    for words in (typed, "enamel mug"):
        assert cast.mug.pk in PostgresSearch().find(Query(words)).ids


def test_a_slip_in_a_further_name_is_one_too(cast: Cast, said: Callable[..., Product]) -> None:
    said(translations__name__ar="فنجان")
    found = PostgresSearch().find(Query("فنجن "))
    assert (list(found.ids), found.did_you_mean) == ([cast.mug.pk], "فنجان")


def test_what_is_taken_out_is_found_no_more(cast: Cast, said: Callable[..., Product]) -> None:
    said(translations__name__ar=KOZ)
    said(translations__name__ar="")
    assert PostgresSearch().find(Query("أزرق")).ids == []
    assert Product.objects.get(pk=cast.mug.product_id).translations == {}


def test_a_variant_is_named_in_further_languages_as_well(cast: Cast, said: Callable[..., Product]) -> None:
    at = f"variants__{cast.mug.variant_id}__"
    said(**{f"{at}name": "Large", f"{at}translations__name__ar": "كبير"})
    with override("ar"):
        assert catalogue_rows([cast.mug.pk])[0].name == "كبير"
    assert catalogue_rows([cast.mug.pk])[0].name == "Large"
    assert cast.mug.pk in PostgresSearch().find(Query("كبير")).ids


def test_nothing_is_said_twice_in_one_language(cast: Cast, said: Callable[..., Product]) -> None:
    said(translations__name__ar=KOZ)
    with pytest.raises(Refused, match="texts in Arabic beside the own words") as refused:
        said(language="ar")
    assert refused.value.field == "language"
    moved = said(language="ar", name=KOZ, translations__name__ar="")
    assert (moved.language, moved.translations) == ("ar", {})
    assert said(translations__name__en="Blue mug").translations == {"name.en": "Blue mug"}


@pytest.mark.parametrize(
    ("key", "value", "match"),
    [
        ("language", "xx", "Choose one of: English, Arabic"),
        ("translations.name.ar", "x" * 161, "at most 160 characters; this one has 161"),
        ("translations.description.ar", "x" * 2001, "at most 2000 characters"),
    ],
)
def test_a_text_that_cannot_be_is_refused_at_its_field(
    cast: Cast, said: Callable[..., Product], key: str, value: str, match: str
) -> None:
    with pytest.raises(Refused, match=match) as refused:
        said(**{key.replace(".", "__"): value})
    assert refused.value.field == key


def test_a_further_text_waits_for_an_approval_like_any_other(cast: Cast) -> None:
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    edited = edit_product(product, {"translations.name.ar": KOZ}, base_version=1, key="k", actor=actor_of(cast.sally))
    assert edited.waiting
    (line,) = compared(edited.waiting)
    assert (line.label, line.old, line.new) == ("name (Arabic)", None, KOZ)
    approve_change(edited.waiting, actor=actor_of(cast.nora))
    assert Product.objects.get(pk=product.pk).translations == {"name.ar": KOZ}


def test_a_change_that_waited_says_nothing_twice_either(cast: Cast, said: Callable[..., Product]) -> None:
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    waiting = edit_product(
        product, {"translations.name.ar": KOZ}, base_version=1, key="k", actor=actor_of(cast.sally)
    ).waiting
    assert waiting
    said(language="ar", name="كوب")
    with pytest.raises(Refused, match="beside the own words"):
        approve_change(waiting, actor=actor_of(cast.nora))


def test_a_cart_speaks_to_its_reader_and_an_order_in_the_own_words(cast: Cast, said: Callable[..., Product]) -> None:
    said(translations__name__ar=KOZ)
    put_in_cart(cast.mug, 24, actor=actor_of(cast.bea))
    with acting_for(cast.cornershop.pk), override("ar"):
        (line,) = read_cart(actor_of(cast.bea), cast.cornershop).lines
    assert (line.goods.local_product, line.goods.name) == (KOZ, "Blue enamel mug")
