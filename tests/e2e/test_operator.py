"""The operator watches the live road: the page keeps itself true while sockets come and go."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from backend.catalog.models import Sku
from tests.cast import Cast
from tests.e2e.conftest import OpenPage

FreshSku = Callable[..., Sku]
SOON_MS = 20_000
ROAD = "/c/platform/live/"


def test_the_operators_page_follows_who_watches_what(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    olga = open_page(ROAD, user=cast.olga)
    topics = olga.locator("#road-topics")
    scrolled = olga.locator(".scroll").first
    scrolled.focus()
    for _ in range(2):
        buyer = open_page(f"/catalogue/?q={jug.code}")
    row = topics.locator("tr", has_text=f"stock:{jug.pk}")
    expect(row.locator("td").first).to_have_text("2", timeout=SOON_MS)
    expect(olga.locator("#road-processes tbody tr")).to_have_count(1)
    expect(olga.locator("#road-processes")).to_contain_text("s old")
    expect(olga.locator("#road-shards")).to_contain_text("database connection", timeout=SOON_MS)
    buyer.close()
    expect(row.locator("td").first).to_have_text("1", timeout=SOON_MS)
    expect(scrolled).to_be_focused()
    assert Axe().run(olga).response["violations"] == []
    expect(olga.get_by_text(jug.product.name)).to_have_count(0)


def test_without_scripts_a_reload_shows_it_in_arabic(cast: Cast, open_page: OpenPage) -> None:
    olga = open_page(ROAD, user=cast.olga, java_script_enabled=False, locale="ar")
    expect(olga.get_by_role("heading", level=1)).to_have_text("الطريق الحي")
    expect(olga.locator("#road-processes tbody tr")).to_have_count(1)
    olga.reload()
    expect(olga.locator("#road-shards tbody tr")).to_have_count(1)
