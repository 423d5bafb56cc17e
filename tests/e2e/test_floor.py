"""An operator watches the floor: it is held on request, survives a cut, and neither loses nor doubles an entry."""

from itertools import count

from playwright.sync_api import Page, expect

from backend.catalog.models import Sku
from tests.analytics.test_floor import listen
from tests.cast import Cast
from tests.e2e.conftest import OpenPage
from tests.e2e.test_live_life import Cable
from tests.e2e.test_stock_desk import SOON_MS, FreshSku, wait_until_live
from tests.orders.ordering import ANY_PRICE, fill_cart, place

FLOOR = "/c/platform/floor/"
ROWS = "#floor-1 tr"
_keys = count(1)


def order(cast: Cast, jug: Sku, times: int) -> None:
    """So many orders are placed, and the floor hears of them."""
    for _ in range(times):
        fill_cart(cast, {jug: 1})
        place(cast, seen={jug.pk: ANY_PRICE}, key=f"floor {next(_keys)}")
    listen()


def seqs(page: Page) -> list[int]:
    """The entries as the page shows them, from above."""
    found: list[int] = page.eval_on_selector_all(ROWS, "rows => rows.map(row => Number(row.id.split('-')[2]))")
    return found


def is_complete(shown: list[int]) -> bool:
    return shown == list(range(shown[0], shown[-1] - 1, -1))


def test_a_pause_holds_back_what_comes_and_loses_nothing_of_it(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    order(cast, jug, 2)
    olga = open_page(FLOOR, user=cast.olga)
    wait_until_live(olga)
    before = seqs(olga)[0]
    order(cast, jug, 1)
    expect(olga.locator(f"#floor-1-{before + 1}")).to_be_visible(timeout=SOON_MS)
    olga.get_by_role("link", name="Pause").click()
    wait_until_live(olga)
    paused = seqs(olga)
    order(cast, jug, 3)
    held = olga.locator("#floor-held")
    expect(held).to_contain_text("3 new entries are held back", timeout=SOON_MS)
    assert seqs(olga) == paused
    olga.reload()
    wait_until_live(olga)
    order(cast, jug, 1)
    expect(held).to_contain_text("4 new entries are held back", timeout=SOON_MS)
    assert seqs(olga) == paused
    olga.get_by_role("link", name="Resume").click()
    expect(olga.locator(f"#floor-1-{paused[0] + 4}")).to_be_visible(timeout=SOON_MS)
    assert is_complete(seqs(olga))
    olga.locator(f"#floor-1-{paused[0] + 4} a").click()
    expect(olga.locator(".timeline")).to_contain_text("Order placed")


def test_a_floor_that_was_cut_off_ends_complete_and_in_order(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku
) -> None:
    jug, cable = fresh_sku(), Cable()
    order(cast, jug, 1)

    def prepare(page: Page) -> None:
        page.clock.install()
        cable.meet(page)

    olga = open_page(FLOOR, user=cast.olga, prepare=prepare)
    wait_until_live(olga)
    last = seqs(olga)[0]
    order(cast, jug, 1)
    expect(olga.locator(f"#floor-1-{last + 1}")).to_be_visible(timeout=SOON_MS)
    cable.cut()
    order(cast, jug, 4)
    olga.clock.fast_forward("01:00:00")
    expect(olga.locator(f"#floor-1-{last + 5}")).to_be_visible(timeout=SOON_MS)
    wait_until_live(olga)
    order(cast, jug, 1)
    expect(olga.locator(f"#floor-1-{last + 6}")).to_be_visible(timeout=SOON_MS)
    assert is_complete(seqs(olga))
