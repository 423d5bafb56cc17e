"""The one ASGI application.

Starlette outside (lifespan, health, metrics), Channels for /live, Socket.IO for partners, Django for the rest.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup(set_prefix=False)

import contextlib  # noqa: E402
from collections.abc import AsyncIterator  # noqa: E402
from typing import Any, cast  # noqa: E402

from starlette.applications import Starlette  # noqa: E402
from starlette.routing import Mount, Route  # noqa: E402
from starlette.types import ASGIApp, Receive, Scope, Send  # noqa: E402
from starlette.websockets import WebSocketClose  # noqa: E402

from realtime import health, hub, partners  # noqa: E402
from realtime.bodies import Bodies  # noqa: E402
from realtime.consumers import LiveConsumer  # noqa: E402
from realtime.requests import OneThread, StaticFiles  # noqa: E402
from realtime.throttle import Throttle, is_turned_away  # noqa: E402


@contextlib.asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """The hub listens before the first socket comes; at the end it is quiet before the sockets close."""
    running = hub.here()
    yield
    partners.close()
    await running.stop()


live = LiveConsumer.as_asgi()
outside = Starlette(
    routes=[
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
        Route("/live", health.upgrade_required),
        Mount("/socket.io", partners.application),
        Mount("/", StaticFiles(cast(ASGIApp, OneThread()))),
    ],
    lifespan=lifespan,
)
throttled = Throttle(Bodies(outside))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Sockets go straight to the consumer: what stands between costs memory for as long as a socket lives."""
    if scope["type"] != "websocket":
        await throttled(scope, receive, send)
    elif await is_turned_away(scope, receive, send):
        return
    elif scope["path"] == "/live":
        await live(cast(Any, scope), cast(Any, receive), cast(Any, send))
    elif scope["path"].startswith(partners.PATH):
        await partners.application(scope, receive, send)
    else:
        await WebSocketClose()(scope, receive, send)
