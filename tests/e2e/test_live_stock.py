"""What one person changes, another sees: in two real browsers, through lost networks and killed processes."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, expect

from backend.catalog.models import Sku
from backend.inventory.actions import adjust_stock
from backend.inventory.disclosure import Disclosure
from tests.cast import Cast, actor_of
from tests.e2e.conftest import OpenPage, Processes
from tests.realtime.processes import wait_until

FreshSku = Callable[..., Sku]
SOON_MS = 15_000


def product_path(sku: Sku) -> str:
    return f"/products/{sku.product_id}-{sku.product.slug}/"


def wait_until_live(page: Page) -> None:
    expect(page.locator("[data-road]").first).to_have_attribute("data-road", "live", timeout=SOON_MS)


def sell(cast: Cast, sku: Sku, by: int) -> None:
    adjust_stock(sku, cast.shelf, by=by, reason="", key=uuid4().hex, actor=actor_of(cast.nora))


def test_what_is_committed_is_seen_on_every_page_that_shows_it(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    buyer = open_page(product_path(jug), user=cast.bea)
    stranger = open_page(f"/catalogue/?q={jug.code}")
    for page in (buyer, stranger):
        wait_until_live(page)
    sell(cast, jug, -88)
    for page in (buyer, stranger):
        expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("212", timeout=SOON_MS)


def test_offline_and_back_shows_the_truth(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = open_page(product_path(jug), user=cast.bea)
    wait_until_live(page)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    sell(cast, jug, -299)
    page.context.set_offline(False)
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("1", timeout=SOON_MS)
    expect(page.locator(f"#stock-{jug.pk}")).to_have_class("stock stock-low", timeout=SOON_MS)
    wait_until_live(page)


def test_a_band_that_does_not_change_is_not_sent(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    plate, marker = fresh_sku(on_hand=180, disclosure=Disclosure.BANDS), fresh_sku(name="Stoneware marker")
    page = open_page("/catalogue/?q=stoneware&sort=newest", user=cast.bea)
    received: list[str] = []
    page.on("websocket", lambda wire: wire.on("framereceived", lambda data: received.append(str(data))))
    page.reload()
    wait_until_live(page)
    sell(cast, plate, -10)
    sell(cast, marker, -10)
    expect(page.locator(f"#stock-{marker.pk}")).to_contain_text("290", timeout=SOON_MS)
    assert page.locator(f"#stock-{plate.pk}").get_attribute("data-v") == "1"
    assert not [message for message in received if f'data-topic="stock:{plate.pk}"' in message]


def test_a_change_is_followed_from_its_commit_to_the_page_that_shows_it(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku, processes: Processes
) -> None:
    jug = fresh_sku()
    page = open_page(product_path(jug), user=cast.bea)
    wait_until_live(page)
    shown = 'live_lag_seconds_count{stage="shown"}'
    before = processes.figure(shown)
    sell(cast, jug, -88)
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("212", timeout=SOON_MS)
    wait_until(lambda: processes.figure(shown) > before)


def test_a_killed_server_and_a_killed_relay_lose_nothing(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku, processes: Processes
) -> None:
    jug = fresh_sku()
    page = open_page(product_path(jug), user=cast.bea)
    wait_until_live(page)
    processes.kill("relay")
    sell(cast, jug, -1)
    processes.kill("web")
    sell(cast, jug, -1)
    processes.start("web")
    processes.start("relay")
    sell(cast, jug, -1)
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("297", timeout=6 * SOON_MS)
