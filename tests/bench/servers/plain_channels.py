"""The textbook: an AsyncWebsocketConsumer per socket, a group, group_send over the core Redis layer.

`python -m tests.bench.servers.plain_channels PORT serve` and `… PORT publish`; each port is a world of its own.
"""

import os
import sys
import threading

import uvicorn
import uvloop
from django.conf import settings

settings.configure(
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # Without this the layer's idle sockets die after 5 s under redis-py 8, and nothing would be measured.
            "CONFIG": {
                "hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": None}],
                "prefix": f"bench{sys.argv[1]}",
            },
        }
    }
)

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402 - needs the settings above
from channels.layers import get_channel_layer  # noqa: E402

from tests.bench.children import raise_descriptor_limit  # noqa: E402
from tests.bench.lines import answer, commands  # noqa: E402
from tests.bench.message import message, now_ns  # noqa: E402

GROUP = "stock-42"


class StockConsumer(AsyncWebsocketConsumer):
    """As the Channels tutorial writes it."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def stock_changed(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["html"])


def serve(port: int) -> None:
    raise_descriptor_limit()
    app = StockConsumer.as_asgi()
    config = uvicorn.Config(
        app, port=port, lifespan="off", log_level="warning", backlog=2048, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_tell_when_started, args=(server,), daemon=True).start()
    server.run()


def _tell_when_started(server: uvicorn.Server) -> None:
    while not server.started:
        threading.Event().wait(0.02)
    answer(ready=True)


async def publish() -> None:
    layer = get_channel_layer()
    assert layer is not None
    answer(ready=True)
    async for asked in commands():
        for topic in asked["topics"]:
            html = message(asked["version"], now_ns(), topic)
            await layer.group_send(GROUP, {"type": "stock.changed", "html": html})


if __name__ == "__main__":
    if sys.argv[2] == "serve":
        serve(int(sys.argv[1]))
    else:
        uvloop.run(publish())
