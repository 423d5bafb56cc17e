"""What a list shows goes out as a file: all of it, once, and never as a formula."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from backend.catalog.models import Product
from backend.catalog.transfer.exporting import guarded
from tests.cast import Cast
from tests.catalog.transfer.desk import imported, outcome

PRODUCTS, STOCK = "/c/northfield/products/export", "/c/northfield/inventory/export"


@pytest.fixture
def nora(cast: Cast, client: Client) -> Client:
    client.force_login(cast.nora)
    return client


def body(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200
    return response.getvalue()


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_products_that_went_out_come_in_again_and_change_nothing(cast: Cast, nora: Client) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(name="=Mug", description='Blue; "large"\nand round')
    for data in (body(nora, f"{PRODUCTS}.csv"), body(nora, f"{PRODUCTS}.xlsx")):
        done = imported(cast, data)
        assert outcome(done) == ("done", 0, 0, 2, 0)


def test_a_file_holds_what_its_list_shows_and_nothing_of_another_company(cast: Cast, nora: Client) -> None:
    assert {row["SKU"] for row in table(body(nora, f"{PRODUCTS}.csv"))} == {"85123A", "22114"}
    (plate,) = table(body(nora, f"{PRODUCTS}.csv?q=dinner"))
    assert (plate["Name"], plate["Price of one"], plate["Price 2: from"], plate["Price 2"]) == (
        "White dinner plate", "2.95", "32", "2.55",
    )  # fmt: skip


@pytest.mark.parametrize("read", [lambda data: len(table(data)), lambda data: _sheet_rows(data) - 1])
def test_stock_goes_out_with_a_row_for_each_warehouse(
    cast: Cast, nora: Client, read: Callable[[bytes], int], request: pytest.FixtureRequest
) -> None:
    form = "csv" if request.node.callspec.indices["read"] == 0 else "xlsx"
    assert read(body(nora, f"{STOCK}.{form}")) == 2


def _sheet_rows(data: bytes) -> int:
    return len(CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python())


def test_stock_says_what_lies_there(cast: Cast, nora: Client) -> None:
    (mug,) = table(body(nora, f"{STOCK}.csv?q=85123A"))
    assert (mug["On hand"], mug["Available"], mug["Warehouse"]) == ("300", "300", cast.shelf.name)


@pytest.mark.parametrize("text", ["=1+1", "+44", "-3", "@cmd", "\tx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert guarded(str(Decimal(1))) == "1"
