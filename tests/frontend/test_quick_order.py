"""The quick order pad as a page: with htmx, without scripts, live, and whatever a person types, pastes or sends."""

import io
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import strip_tags

from backend.catalog.models import Sku
from backend.inventory.actions import adjust_stock
from backend.orders.models import CartLine, QuickLine
from tests.cast import Cast, actor_of
from tests.live import assert_live

HTMX = {"HX-Request": "true"}
PAD = "/c/cornershop/quick-order/"
ROWS = "Menge;Artikelnummer;Preis\n24;22114;2,95\n12,00;NO-SUCH;1.234,50\n"


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def type_in(client: Client, code: str, quantity: str, *, n: int = 1, part: str = "check", sku: str = "") -> Any:
    typed = {f"code-{n}": code, f"quantity-{n}": quantity, f"sku-{n}": sku}
    return client.post(f"{PAD}lines/", typed, headers={**HTMX, "HX-Target": f"{part}-{n}"})


def send(client: Client, data: bytes, name: str = "order.csv") -> Any:
    typed = {"file": SimpleUploadedFile(name, data), "key": name}
    return client.post(f"{PAD}pastes/", typed, headers=HTMX)


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def test_a_line_is_checked_as_it_is_typed_and_is_there_after_a_reload(cast: Cast, bea: Client) -> None:
    said = words(type_in(bea, "22114", "24"))
    for word in (
        "White dinner plate",
        "Northfield",
        "£2.95",
        "£70.80",
        "In cases of 12.",
        "From 32 on £2.55",
        "Low stock",
    ):
        assert word in said
    page = bea.get(PAD).content.decode()
    assert 'value="22114"' in page
    assert 'value="24"' in page


def test_what_would_do_is_one_press_away_also_without_scripts(cast: Cast, bea: Client) -> None:
    assert "Take 36" in words(type_in(bea, "22114", "30"))
    bea.post(f"{PAD}lines/", {"code-1": "22114", "quantity-1": ["30", "36"]})
    assert "Take" not in words(bea.get(PAD))
    assert QuickLine.objects.get().quantity == "36"


@pytest.mark.parametrize("typed", ['"><script>alert(1)</script>', "x" * 500, "\x00", "<b>", "٣٦"])
def test_whatever_is_typed_is_shown_as_text(cast: Cast, bea: Client, typed: str) -> None:
    page = type_in(bea, typed, typed, part="line").content.decode()
    assert "<script>alert" not in page
    assert "<b>" not in page.replace("<b class", "")


def test_the_seller_of_a_code_is_chosen_on_its_line(cast: Cast, bea: Client) -> None:
    unsure = type_in(bea, "85123A", "12").content.decode()
    assert "2 sellers have this code: choose one." in unsure
    assert f'<option value="{cast.mug.pk}"' in unsure
    assert "Blue enamel mug" in words(type_in(bea, "85123A", "12", sku=str(cast.mug.pk)))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (ROWS.encode(), "a.csv"),
        (b"\xef\xbb\xbf" + ROWS.encode(), "b.csv"),
        (ROWS.encode("utf-16"), "c.txt"),
        (workbook([["Qty", "SKU"], [24, 22114], [12, "NO-SUCH"]]), "d.xlsx"),
    ],
)
def test_a_file_comes_onto_the_pad_whatever_made_it(cast: Cast, bea: Client, data: bytes, name: str) -> None:
    said = words(send(bea, data, name))
    assert "1 of 2 lines can be ordered" in said
    assert "Row 3 of what was pasted" in said
    assert "How your rows were read" in said
    assert list(QuickLine.objects.values_list("code", "quantity")) == [("22114", "24"), ("NO-SUCH", "12")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The submitted file is empty"),
        (b"PK\x03\x04 nothing", "The workbook is damaged"),
        (b"\xd0\xcf\x11\xe0 old", "Save it as XLSX or CSV"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x01 program", "neither a CSV nor an XLSX"),
        (b"X\t1\n" * 600_000, "larger than 2 MB"),
        (b"".join(b"X%d;1\n" % n for n in range(5_000)), "a quick order has at most 1000"),
    ],
)
def test_a_file_that_is_no_order_is_refused_with_what_would_be(cast: Cast, bea: Client, data: bytes, said: str) -> None:
    response = send(bea, data)
    assert response.status_code == 422
    assert said in words(response)
    assert not QuickLine.objects.exists()


def test_wrong_columns_are_put_right_on_the_page(cast: Cast, bea: Client) -> None:
    bea.post(f"{PAD}pastes/", {"text": "1\t22114\t24\n1\t85123A\t36\n", "key": "k"})
    assert [line.quantity for line in QuickLine.objects.all()] == ["24", "36"]
    chosen = {"code": "1", "quantity": "0", "unit": "", "header": "1", "decimals": "point"}
    assert bea.post(f"{PAD}readings/", chosen, headers=HTMX).status_code == 200
    assert list(QuickLine.objects.values_list("code", "quantity")) == [("85123A", "1")]
    refused = bea.post(f"{PAD}readings/", {**chosen, "code": "17"}, headers=HTMX)
    assert (refused.status_code, "17 is not one of the available choices" in words(refused)) == (422, True)


def test_what_can_be_ordered_goes_into_the_cart_and_the_rest_is_kept(cast: Cast, bea: Client) -> None:
    typed = {"code-1": "22114", "quantity-1": "24", "code-2": "NO-SUCH", "quantity-2": "many", "key": "k"}
    refused = bea.post(f"{PAD}cart/", typed, headers=HTMX)
    assert refused.status_code == 422
    assert "Line 2 can’t be ordered" in words(refused)
    assert 'value="many"' in refused.content.decode()
    done = bea.post(f"{PAD}cart/", {**typed, "only_ready": "1"}, headers=HTMX)
    assert done["HX-Redirect"] == PAD
    assert "1 line is in your cart now" in words(bea.get(PAD))
    assert CartLine.objects.get().quantity == 24
    left = {"code-2": "22114", "quantity-2": "12", "key": "l"}
    assert bea.post(f"{PAD}cart/", left)["Location"] == "/c/cornershop/cart/"


def test_a_long_pad_has_pages_and_goes_into_the_cart_from_any(cast: Cast, bea: Client) -> None:
    text = "".join(f"X-{n}\t1\n" for n in range(60)) + "22114\t12\n"
    assert "9 of 61" not in words(bea.post(f"{PAD}pastes/", {"text": text, "key": "k"}, headers=HTMX))
    second = bea.get(f"{PAD}?page=2").content.decode()
    assert 'id="line-61"' in second
    assert 'id="line-50"' not in second
    bea.post(f"{PAD}cart/", {"only_ready": "1", "key": "l", "page": "2"}, headers=HTMX)
    assert CartLine.objects.get().sku == cast.plate


def test_whoever_may_not_order_is_refused_and_an_expired_login_comes_back_here(cast: Cast, client: Client) -> None:
    client.force_login(cast.rita)
    assert client.get("/c/northfield/quick-order/").status_code == 403
    client.logout()
    answer = client.post(f"{PAD}lines/", {}, headers={**HTMX, "HX-Current-URL": f"http://testserver{PAD}"})
    assert answer["HX-Redirect"].endswith(f"?next={PAD}")


def test_stock_and_prices_on_the_pad_keep_themselves_true(cast: Cast, bea: Client) -> None:
    type_in(bea, "22114", "24")
    level = Sku.objects.get(pk=cast.plate.pk)
    with assert_live(bea, PAD):
        adjust_stock(level, cast.shelf, by=200, reason="Found", actor=actor_of(cast.wes), key="a")


def test_the_pad_costs_what_it_says(cast: Cast, bea: Client, django_assert_max_num_queries: Any) -> None:
    bea.post(f"{PAD}pastes/", {"text": "".join(f"X-{n}\t1\n" for n in range(40)) + "22114\t12\n", "key": "k"})
    bea.get(PAD)
    with django_assert_max_num_queries(20):
        bea.get(PAD)
