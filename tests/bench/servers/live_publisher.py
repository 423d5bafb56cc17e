"""In the relay's place before our hub: the real delivery over Redis, without events to read or fragments to render.

Its first line tells what a page would carry: the opening messages of an anonymous client with a signed grant.
"""

import asyncio
import json
import os
import sys

import django
import uvloop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()

from django.conf import settings  # noqa: E402

from realtime.access import NOBODY, Grant, sign_grant, sign_ticket  # noqa: E402 - needs the settings
from realtime.delivery import Delivery  # noqa: E402
from realtime.road import Bundle, Push  # noqa: E402
from tests.bench.lines import Words, answer, commands  # noqa: E402
from tests.bench.message import TOPIC, message, now_ns  # noqa: E402

CLUSTER = "bench"
LANG = "en"
TICK_S = 1.0


def opening(epoch: str) -> list[str]:
    """Hello and one subscription, as live.js would send them."""
    grant = sign_grant(NOBODY, Grant({TOPIC: ("public",)}, {"public": 0}))
    hello = {"t": "hello", "ticket": sign_ticket(NOBODY), "lang": LANG, "build": "", "epoch": epoch}
    subscribe = {"t": "sub", "grant": grant, "have": {TOPIC: 0}, "epoch": epoch}
    return [json.dumps(hello), json.dumps(subscribe)]


async def tick(delivery: Delivery, epoch: str) -> None:
    while True:
        await delivery.tick(epoch, 0.0)
        await asyncio.sleep(TICK_S)


async def publish(delivery: Delivery, epoch: str, asked: Words) -> None:
    version = asked["version"]
    frame = message(version, now_ns()).encode()
    push = Push(TOPIC, version, {LANG: frame})
    await delivery.publish(epoch, [Bundle(epoch, settings.BUILD, [push])], version)


async def main() -> None:
    async with Delivery() as delivery:
        road = await delivery.road()
        if road and road.cluster != CLUSTER:
            sys.exit("bench: a relay uses this Redis; the bench would end its epoch. Give it a Redis of its own.")
        epoch = await delivery.open_epoch(CLUSTER, 0)
        ticking = asyncio.create_task(tick(delivery, epoch))
        answer(ready=True, opening=opening(epoch))
        async for asked in commands():
            await publish(delivery, epoch, asked)
        ticking.cancel()


if __name__ == "__main__":
    uvloop.run(main())
