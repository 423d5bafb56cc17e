import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from backend.accounts.actor import Actor
from backend.catalog.models import Sku
from backend.events import log
from backend.inventory.actions import adjust_stock
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order
from realtime.courier import Courier
from realtime.hearing import Hearing
from realtime.hub import Hub
from tests.cast import Cast, actor_of, make_cast
from tests.realtime.ear import Ear, listening
from tests.realtime.page import until
from tests.realtime.publisher import Publisher


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The relay reads what is committed, on connections of its own."""
    return make_cast()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """The event loop that a relay keeps for Redis."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def delivery(runner: asyncio.Runner) -> Iterator[Hearing]:
    delivery = runner.run(open_delivery())
    yield delivery
    runner.run(delivery.close())


async def open_delivery() -> Hearing:
    return Hearing()


@pytest.fixture
def courier(transactional_db: None, delivery: Hearing, runner: asyncio.Runner) -> Courier:
    return Courier(delivery, runner.run)


@contextmanager
def an_ear(runner: asyncio.Runner, *topics: str, wanted_in: tuple[str, ...] = ("en",)) -> Iterator[Ear]:
    """An ear in the relay's loop, for tests that are synchronous as the relay is."""
    context = listening(topics, wanted_in=wanted_in)
    ear = runner.run(context.__aenter__())
    try:
        yield ear
    finally:
        runner.run(context.__aexit__(None, None, None))


def change(cast: Cast, sku: Sku, by: int, actor: Actor | None = None) -> None:
    """One committed change of a Northfield SKU's stock."""
    adjust_stock(sku, cast.shelf, by=by, reason="counted", key=uuid4().hex, actor=actor or actor_of(cast.nora))


def take_one_off(order: Order, actor: Actor) -> None:
    """One committed change of an order's lines that leaves it standing where it stands."""
    cancel_lines(order, {order.lines.get().pk: 1}, key=uuid4().hex, actor=actor)


def carry(courier: Courier) -> None:
    """Numbers and delivers all that is committed."""
    log.number_events()
    while courier.carry(True):
        pass


@pytest.fixture
async def relay() -> AsyncIterator[Publisher]:
    async with Hearing() as delivery:
        publisher = Publisher(delivery)
        await publisher.open_epoch()
        yield publisher


@pytest.fixture
async def hub(relay: Publisher) -> AsyncIterator[Hub]:
    async for hub in running_hub(relay, Hearing()):
        yield hub


@pytest.fixture
async def other_hub(relay: Publisher) -> AsyncIterator[Hub]:
    """As another process has one."""
    async for hub in running_hub(relay, Hearing()):
        yield hub


async def running_hub(relay: Publisher, delivery: Hearing) -> AsyncIterator[Hub]:
    hub = Hub(delivery)
    hub.start()
    await until(lambda: hub.epoch == relay.epoch)
    yield hub
    await hub.stop()
