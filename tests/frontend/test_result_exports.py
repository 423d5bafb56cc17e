"""What a company finds in the catalogue goes out as its own price list."""

import csv
import io
import re

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from backend.catalog.models import Product
from frontend_htmx.catalog import result_exports
from tests.cast import Cast, make_skus
from tests.catalog.pricing.lists import fixed, in_force

CATALOGUE = "/c/cornershop/catalogue/"


def table(client: Client, query: str = "") -> list[list[str]]:
    """The titles, and the rows below them."""
    response = client.get(f"{CATALOGUE}export.csv?{query}")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


def test_a_row_says_what_the_list_says_at_the_prices_of_the_company(cast: Cast, bea: Client) -> None:
    in_force(cast, fixed(cast.mug, 1, 280))
    titles, row = table(bea, "q=mug")
    said = dict(zip(titles, row, strict=True))
    assert said["SKU"] == cast.mug.code
    assert (said["Product"], said["Seller"]) == ("Blue enamel mug", "Northfield")
    assert (said["From"], said["Each"], said["Currency"]) == ("1", "2.80", "GBP")
    assert (said["Stock"], said["Available"]) == ("In stock", "300")
    book = CalamineWorkbook.from_filelike(io.BytesIO(bea.get(f"{CATALOGUE}export.xlsx?q=mug").getvalue()))
    assert len(book.get_sheet_by_index(0).to_python()) == 2


def test_further_prices_stand_beside_the_first(cast: Cast, bea: Client) -> None:
    titles, row = table(bea, "q=mug")
    assert row[titles.index("Further prices")] == "32: 2.55"


def test_the_first_price_counts_from_the_least_that_may_be_ordered(cast: Cast, bea: Client) -> None:
    titles, row = table(bea, "q=plate")
    assert [row[titles.index(title)] for title in ("Minimum", "Case of", "From")] == ["12", "12", "12"]


def test_a_band_of_stock_is_no_day_of_a_spreadsheet(cast: Cast, bea: Client) -> None:
    titles, row = table(bea, "q=plate")
    assert row[titles.index("Available")] == "10–49"


@pytest.mark.parametrize("asked", ["", "sort=name", "sort=price", "q=bowl"])
def test_all_pages_go_out_in_the_order_of_the_list_whichever_stands_open(
    cast: Cast, bea: Client, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(result_exports, "AT_ONCE", 2)
    make_skus(5, cast.crockery, cast.shelf)
    page = bea.get(f"{CATALOGUE}?{asked}").content.decode()
    _titles, *rows = table(bea, f"{asked}&page=2&after=1~1")
    assert len(rows) == (5 if asked == "q=bowl" else 8)
    assert [name for _, name, *_ in rows] == re.findall('data-name="([^"]*)"', page)


def test_the_page_leads_to_the_file_of_what_it_is_narrowed_to(cast: Cast, bea: Client) -> None:
    page = bea.get(f"{CATALOGUE}?q=mug&in_stock=1&page=1&after=1~1").content.decode()
    assert f'href="{CATALOGUE}export.csv?q=mug&amp;in_stock=1"' in page
    assert "export.csv" not in bea.get("/catalogue/?q=mug").content.decode()


def test_names_are_in_the_language_of_the_reader(cast: Cast, bea: Client) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(translations={"name.ar": "كوب أزرق"})
    bea.cookies["django_language"] = "ar"
    _titles, row = table(bea, "q=mug")
    assert row[1] == "كوب أزرق"
