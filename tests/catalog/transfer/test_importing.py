"""A spreadsheet becomes products: once, exactly, and with a reason for every row that does not."""

from decimal import Decimal

from backend.catalog.models import Product, Sku
from backend.catalog.transfer.actions import write_import
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of
from tests.catalog.transfer.desk import imported, outcome, problems, run, send, text_of, work

TEAPOT = "99001a,Tin teapot,Crockery,2.95,12"
JUG = "99002,Stoneware jug,Crockery,4.50,6"


def test_rows_become_products_with_variant_offer_and_price(cast: Cast) -> None:
    done = imported(cast, text_of([TEAPOT, JUG]))
    assert outcome(done) == ("done", 2, 0, 0, 0)
    sku = Sku.objects.select_related("product", "variant").get(code="99001A")
    assert (sku.product.name, sku.product.slug, sku.product.status) == ("Tin teapot", "tin-teapot", "draft")
    assert (sku.product.company, sku.company, sku.variant.product) == (cast.northfield, cast.northfield, sku.product)
    assert (sku.case_pack, sku.moq, sku.increment, sku.unit_of_sale) == (12, 1, 1, "each")
    assert [(t.min_quantity, t.unit_price_minor, t.currency) for t in sku.tiers.all()] == [(1, Decimal(295), "GBP")]


def test_the_same_file_twice_changes_nothing_and_says_so(cast: Cast) -> None:
    imported(cast, text_of([TEAPOT, JUG]))
    before = list(Product.objects.values_list("pk", "version"))
    again = imported(cast, text_of([TEAPOT.replace("99001a", "99001A"), JUG]))
    assert outcome(again) == ("done", 0, 0, 2, 0)
    assert list(Product.objects.values_list("pk", "version")) == before
    assert Event.objects.filter(kind=Kind.CATALOG_PRODUCTS_IMPORTED).count() == 1


def test_what_is_different_is_changed_and_an_empty_cell_leaves_what_there_is(cast: Cast) -> None:
    header = "SKU,Name,Price,From 2,Price 2"
    changed = imported(cast, text_of(["85123a,Blue mug,2.95,48,2.40", "22114,,,,"], header))
    assert outcome(changed) == ("done", 0, 1, 1, 0)
    mug = Sku.objects.select_related("product").get(pk=cast.mug.pk)
    assert (mug.product.name, mug.case_pack) == ("Blue mug", cast.mug.case_pack)
    assert [(t.min_quantity, t.unit_price_minor) for t in mug.tiers.all()] == [(1, Decimal(295)), (48, Decimal(240))]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(cast: Cast) -> None:
    checked = run(cast, send(cast, text_of([TEAPOT, "22114,Another plate,Crockery,2.95,12"])), is_dry_run=True)
    assert outcome(checked) == ("checked", 1, 1, 0, 0)
    assert Sku.objects.count() == 3
    done = work(write_import(checked, actor=actor_of(cast.nora)))
    assert outcome(done) == ("done", 1, 1, 0, 0)
    assert Sku.objects.count() == 4


def test_each_broken_row_is_told_with_its_cell_and_the_others_are_imported(cast: Cast) -> None:
    rows = [
        TEAPOT,
        ",No code,Crockery,2.95,12",
        "99003,,Crockery,2.95,12",
        "99004,No such shelf,Moon rocks,2.95,12",
        "99005,A word,Crockery,cheap,12",
        "99006,Below zero,Crockery,-2.95,12",
        "99007,Too fine,Crockery,2.9512345,12",
        "99008,Half a case,Crockery,2.95,1.5",
        "99009,None,Crockery,2.95,0",
        "99001A,The same again,Crockery,2.95,12",
        "9.9E+12,Shortened,Crockery,2.95,12",
        "99010,#N/A,Crockery,2.95,12",
        "99011," + "x" * 161 + ",Crockery,2.95,12",
        "99012,\ufffd,Crockery,2.95,12",
        '99013,One cell too many,Crockery,2.95,12,"so, many"',
        JUG,
    ]
    done = imported(cast, text_of(rows))
    assert outcome(done) == ("done", 2, 0, 0, 14)
    assert problems(done) == [
        (3, "code", "missing"),
        (4, "name", "missing"),
        (5, "category", "not_category"),
        (6, "price", "not_price"),
        (7, "price", "negative"),
        (8, "price", "too_fine"),
        (9, "case_pack", "fraction"),
        (10, "case_pack", "out_of_range"),
        (11, "code", "repeated"),
        (12, "code", "exponent"),
        (13, "name", "formula"),
        (14, "name", "too_long"),
        (15, "name", "unreadable"),
        (16, "", "ragged"),
    ]
