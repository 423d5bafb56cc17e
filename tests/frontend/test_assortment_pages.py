"""An assortment's page: what stands in it, and many SKUs that come in or go out at once."""

import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.catalog.models import Assortment
from tests.cast import Cast
from tests.frontend.test_list_exports import table

ASSORTMENTS = "/c/northfield/prices/assortments/"


@pytest.fixture
def sally(cast: Cast, client: Client) -> Client:
    client.force_login(cast.sally)
    return client


def made(sally: Client) -> tuple[Assortment, str]:
    answer = sally.post(ASSORTMENTS, {"name": "Dealers", "kind": "reserved", "companies": "Eastwick"})
    assortment = Assortment.objects.get()
    assert answer["Location"] == f"{ASSORTMENTS}{assortment.pk}/", "where its goods come in"
    return assortment, str(answer["Location"])


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_goods_are_pasted_named_by_category_and_taken_out(cast: Cast, sally: Client) -> None:
    assortment, url = made(sally)
    assert "Crockery: 0 of 2 SKUs are in it" in text(sally, url)
    wrong = sally.post(f"{url}goods/", {"text": "85123A\nNONE", "how": "add"})
    shown = wrong.content.decode()
    assert wrong.status_code == 200
    for part in ("Added: 1.", "Row 2", "none of your SKUs", ">\nNONE</textarea>", "Crockery: 1 of 2 SKUs are in it"):
        assert part in shown, part
    assert sally.post(f"{url}goods/", {"category": cast.crockery.pk, "how": "add"})["Location"] == url
    assert [row[0] for row in table(sally, url)] == ["22114", "85123A"]
    assert [row[0] for row in table(sally, f"{url}?q=22114")] == ["22114"]
    sally.post(f"{url}goods/", {"text": "22114", "how": "take_out"})
    assert [row[0] for row in table(sally, url)] == ["85123A"]
    assert sally.post(url, {"name": "Dealers", "kind": "shown", "seen": assortment.version}).status_code == 409
    assortment.refresh_from_db()
    sally.post(url, {"name": "Lookers", "kind": "shown", "seen": assortment.version})
    assert list(Assortment.objects.values_list("name", "kind", "skus__code")) == [("Lookers", "shown", "85123A")]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_its_own_file_comes_in_again_and_changes_nothing(cast: Cast, sally: Client, language: str) -> None:
    _assortment, url = made(sally)
    sally.post(f"{url}goods/", {"category": cast.crockery.pk, "how": "add"})
    seen = Assortment.objects.get().version
    for form in ("csv", "xlsx"):
        data = sally.get(f"{url}export.{form}", headers={"accept-language": language}).getvalue()
        file = io.BytesIO(data)
        file.name = f"goods.{form}"
        assert sally.post(f"{url}goods/", {"file": file, "how": "replace", "seen": seen})["Location"] == url
    assert Assortment.objects.get().version == seen


def test_a_refusal_keeps_what_was_typed(cast: Cast, sally: Client) -> None:
    _assortment, url = made(sally)
    no = sally.post(f"{url}goods/", {"how": "add"})
    assert (no.status_code, "Name some SKUs" in no.content.decode()) == (422, True)
    no = sally.post(f"{url}goods/", {"text": "85123A\nNONE", "how": "replace", "seen": "1"})
    assert no.status_code == 422
    for part in ("You have no SKU NONE (2)", "85123A\nNONE</textarea>"):
        assert part in no.content.decode()
    sally.force_login(cast.wes)
    assert sally.post(f"{url}goods/", {"text": "85123A", "how": "add"}).status_code == 403


def test_its_page_costs_what_it_says(cast: Cast, sally: Client) -> None:
    _assortment, url = made(sally)
    counts = []
    for goods in ({"text": "85123A"}, {"category": str(cast.crockery.pk)}):
        sally.post(f"{url}goods/", {**goods, "how": "add"})
        sally.get(url)
        with CaptureQueriesContext(connection) as ran:
            sally.get(url)
        counts.append(len(ran))
    assert counts == [9, 9], "two of them stand around every page"
