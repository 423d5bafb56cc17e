"""The real catalogue, as the spreadsheet that a wholesaler would send, goes in through the import page."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.text import slugify
from playwright.sync_api import expect

from backend.catalog.models import Category, Sku
from backend.market.files import Catalogue, read_catalogue
from tests.cast import Cast
from tests.e2e.conftest import OpenPage, Processes
from tests.tied import tied

TITLES = ["Art.-Nr.", "Bezeichnung", "Warengruppe", "Beschreibung", "Einheit", "VE", "Preis", "ab 2", "Preis 2"]
SOON_MS = 90_000


@pytest.fixture
def worker(processes: Processes) -> Iterator[None]:
    with subprocess.Popen(tied(sys.executable, "manage.py", "worker"), env=processes.env) as process:
        yield
        process.terminate()


def as_a_wholesaler_writes_it(catalogue: Catalogue) -> bytes:
    """Windows-1252, semicolons, decimal commas; what has no price is sold on request."""
    file = io.StringIO()
    table = csv.writer(file, delimiter=";")
    table.writerow(TITLES)
    for row in catalogue.products:
        prices = [str(Decimal(pence) / 100).replace(".", ",") for _, pence in row.tiers[:2]]
        step = [row.tiers[1][0], prices[1]] if len(prices) > 1 else ["", ""]
        price = prices[0] if prices else "auf Anfrage"
        said = [row.name, row.category, row.description, row.unit, row.case_pack, price]
        table.writerow([f"IM-{row.code}", *said, *step])
    return file.getvalue().encode("cp1252", "replace")


def test_the_real_catalogue_goes_in_through_the_import_page(
    cast: Cast, open_page: OpenPage, worker: None, tmp_path: Path
) -> None:
    catalogue = read_catalogue()
    for row in catalogue.categories:
        Category.objects.get_or_create(name=row.name, defaults={"slug": slugify(row.name)})
    sheet = tmp_path / "preisliste.csv"
    sheet.write_bytes(as_a_wholesaler_writes_it(catalogue))
    page = open_page("/c/northfield/products/", user=cast.nora)
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("File", exact=True).set_input_files(sheet)
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_label("Art.-Nr.")).to_have_value("code", timeout=SOON_MS)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("button", name="Import now")).to_be_visible(timeout=SOON_MS)
    priced = sum(row.is_priced for row in catalogue.products)
    expect(page.locator(".import")).to_contain_text(f"{priced:,}")
    expect(page.locator(".problems tbody tr").first).to_contain_text("auf Anfrage")
    assert Axe().run(page).response["violations"] == []
    assert not Sku.objects.filter(code__startswith="IM-").exists()
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("link", name="See your products")).to_be_visible(timeout=SOON_MS)
    assert Sku.objects.filter(company=cast.northfield, code__startswith="IM-").count() == priced
