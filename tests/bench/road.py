"""The whole road: the real action in a process of its own, the real relay, the real web process."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from redis import Redis

from tests.bench.bed import Bed, say
from tests.bench.children import Child, anywhere, running, running_command
from tests.bench.lines import Words
from tests.bench.report import ROOT
from tests.bench.systems import SERVERS, web_process

READY_S = 60.0
CHANGES_S = 100.0


@dataclass(frozen=True)
class WholeRoad:
    """The processes, and what pages of the market's SKUs carry."""

    market: Child
    relay: Child
    web: Child
    port: int
    shown: Words

    async def change(self, many: int, per_s: float = 0.0) -> list[tuple[str, int, int, int]]:
        """So many real changes in turn over the SKUs: topic, version, monotonic and wall-clock ns of each commit."""
        answered = await self.market.ask(do="change", n=many, per_s=per_s, within_s=CHANGES_S)
        return [tuple(commit) for commit in answered["commits"]]

    async def truth(self) -> dict[str, tuple[int, str]]:
        """Each topic's version and fragment as the database has them."""
        return dict((await self.market.ask(do="truth"))["truth"])

    @property
    def urls(self) -> dict[str, str]:
        """Where each of the public's topics is shown."""
        urls: dict[str, str] = self.shown["public"]["urls"]
        return urls

    def page(self, whose: str = "public") -> Words:
        """What the clients of a crowd are told that their page shows: the public's, or with movements the `own`."""
        return {"port": self.port, "persons": 1, **self.shown[whose]}


@contextlib.asynccontextmanager
async def whole_road(bed: Bed, skus: int) -> AsyncIterator[WholeRoad]:
    """Everything up, and the relay leads. Market and relay may run on both cores: only the web process is measured."""
    say("starting the market, the relay and the web process")
    relay_command = (sys.executable, str(ROOT / "manage.py"), "relay")
    async with (
        on_any_core(running(f"{SERVERS}.market", str(skus), env=bed.env, core=None)) as market,
        on_any_core(running_command(relay_command, env=bed.env, core=None, is_silent=True)) as relay,
        web_process(bed) as (web, port),
    ):
        shown = await market.answer()
        await until_led(relay, bed.env["REDIS_URL"])
        yield WholeRoad(market, relay, web, port, shown)


@contextlib.asynccontextmanager
async def on_any_core(starting: contextlib.AbstractAsyncContextManager[Child]) -> AsyncIterator[Child]:
    """The same child, not tied to the bench's core."""
    with contextlib.ExitStack() as cores:
        cores.enter_context(anywhere())
        async with starting as child:
            cores.close()
            yield child


async def until_led(relay: Child, url: str) -> None:
    """Until the relay has begun an epoch in Redis. Raises RuntimeError where it never does."""
    deadline = time.monotonic() + READY_S
    with contextlib.closing(Redis.from_url(url)) as redis:
        while not redis.exists("live:road"):
            relay.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"the relay began no epoch within {READY_S:.0f} s")
            await asyncio.sleep(0.1)
