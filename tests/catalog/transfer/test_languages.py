"""Texts in further languages come in and go out with everything else."""

import csv
import io

import pytest
from django.test import Client

from backend.catalog.models import AttributeDefinition, Product, Sku
from tests.cast import Cast
from tests.catalog.transfer.desk import imported, outcome, problems, text_of

CUP, TEXT = "كوب", "مطلي بالمينا"
HEADER = "SKU,Name,Name (Arabic),Description (Arabic),Variant,Variant (Arabic),Language,Category,Price of one"


def of(cast: Cast, code: str) -> Product:
    return Sku.objects.of_company(cast.northfield.pk).get(code=code).product


def test_a_row_says_its_product_in_several_languages(cast: Cast) -> None:
    done = imported(cast, text_of([f"C1,Cup,{CUP},{TEXT},Large,كبير,,Crockery,2"], HEADER))
    assert outcome(done)[0] == "done"
    product = of(cast, "C1")
    assert (product.language, product.translations) == ("en", {"name.ar": CUP, "description.ar": TEXT})
    assert product.variants.get().translations == {"name.ar": "كبير"}


def test_an_empty_cell_leaves_what_there_is_and_the_same_again_changes_nothing(cast: Cast) -> None:
    imported(cast, text_of([f"85123A,,{CUP},{TEXT},,,,,"], HEADER))
    assert outcome(imported(cast, text_of([f"85123A,,{CUP},,,,,,"], HEADER))) == ("done", 0, 0, 1, 0)
    assert outcome(imported(cast, text_of(["85123A,,فنجان,,,,,,"], HEADER))) == ("done", 0, 1, 0, 0)
    assert of(cast, "85123A").translations == {"name.ar": "فنجان", "description.ar": TEXT}


@pytest.mark.parametrize("language", ["ar", "Arabic", "العربيّة"])
def test_the_own_words_may_be_in_any_language_of_the_market(cast: Cast, language: str) -> None:
    header = "SKU,Name,Name (English),Language,Category,Price of one"
    imported(cast, text_of([f"C1,{CUP},Cup,{language},Crockery,2"], header))
    assert (of(cast, "C1").language, of(cast, "C1").translations) == ("ar", {"name.en": "Cup"})


def test_new_products_are_in_the_language_that_the_file_was_said_to_be_in(cast: Cast) -> None:
    imported(cast, text_of([f"C1,{CUP},Crockery,2"], "SKU,Name,Category,Price of one"), language="ar")
    assert of(cast, "C1").language == "ar"


def test_what_a_language_cannot_be_is_told_with_its_cell(cast: Cast) -> None:
    rows = [
        "C1,Cup,,,,,Klingon,Crockery,2",
        f"C2,{CUP},{CUP},,,,ar,Crockery,2",
        "85123A,,,,,,ar,,",
        f"C3,Cup,{'x' * 161},,,,,Crockery,2",
    ]
    done = imported(cast, text_of(rows, HEADER))
    assert problems(done) == [
        (2, "language", "not_language"),
        (3, "name_ar", "own_language"),
        (4, "language", "other_language"),
        (5, "name_ar", "too_long"),
    ]


@pytest.mark.parametrize("reads", ["en", "ar"])
def test_they_go_out_and_come_in_again(cast: Cast, client: Client, reads: str) -> None:
    imported(cast, text_of([f"C1,Cup,{CUP},{TEXT},Large,كبير,,Crockery,2"], HEADER))
    client.force_login(cast.nora)
    data = client.get("/c/northfield/products/export.csv", headers={"accept-language": reads}).getvalue()
    assert outcome(imported(cast, data)) == ("done", 0, 0, 3, 0)
    cup = next(row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) if row[0] == "C1")
    assert {CUP, TEXT, "كبير"} <= set(cup)


def test_titles_and_choices_of_attributes_are_read_in_every_language(cast: Cast) -> None:
    called = {"name.ar": "اللون", "choice.Red.ar": "أحمر", "choice.Blue.ar": "أزرق"}
    AttributeDefinition.objects.create(
        category=cast.crockery,
        code="colour",
        name="Colour",
        kind="choice",
        choices=["Red", "Blue"],
        translations=called,
    )
    rows = ["C1,Cup,أحمر,Crockery,2", "C2,Cup,blue,Crockery,2", "C3,Cup,أخضر,Crockery,2"]
    done = imported(cast, text_of(rows, "SKU,Name,اللون,Category,Price of one"))
    assert [of(cast, code).attributes for code in ("C1", "C2")] == [{"colour": "Red"}, {"colour": "Blue"}]
    assert problems(done) == [(4, "a_colour", "not_choice")]
