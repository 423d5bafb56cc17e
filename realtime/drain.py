"""How the web process ends: it tells before it goes, and its sockets leave one after the other.

A thousand pages that are cut in one moment come back in one moment, to whichever process is left.
"""

import asyncio
import os
import random
import signal
import socket
import sys
import threading
from types import FrameType

import uvicorn

from realtime import metrics
from realtime.deadlines import DRAINING
from realtime.protocols import LiveWebSocketProtocol

RESTART = 1012
CLOSES_PER_S = 100
"""Where there are few sockets nobody waits DRAIN_S for them."""
GRACE_S = 2.0


class DrainingServer(uvicorn.Server):
    """At the first signal: no new connections, /readyz answers 503, each socket is closed with 1012 at its own moment
    within `drain_s`, requests that have begun are answered; then it ends, `timeout_graceful_shutdown` after the signal
    at the latest. At the second signal it ends at once.
    """

    def __init__(self, config: uvicorn.Config, *, drain_s: float) -> None:
        super().__init__(config)
        self._drain_s = drain_s

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        super().handle_exit(sig, frame)
        _end_at_the_latest((self.config.timeout_graceful_shutdown or 0) + GRACE_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + (self.config.timeout_graceful_shutdown or 0)
        self.lifespan.state[DRAINING] = True
        await asyncio.sleep(0)  # whoever is connected already is let in: closing would reset them
        for server in self.servers:
            server.close()
        await self._drain(loop)
        self.config.timeout_graceful_shutdown = max(1, round(ends_at - loop.time()))
        await super().shutdown(sockets)

    async def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        leaving = [one for one in self.server_state.connections if isinstance(one, LiveWebSocketProtocol)]
        random.shuffle(leaving)
        pause_s = min(self._drain_s / max(1, len(leaving)), 1 / CLOSES_PER_S)
        begun_at = loop.time()
        for number, one in enumerate(leaving):
            await asyncio.sleep(begun_at + number * pause_s - loop.time())
            metrics.CLOSED.labels(RESTART).inc()
            one.close_now(RESTART, "restart")


def _end_at_the_latest(within_s: float) -> None:
    """A thread that hangs in a query would keep the process for ever."""
    timer = threading.Timer(within_s, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    sys.stderr.write("realtime.server: something did not finish in SHUTDOWN_S; ended all the same\n")
    sys.stderr.flush()
    os._exit(1)
