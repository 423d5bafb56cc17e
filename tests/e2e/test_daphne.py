"""`manage.py runserver` is Daphne, which offers no shared write: the road's fallback, with a browser at its end."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from backend.catalog.models import Sku
from backend.inventory.actions import adjust_stock
from tests.cast import Cast, actor_of
from tests.e2e.conftest import OpenPage, Processes, free_port, wait_until_ready
from tests.tied import tied

SOON_MS = 15_000


@pytest.fixture
def daphne(processes: Processes) -> Iterator[str]:
    port = str(free_port())
    base = f"http://localhost:{port}"
    command = tied(sys.executable, "manage.py", "runserver", "--noreload", port)
    with subprocess.Popen(command, env={**processes.env, "BASE_URL": base}) as server:
        try:
            wait_until_ready(base)
            yield base
        finally:
            server.terminate()


def test_under_daphne_stock_moves_on_the_page_all_the_same(
    cast: Cast, open_page: OpenPage, fresh_sku: Callable[..., Sku], daphne: str
) -> None:
    jug = fresh_sku()
    page = open_page(f"{daphne}/catalogue/?q={jug.code}")
    expect(page.locator("[data-road]").first).to_have_attribute("data-road", "live", timeout=SOON_MS)
    for by in (-1, -1, -98):
        adjust_stock(jug, cast.shelf, by=by, reason="", key=uuid4().hex, actor=actor_of(cast.nora))
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("200", timeout=SOON_MS)
    assert page.locator(f"#stock-{jug.pk}").get_attribute("data-v") == "4"
