"""A price list's lines go out as a file and come in as a table; nothing changes before somebody has seen what would."""

import io
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.sheets.actions import mark_of as mark_of_sheet
from backend.catalog.models import Import, Product
from tests.accounts.markup import assert_sound
from tests.cast import Cast
from tests.catalog.pricing.lists import draft_list, fixed, in_force, off, put
from tests.catalog.transfer.desk import work
from tests.live import assert_live

PRICES = "/c/northfield/prices/"


@pytest.fixture
def sally(cast: Cast, client: Client) -> Client:
    client.force_login(cast.sally)
    return client


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def send(client: Client, url: str, data: bytes | str) -> Any:
    sent = {"text": data} if isinstance(data, str) else {"file": SimpleUploadedFile("prices", data)}
    return client.post(f"{url}sheet/", sent)


def said(price_list: PriceList) -> set[tuple[str, int, Decimal | None, Decimal | None, bool]]:
    rows = PriceListEntry.objects.filter(price_list=price_list)
    return set(rows.values_list("sku__code", "min_quantity", "unit_price_minor", "percent", "may_be_dearer"))


def workbook(rows: list[list[object]]) -> bytes:
    """Cells of the first column that say `|` are merged with the one above."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, tuple):
                sheet.write_formula(number, column, *cell)
            elif cell == "|":
                sheet.merge_range(number - 1, column, number, column, rows[number - 1][column])
            else:
                sheet.write(number, column, cell)
    book.close()
    return file.getvalue()


def sheet_of(price_list: PriceList) -> Import:
    return Import.objects.filter(price_list=price_list).latest("pk")


def mark_of(price_list: PriceList) -> str:
    """As the page of what would change has it, after a worker has compared it."""
    return mark_of_sheet(work(sheet_of(price_list)))


def test_rows_are_pasted_looked_at_and_written(cast: Cast, sally: Client) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 250))
    url = f"{PRICES}{price_list.pk}/"
    assert f'href="{url}sheet/"' in text(sally, url)
    assert_sound(sally.get(f"{url}sheet/"))
    sent = send(sally, url, "SKU\tFrom\tPrice\n85123A\t1\t2.40\n22114\t12\t10%\nNONE\t1\t1\n")
    assert (sent.status_code, sent["Location"]) == (303, f"{url}sheet/")
    assert "Step 1 of 3" in text(sally, f"{url}sheet/"), "the page does not wait"
    with assert_live(sally, f"{url}sheet/"):
        work(sheet_of(price_list))
    assert_sound(sally.get(f"{url}sheet/"))
    shown = text(sally, f"{url}sheet/")
    for part in ("£2.50", "£2.40", "−10 %", "You have no SKU of this code.", "Save 2 lines"):
        assert part in shown
    assert said(price_list) == {("85123A", 1, Decimal(250), None, False)}, "nothing changed yet"
    problems = sally.get(f"{url}sheet/problems.csv").getvalue().decode()
    assert "4,SKU,NONE,You have no SKU of this code.,One of your SKUs" in problems.replace('"', "")
    assert f'name="mark" value="{mark_of(price_list)}"' in shown
    form = {"mark": mark_of(price_list)}
    for _twice in range(2):
        assert sally.post(f"{url}sheet/writing/", form)["Location"] == f"{url}sheet/"
    with assert_live(sally, f"{url}sheet/"):
        work(sheet_of(price_list))
    assert "See the list" in text(sally, f"{url}sheet/")
    assert said(price_list) == {("85123A", 1, Decimal(240), None, False), ("22114", 12, None, Decimal(10), False)}


def test_columns_and_what_becomes_of_other_lines_are_chosen(cast: Cast, sally: Client) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 250))
    url = f"{PRICES}{price_list.pk}/"
    send(sally, url, "Ours\tMuch\tOld\n22114\t2,00\t3,00\n")
    shown = text(sally, f"{url}sheet/")
    assert "What do the columns hold?" in shown
    assert "What would change" not in shown
    columns = {"column0": "code", "column1": "price", "column2": "price", "decimals": "comma", "others": "go"}
    no = sally.post(f"{url}sheet/columns/", columns)
    assert (no.status_code, "Another column holds this already" in no.content.decode()) == (422, True)
    no = sally.post(f"{url}sheet/columns/", {**columns, "column0": "", "column2": ""})
    assert (no.status_code, "Say which column holds the SKU" in no.content.decode()) == (422, True)
    assert sally.post(f"{url}sheet/columns/", {**columns, "column2": ""}).status_code == 303
    mark = mark_of(price_list)
    assert "Save 2 lines" in text(sally, f"{url}sheet/"), "one in, one out"
    put(cast, price_list, fixed(cast.mug, 1, 260))
    for stale, why in (("x", "has changed since you looked"), (mark, "Somebody changed the list")):
        no = sally.post(f"{url}sheet/writing/", {"mark": stale})
        assert (no.status_code, why in no.content.decode()) == (409, True)
    sally.post(f"{url}sheet/removal/")
    assert "What do the columns hold?" not in text(sally, f"{url}sheet/")
    assert sally.post(f"{url}sheet/columns/", columns).status_code == 303, "of a table that is gone"


def test_what_went_out_comes_in_again_and_changes_nothing(cast: Cast, sally: Client) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(name='=Mug; "large"')
    lines = [fixed(cast.mug, 1, "240.0125"), off(cast.mug, 12, "22.5"), fixed(cast.mug, 48, 300, dearer=True)]
    price_list = in_force(cast, *lines, off(cast.plate, 1, -5), off(cast.plate, 20, "0.5"))
    url, before = f"{PRICES}{price_list.pk}/", said(price_list)
    for form, language in (("csv", "en"), ("xlsx", "en"), ("csv", "ar"), ("xlsx", "ar")):
        data = sally.get(f"{url}export.{form}", headers={"accept-language": language}).getvalue()
        send(sally, url, data)
        Import.objects.filter(price_list=price_list).update(replaces=True)
        work(sheet_of(price_list))
        shown = text(sally, f"{url}sheet/")
        assert "All this stands there already: nothing would change." in shown, (form, language)
        PriceListEntry.objects.filter(price_list=price_list).delete()
        sally.post(f"{url}sheet/writing/", {"mark": mark_of(price_list)})
        assert work(sheet_of(price_list)).state == "done"
        assert said(price_list) == before


def test_a_file_says_what_the_page_shows(cast: Cast, sally: Client) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 240), off(cast.plate, 12, 10))
    data = sally.get(f"{PRICES}{price_list.pk}/export.csv?q=85123A").getvalue().decode("utf-8-sig").splitlines()
    assert data == [
        "SKU,Product,From,Price or percent off,May be dearer,Sold by the,Currency",
        "85123A,Blue enamel mug,1,2.40,no,each,GBP",
    ]


def test_the_lists_themselves_go_out_as_their_page_shows_them(cast: Cast, sally: Client) -> None:
    in_force(cast, fixed(cast.mug, 1, 240), priority=5)
    assert f'href="{PRICES}export.csv"' in text(sally, PRICES)
    titles, row = sally.get(f"{PRICES}export.csv").getvalue().decode("utf-8-sig").splitlines()
    assert titles == "Name,For,Companies and groups,Priority,Currency,Starts (UTC),Ends (UTC),Lines,Status"
    assert row.startswith("Trade,Customer,1,5,GBP,20")
    assert row.endswith(",,1,In force")


FILES = {
    "bom and semicolons": "\ufeffSKU;From;Price\n85123A;1;2,40\n85123A;12;2,30\n".encode(),
    "windows": "SKU;From;Price\n85123A;1;2,40\n85123A;12;£2,30\n".encode("cp1252"),
    "utf-16": "SKU\tFrom\tPrice\n85123A\t1\t2.40\n85123A\t12\t2.30\n".encode("utf-16"),
    "merged cells and formulas": workbook(
        [["Trade 2026"], ["SKU", "From", "Price"], ["85123A", 1, 2.4], ["|", 12, ("=C3-0.1", None, 2.3)]]
    ),
}
NO_TABLES = (
    (b"PK\x03\x04broken", "The workbook is damaged"),
    (b"\xd0\xcf\x11\xe0old", "a workbook of the old kind"),
    ("", "There are no rows in this"),
)


def test_files_come_in_any_dress(cast: Cast, sally: Client) -> None:
    for name, data in FILES.items():
        price_list = draft_list(cast, name)
        url = f"{PRICES}{price_list.pk}/"
        send(sally, url, data)
        sally.post(f"{url}sheet/writing/", {"mark": mark_of(price_list)})
        work(sheet_of(price_list))
        pair = {("85123A", 1, Decimal(240), None, False), ("85123A", 12, Decimal(230), None, False)}
        assert said(price_list) == pair, name


def test_what_is_no_table_is_refused(cast: Cast, sally: Client) -> None:
    url = f"{PRICES}{draft_list(cast).pk}/"
    for data, why in NO_TABLES:
        response = send(sally, url, data)
        assert (response.status_code, why in response.content.decode()) == (422, True), why
    assert not Import.objects.exists()


def test_somebody_else_s_table_is_not_shown_and_the_page_costs_what_it_says(
    cast: Cast, sally: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    price_list = draft_list(cast)
    url = f"{PRICES}{price_list.pk}/"
    send(sally, url, "85123A\t1\t2.40\n22114\t1\t2.40\nNONE\t1\t2.40\n")
    work(sheet_of(price_list))
    with django_assert_num_queries(10 + 2):
        assert "£2.40" in text(sally, f"{url}sheet/")
    nora = Client()
    nora.force_login(cast.nora)
    assert "£2.40" not in text(nora, f"{url}sheet/")
    nora.force_login(cast.wes)
    assert nora.get(f"{url}sheet/").status_code == 403
