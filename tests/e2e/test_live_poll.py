"""A network that lets no socket through: the same pages, a little later."""

import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.catalog.models import Sku
from backend.inventory.actions import adjust_stock
from tests.cast import Cast, actor_of
from tests.e2e.conftest import OpenPage, Processes, session_of
from tests.e2e.road import Road, wait_for_state

FreshSku = Callable[..., Sku]
POLLED_MS = 60_000


class OldProxy:
    """Passes every connection on to the server, but for those that ask for a socket: they are refused."""

    def __init__(self, base: str) -> None:
        self._server = (urlsplit(base).hostname or "", urlsplit(base).port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://localhost:{self._listener.getsockname()[1]}"
        self.refused = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            first = client.recv(65_536)
            if first.startswith(b"GET /live "):
                self.refused += 1
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection(self._server) as server:
                server.sendall(first)
                threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
                _pass_on(client, server)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def proxy(processes: Processes) -> Iterator[OldProxy]:
    proxy = OldProxy(processes.base)
    yield proxy
    proxy.close()


@pytest.fixture
def behind(chromium: Browser, cast: Cast, proxy: OldProxy) -> Iterator[Page]:
    """A buyer's browser behind the old proxy."""
    context = chromium.new_context(base_url=proxy.base, locale="en-GB")
    context.add_cookies([session_of(cast.bea, proxy.base)])
    yield context.new_page()
    context.close()


def sell(cast: Cast, sku: Sku, by: int) -> None:
    adjust_stock(sku, cast.shelf, by=by, reason="", key=uuid4().hex, actor=actor_of(cast.nora))


def test_where_sockets_are_blocked_the_page_asks_and_shows_the_truth(
    cast: Cast, behind: Page, proxy: OldProxy, fresh_sku: FreshSku
) -> None:
    jug = fresh_sku()
    behind.goto(f"/products/{jug.product_id}-{jug.product.slug}/")
    wait_for_state(behind, "polling", POLLED_MS)
    expect(behind.get_by_text("At most 30 seconds old")).to_be_visible()
    assert proxy.refused >= 2
    sell(cast, jug, -88)
    expect(behind.locator(f"#stock-{jug.pk}")).to_contain_text("212", timeout=POLLED_MS)
    assert behind.locator("#offers").get_attribute("data-stale") is None


def test_what_has_not_changed_is_not_sent_again(behind: Page, fresh_sku: FreshSku) -> None:
    jug = fresh_sku()
    behind.goto(f"/products/{jug.product_id}-{jug.product.slug}/")
    with behind.expect_response(lambda response: response.status == 304, timeout=POLLED_MS) as asked:
        wait_for_state(behind, "polling", POLLED_MS)
    assert asked.value.request.headers["if-none-match"] == asked.value.headers["etag"]
    expect(behind.locator(f"#stock-{jug.pk}")).to_contain_text("300")


def test_a_page_that_once_was_welcome_waits_for_its_socket_instead(open_page: OpenPage) -> None:
    road = Road()
    page = open_page("/catalogue/", prepare=road.meet)
    wait_for_state(page, "live")
    for count in (1, 2, 3):
        road.sockets[-1].close(code=1012)
        road.wait_for("hello", count + 1)
    wait_for_state(page, "live")


def test_a_socket_that_gets_through_at_last_ends_the_asking(open_page: OpenPage) -> None:
    road, doors = Road(), [False]

    def prepare(page: Page) -> None:
        road.meet(page)
        page.route_web_socket("**/live", lambda wire: road._open(wire) if doors[0] else wire.close())

    page = open_page("/catalogue/", prepare=prepare)
    wait_for_state(page, "polling", POLLED_MS)
    doors[0] = True
    page.evaluate("dispatchEvent(new Event('online'))")  # another network
    wait_for_state(page, "live")


def test_a_network_that_swallows_sockets_without_a_word_counts_as_closed(open_page: OpenPage) -> None:
    def prepare(page: Page) -> None:
        page.clock.install()
        page.route_web_socket("**/live", lambda _wire: None)

    page = open_page("/catalogue/", prepare=prepare)
    for _ in range(4):
        page.clock.run_for(15_000)
    wait_for_state(page, "polling", POLLED_MS)
