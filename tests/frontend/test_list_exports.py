"""The lists of prices, stock-keeping, credit and people go out as files that say what their pages show."""

import csv
import io

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from backend.accounts.addresses.models import Address
from backend.catalog.audiences.actions import save_group, set_territory
from backend.catalog.models import Assortment, AssortmentItem
from backend.inventory.models import Warehouse
from backend.inventory.steps import Line
from backend.inventory.transfers.actions import request_transfer
from backend.orders.models import PartNumber
from backend.orders.part_numbers.actions import keep_part_numbers
from backend.orders.part_numbers.reading import pairs_of
from backend.orders.quick.actions import paste_table
from backend.orders.quick.files import rows_of_file
from backend.orders.quick.models import QuickLine
from backend.orders.reordering.actions import make_template
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered
from tests.orders.requisitions.asking import ask, hire, rule
from tests.routes import count_of

NORTHFIELD, CORNERSHOP = "/c/northfield/", "/c/cornershop/"


def as_person(client: Client, user: object) -> Client:
    client.force_login(user)  # type: ignore[arg-type]
    return client


def table(client: Client, url: str) -> list[list[str]]:
    """The rows below the titles; the same ones stand in the workbook, and the list's page leads to both."""
    name, _, query = url.partition("?")
    page = client.get(url).content.decode()
    for form in ("csv", "xlsx"):
        assert f'href="{name}export.{form}' in page
    response = client.get(f"{name}export.csv?{query}")
    assert response.status_code == 200
    _titles, *rows = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{name}export.xlsx?{query}").getvalue()))
    assert len(book.get_sheet_by_index(0).to_python()) == len(rows) + 1
    return rows


def test_groups_assortments_and_territories(cast: Cast, client: Client) -> None:
    sally = actor_of(cast.sally)
    save_group(cast.northfield, None, "=Trade", ["Cornershop"], seen=0, actor=sally)
    save_group(cast.northfield, None, "Nobody yet", [], seen=0, actor=sally)
    assortment = Assortment.objects.create(company=cast.northfield, name="Spring", is_for_all=True)
    AssortmentItem.objects.create(assortment=assortment, sku=cast.mug)
    set_territory(cast.northfield, "", ["GB", "DE"], is_seen_elsewhere=True, actor=sally)
    set_territory(cast.northfield, "22114", ["GB"], is_seen_elsewhere=False, actor=sally)
    as_person(client, cast.sally)
    assert table(client, f"{NORTHFIELD}prices/groups/") == [["'=Trade", "Cornershop"], ["Nobody yet", ""]]
    ((name, _kind, is_for_all, size),) = table(client, f"{NORTHFIELD}prices/assortments/")
    assert (name, is_for_all, size) == ("Spring", "yes", "1")
    assert table(client, f"{NORTHFIELD}prices/territories/") == [["", "DE, GB", "yes"], ["22114", "GB", "no"]]


def test_transfers_and_counts(cast: Cast, client: Client) -> None:
    as_person(client, cast.wes)
    attic = Warehouse.objects.create(company=cast.northfield, name="Attic")
    goods = [Line(cast.mug, 24), Line(cast.plate, 6)]
    moved = request_transfer(cast.shelf, attic, goods, note="+soon", key="t", actor=actor_of(cast.wes))
    ((number, note, source, target, kinds, units, *_rest),) = table(client, f"{NORTHFIELD}inventory/transfers/")
    assert (number, note, source, target, kinds, units) == (str(moved), "'+soon", "Stoke", "Attic", "2", "30")
    line = count_of(cast.shelf, cast.mug)
    ((name, house, _status, lines, counted, differ, *_rest),) = table(client, f"{NORTHFIELD}inventory/counts/")
    assert (name, house, lines, counted, differ) == ("Spring", "Stoke", "1", "1", "1")
    sheet = f"{NORTHFIELD}inventory/counts/{line.sheet_id}/"
    ((code, _product, _lot, expected, counted, difference, *_rest),) = table(client, f"{sheet}?q=85123A")
    assert (code, expected, counted, difference) == ("85123A", "300", "290", "-10")
    assert client.get(f"{sheet}export.csv?q=22114").getvalue().decode().count("\n") == 1


def test_what_customers_owe(cast: Cast, client: Client) -> None:
    ordered(cast, {cast.mug: 12})
    as_person(client, cast.nora)
    rows = table(client, f"{NORTHFIELD}credit/")
    assert [row[0] for row in rows] == ["Cornershop"]
    assert float(rows[0][2]) > 0
    assert client.get(f"{CORNERSHOP}credit/export.csv").status_code == 404
    as_person(client, cast.wes)
    assert client.get(f"{NORTHFIELD}credit/export.csv").status_code == 403


def test_own_part_numbers_come_in_again_and_change_nothing(cast: Cast, client: Client) -> None:
    keep_part_numbers(
        cast.cornershop, pairs_of([["K-1", "85123A", "Eastwick"], ["-7", "22114"]]), actor=actor_of(cast.bea)
    )
    before = set(PartNumber.objects.values_list("number", "sku"))
    as_person(client, cast.bea)
    where = f"{CORNERSHOP}part-numbers/"
    assert [row[:3] for row in table(client, f"{where}?q=K-1")] == [["K-1", "85123A", "Eastwick"]]
    for language in ("en", "ar"):
        data = client.get(f"{where}export.csv", headers={"accept-language": language}).getvalue()
        file = io.BytesIO(data)
        file.name = "numbers.csv"
        assert client.post(where, {"file": file}).status_code == 200
        assert set(PartNumber.objects.values_list("number", "sku")) == before, language


def test_addresses_and_people(cast: Cast, client: Client) -> None:
    said = {
        "name": "Shop",
        "recipient": "@Bea",
        "street": "High St 1",
        "city": "Leeds",
        "postcode": "LS1",
        "country": "GB",
    }
    Address.objects.create(company=cast.cornershop, use="delivery", is_default=True, **said)
    as_person(client, cast.bea)
    ((use, name, recipient, *_where, default),) = table(client, f"{CORNERSHOP}addresses/")
    assert (use, name, recipient, default) == ("Deliveries", "Shop", "'@Bea", "yes")
    people = table(client, f"{CORNERSHOP}members/")
    assert cast.bea.name in [row[0] for row in people]
    assert client.get(f"{NORTHFIELD}members/export.csv").status_code == 404


@pytest.mark.parametrize("path", ["prices/groups/", "prices/assortments/", "prices/territories/"])
def test_prices_are_for_those_who_may_see_them(cast: Cast, client: Client, path: str) -> None:
    assert as_person(client, cast.wes).get(f"{NORTHFIELD}{path}export.xlsx").status_code == 403


def test_an_order_template_and_what_waits_for_an_approval(cast: Cast, client: Client) -> None:
    template = make_template(
        cast.cornershop, "=Weekly", is_shared=True, quantities={cast.mug.pk: 12}, key="t", actor=actor_of(cast.bea)
    )
    rule(cast, hire(cast, "ada"))
    ask(cast, {cast.mug: 12})
    as_person(client, cast.bea)
    ((code, quantity, product, *_prices),) = table(client, f"{CORNERSHOP}order-templates/{template.pk}/")
    assert (code, quantity, product) == ("85123A", "12", "Blue enamel mug")
    data = client.get(f"{CORNERSHOP}order-templates/{template.pk}/export.csv").getvalue()
    paste_table(rows_of_file([data]), key="again", actor=actor_of(cast.bea))
    assert list(QuickLine.objects.values_list("code", "quantity")) == [("85123A", "12")]
    ((who, _po_number, seller, *_more, currency),) = table(client, f"{CORNERSHOP}approvals/")
    assert (who, seller, currency) == ("Bea", "Northfield", "GBP")
    as_person(client, cast.nora)
    assert client.get(f"{NORTHFIELD}order-templates/{template.pk}/export.csv").status_code == 404
