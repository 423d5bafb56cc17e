"""A new release takes over while goods are sold and people look on."""

import asyncio
import random
import signal
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from backend.accounts.models import User
from backend.catalog.models import Sku
from backend.inventory.disclosure import Disclosure
from tests.cast import Cast, make_sku
from tests.realtime.conftest import change
from tests.realtime.follower import Follower, LogFollower
from tests.realtime.page import PATIENCE_S, until
from tests.realtime.processes import answers, starting, wait_until
from tests.realtime.raw import free_port


async def test_a_rolling_restart_of_two_processes_loses_nothing(cast: Cast) -> None:
    sku = await in_thread(
        lambda: make_sku("Jug", "70001", cast.crockery, cast.shelf, on_hand=500, disclosure=Disclosure.EXACT)
    )
    port, cookie = free_port(), await in_thread(lambda: session_of(cast.nora))
    own_page, topic = f"/c/{cast.northfield.slug}/inventory/skus/{sku.pk}/", f"stock_moves:{sku.pk}"
    env = {"REUSE_PORT": "1", "SHUTDOWN_S": "6", "DRAIN_S": "1"}
    buyers = [Follower(port, f"/products/{sku.product_id}-jug/", f"stock:{sku.pk}") for _ in range(8)]
    sellers = [LogFollower(port, own_page, topic, cookie) for _ in range(4)]
    pages = [*buyers, *sellers]
    with starting() as start:
        start("manage.py", "relay")
        processes = [start(port=port, **env), start(port=port, **env)]
        await in_thread(lambda: wait_until(lambda: answers(port, "/readyz")))
        lives = [asyncio.create_task(page.live()) for page in pages]
        market = asyncio.create_task(keep_selling(cast, sku))
        for process in processes:
            await until_all_moved(pages, lives)
            start(port=port, **env)
            await in_thread(lambda: wait_until(lambda: answers(port, "/readyz")))
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, PATIENCE_S) == -signal.SIGTERM
        await until_all_moved(pages, lives)
        await end(market)
        await until_all_show_the_truth(buyers, Follower(port, buyers[0].path, buyers[0].topic))
        await until_all_show_the_truth(sellers, LogFollower(port, own_page, topic, cookie))
        assert all(page.losses for page in pages)  # neither process that they began with is left
        await end(*lives)


async def end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def keep_selling(cast: Cast, sku: Sku) -> None:
    while True:
        await in_thread(lambda: change(cast, sku, random.choice((-1, 1))))
        await asyncio.sleep(0.05)


async def until_all_moved(pages: list[Follower], lives: list[asyncio.Task[None]]) -> None:
    """Every page has shown something newer than it did, and none has stumbled."""
    before = [page.version for page in pages]
    async with asyncio.timeout(3 * PATIENCE_S):
        while not all(page.version > version for page, version in zip(pages, before, strict=True)):
            assert not any(life.done() for life in lives)
            await asyncio.sleep(0.05)


async def until_all_show_the_truth(pages: Sequence[Follower], truth: Follower) -> None:
    """What the page says when it is rendered afresh. (A version that shows nothing new need not have been sent.)"""
    await truth.ask()
    await until(lambda: {page.shown for page in pages} == {truth.shown})


def session_of(user: User) -> str:
    """The cookie of somebody who has logged in."""
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


async def in_thread(action: Callable[[], Any]) -> Any:
    """Beside the loop, on a connection that is not left behind."""

    def act() -> Any:
        try:
            return action()
        finally:
            connection.close()

    return await asyncio.to_thread(act)
