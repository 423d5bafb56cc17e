"""What laptops, tabs and deploys do to a page: it sleeps, is hidden, grows old, goes back and forth."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from backend.catalog.models import Sku
from backend.inventory.actions import adjust_stock
from tests.cast import Cast, actor_of
from tests.e2e.conftest import COMMANDS, OpenPage, Processes, wait_until_ready
from tests.e2e.road import Road, replace, wait_for_state
from tests.tied import tied

FreshSku = Callable[..., Sku]
SOON_MS = 15_000
SWAPS = 1_000


def path_of(sku: Sku) -> str:
    return f"/products/{sku.product_id}-{sku.product.slug}/"


def sell(cast: Cast, sku: Sku, by: int) -> None:
    adjust_stock(sku, cast.shelf, by=by, reason="", key=uuid4().hex, actor=actor_of(cast.nora))


def hide(page: Page, *, hidden: bool) -> None:
    """As another tab in front does: the page is told, and its timers go on."""
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


class Cable:
    """The real road, through a cable that can be cut without anybody being told."""

    def __init__(self) -> None:
        self.sockets = 0
        self._uncut = 0

    def meet(self, page: Page) -> None:
        page.route_web_socket("**/live", self._open)

    def cut(self) -> None:
        """Sockets that are open go silent; new ones work."""
        self._uncut = self.sockets

    def _open(self, wire: WebSocketRoute) -> None:
        number, server = self.sockets, wire.connect_to_server()
        self.sockets += 1
        wire.on_message(lambda message: self._pass_on(number, server, message))
        server.on_message(lambda message: self._pass_on(number, wire, message))

    def _pass_on(self, number: int, to: WebSocketRoute, message: str | bytes) -> None:
        if number >= self._uncut:
            to.send(message)


def test_a_laptop_that_slept_for_an_hour_catches_up(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug, cable = fresh_sku(), Cable()

    def prepare(page: Page) -> None:
        page.clock.install()
        cable.meet(page)

    page = open_page(path_of(jug), user=cast.bea, prepare=prepare)
    wait_for_state(page, "live")
    cable.cut()
    for _ in range(3):
        sell(cast, jug, -30)
    page.clock.fast_forward("01:00:00")  # each timer that was due fires once, as after a sleep
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("210", timeout=SOON_MS)
    wait_for_state(page, "live")
    assert cable.sockets >= 2


def test_a_tab_that_is_hidden_closes_its_socket_after_five_minutes_and_comes_back_when_it_is_shown(
    open_page: OpenPage,
) -> None:
    road = Road()

    def prepare(page: Page) -> None:
        page.clock.install()
        road.meet(page)

    page = open_page("/catalogue/", prepare=prepare)
    wait_for_state(page, "live")
    hide(page, hidden=True)
    for beat in range(19):  # 4:45 minutes, each heartbeat of which is answered
        state, road.tick_age_s = ("live", 0.1) if beat % 2 else ("delayed", 9.0)
        page.clock.run_for(15_000)
        wait_for_state(page, state)
    assert page.evaluate("live.socket.isOpen") is True
    page.clock.run_for(20_000)
    assert page.evaluate("live.socket.isOpen") is False
    road.tick_age_s = 0.1
    subscribed = len(road.told("sub"))
    hide(page, hidden=False)
    wait_for_state(page, "live")
    assert road.wait_for("sub", subscribed + 1)["have"]


def test_going_back_shows_what_is_true_now(cast: Cast, open_page: OpenPage, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    page = open_page(path_of(jug), user=cast.bea)
    wait_for_state(page, "live")
    page.goto("/catalogue/")
    sell(cast, jug, -111)
    page.go_back()
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("189", timeout=SOON_MS)
    page.go_forward()
    expect(page.get_by_role("heading", name="Catalogue")).to_be_visible()
    wait_for_state(page, "live")


def test_a_page_of_an_older_build_says_so_and_keeps_what_is_typed(open_page: OpenPage) -> None:
    road = Road(build="the next one")
    page = open_page("/catalogue/", prepare=road.meet)
    wait_for_state(page, "live")
    page.locator("#filter-text").fill("half a th")
    expect(page.get_by_text("There is a new version of this page.")).to_be_visible()
    expect(page.get_by_role("link", name="Reload")).to_be_visible()
    expect(page.locator("#filter-text")).to_have_value("half a th")
    assert road.told("hello")[0]["build"] == page.locator("meta[name=live-ticket]").get_attribute("data-build")


@pytest.fixture
def deploy(processes: Processes) -> Iterator[Callable[[], None]]:
    """Calling it replaces the server by one of another build; afterwards the present one is back."""

    def replace_server(**env: str) -> None:
        processes.kill("web")
        processes.running["web"] = subprocess.Popen(
            tied(sys.executable, *COMMANDS["web"]), env={**processes.env, **env}, stderr=subprocess.DEVNULL
        )
        wait_until_ready(processes.base)

    yield lambda: replace_server(BUILD="the next one")
    replace_server()


def test_an_open_page_of_an_older_build_stays_true_after_a_deploy(
    cast: Cast, open_page: OpenPage, fresh_sku: FreshSku, deploy: Callable[[], None]
) -> None:
    jug = fresh_sku()
    page = open_page(path_of(jug), user=cast.bea)
    wait_for_state(page, "live")
    deploy()
    expect(page.get_by_text("There is a new version of this page.")).to_be_visible(timeout=6 * SOON_MS)
    sell(cast, jug, -77)
    expect(page.locator(f"#stock-{jug.pk}")).to_contain_text("223", timeout=6 * SOON_MS)


def test_a_page_of_the_present_build_says_nothing(open_page: OpenPage) -> None:
    page = open_page("/catalogue/")
    wait_for_state(page, "live")
    expect(page.get_by_text("There is a new version of this page.")).to_be_hidden()


def test_focus_caret_selection_scroll_and_unsent_text_survive_a_thousand_random_swaps(
    cast: Cast, open_page: OpenPage
) -> None:
    road, dice = Road(), random.Random(3)
    small = {"width": 900, "height": 500}
    page = open_page("/c/northfield/inventory/", user=cast.wes, prepare=road.meet, viewport=small)
    wait_for_state(page, "live")
    topics = page.eval_on_selector_all("[data-topic^='stock_level:']", "all => all.map(each => each.dataset.topic)")
    field = page.locator("input[name=quantity]").last
    field.fill("1234567")
    other = page.locator("input[name=quantity]").first
    other.fill("89")
    field.focus()
    field.evaluate("field => { field.setSelectionRange(2, 5); scrollTo({ top: 120, behavior: 'instant' }); }")
    before = page.evaluate("[scrollX, scrollY]")
    versions = dict.fromkeys(topics, 1_000)
    for n in range(SWAPS):
        topic = dice.choice(topics)
        versions[topic] += dice.choice([-2, 1, 1, 2])  # some are older than what is shown
        road.bring(replace(topic, versions[topic], f"<p>swap {n} of {topic}</p>"))
        if n % 100 == 0:
            assert_untouched(page, before)
    road.bring(*(replace(topic, 9_999, f"<p>the last of {topic}</p>") for topic in topics))
    for topic in topics:
        expect(page.locator("#" + topic.replace(":", "-"))).to_have_text(f"the last of {topic}")
    assert_untouched(page, before)
    expect(field).to_have_value("1234567")
    expect(other).to_have_value("89")


def assert_untouched(page: Page, before: list[float]) -> None:
    """The field still has the focus, the caret's selection and its place on the screen."""
    field = page.locator("input[name=quantity]:focus")
    focus = field.evaluate("({ name, selectionStart, selectionEnd }) => [name, selectionStart, selectionEnd]")
    assert focus == ["quantity", 2, 5]
    assert page.evaluate("[scrollX, scrollY]") == pytest.approx(before, abs=1)
