"""In the relay's place before our hub: the real delivery over Redis, without events to read or fragments to render.

`python -m tests.bench.servers.live_publisher TOPICS`. Its first line tells what a page of so many topics would carry:
the epoch, and the opening messages of an anonymous client with a signed grant.
"""

import asyncio
import os
import sys

import django
import uvloop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()

from django.conf import settings  # noqa: E402

from realtime.access import NOBODY  # noqa: E402 - needs the settings
from realtime.delivery import Delivery  # noqa: E402
from realtime.road import Bundle, Push  # noqa: E402
from tests.bench.lines import Words, answer, commands  # noqa: E402
from tests.bench.message import message, now_ns, topics  # noqa: E402
from tests.bench.opening import LANG, opening  # noqa: E402

CLUSTER = "bench"
TICK_S = 1.0


async def tick(delivery: Delivery, epoch: str) -> None:
    while True:
        await delivery.tick(epoch, 0.0)
        await asyncio.sleep(TICK_S)


async def publish(delivery: Delivery, epoch: str, asked: Words) -> None:
    """Every topic's change is one bundle; all go in one delivery, as the relay's batch does.

    `size`: that many bytes instead of the usual fragment.
    """
    version, bundles = asked["version"], []
    for topic in asked["topics"]:
        frame = message(version, now_ns(), topic).encode() + b" " * asked.get("size", 0)
        bundles.append(Bundle(epoch, settings.BUILD, [Push(topic, version, {LANG: frame})]))
    await delivery.publish(epoch, bundles, version)


async def main(count: int) -> None:
    async with Delivery() as delivery:
        road = await delivery.road()
        if road and road.cluster != CLUSTER:
            sys.exit("bench: a relay uses this Redis; the bench would end its epoch. Give it a Redis of its own.")
        epoch = road.epoch if road else await delivery.open_epoch(CLUSTER, 0)
        ticking = asyncio.create_task(tick(delivery, epoch))
        page = dict.fromkeys(topics(count), ("public",))
        answer(ready=True, epoch=epoch, opening=opening(NOBODY, page, dict.fromkeys(page, 0), epoch))
        async for asked in commands():
            await publish(delivery, epoch, asked)
        ticking.cancel()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
