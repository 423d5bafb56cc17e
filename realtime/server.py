"""The web process: `python -m realtime.server` runs uvicorn on `realtime.asgi:application`.

What the socket side may rely on (the types are in `realtime.wire`, the protocols in `realtime.protocols`):

- `scope["extensions"]["entrepot.write"]` (`wire.WRITER_EXTENSION`) is a `wire.SharedWriter`; under Daphne
  and in the Channels test client the key is absent, and plain `send` is the fallback.
      frame = encode_text_frame(payload)      # once per message, for all sockets
      writer.write(frame)                     # queues by reference, never awaits; ignored once closing
      writer.paused                           # more than 64 KiB wait: hold back, conflate
      writer.on_change = callback             # it is paused, or below 16 KiB again: flush what was held back
      writer.buffered()                       # bytes waiting, for deadlines and metrics
      writer.close(4008, "too slow")          # never blocks; the app gets websocket.disconnect(4008)
- Plain `await send(...)` and `writer.write(...)` may be mixed freely: both write whole frames.
- `send` to a socket that is closing or gone is ignored, it does not raise: `websocket.disconnect`
  always arrives, and is the one place where a consumer cleans up.
- HTTP: a request's head must arrive within HEADER_DEADLINE_S (`realtime.deadlines`).
- Messages of more than 64 KiB are closed with 1009; deflate is never negotiated; the server pings every
  20 s and cuts a socket that answers none of it within 20 s.
"""

import functools
import gc
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

import django
import uvicorn
from uvicorn._types import ASGIApplication

from realtime import checks
from realtime.deadlines import HEADER_DEADLINE_S, DeadlineHttpProtocol
from realtime.drain import DrainingServer
from realtime.environment import BadSetting, is_on, whole
from realtime.limits import MAX_MESSAGE_BYTES, OFF, Limit, Limits, Rate
from realtime.protocols import LiveWebSocketProtocol

PING_S = 20.0
SHUTDOWN_S = 10
DRAIN_S = 8
ACCEPTS_PER_S = 500
BACKLOG = 2048
SEND_BUFFER_BYTES = 128 * 1024
"""What the kernel may keep for a reader who is slow. Left to itself it keeps megabytes, all of them stale."""
DATABASE_POOL_SIZE = "10"
ENVIRONMENTS = ("development", "test", "production")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    # uvicorn tells of every accepted socket at INFO: 10,000 lines after one reconnect.
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}


@dataclass(frozen=True)
class ServerSettings:
    """How the web process listens, from the environment.

    PORT (8000), HOST (127.0.0.1, in production 0.0.0.0), HEADER_DEADLINE_S (10),
    SHUTDOWN_S (10: from the first SIGTERM to the end), DRAIN_S (8, never more than SHUTDOWN_S: over which the
    sockets are closed), REUSE_PORT (1: another process may listen on the same port, such as the next release),
    TRUSTED_PROXIES (comma-separated addresses whose X-Forwarded-* headers count; none by default),
    ACCEPTS_PER_S (500, and as many at once: handshakes of this process; more are answered 503; 0 for no limit,
    which is also what LIMITS=off means).
    """

    host: str = "127.0.0.1"
    port: int = 8000
    header_deadline_s: float = HEADER_DEADLINE_S
    shutdown_s: int = SHUTDOWN_S
    drain_s: int = DRAIN_S
    reuse_port: bool = False
    trusted_proxies: str = ""
    accepts_per_s: int = ACCEPTS_PER_S

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Self:
        """Raises BadSetting."""
        environment = env.get("ENTREPOT_ENV") or "development"
        if environment not in ENVIRONMENTS:
            raise BadSetting(f"ENTREPOT_ENV is {environment!r}; it must be one of {', '.join(ENVIRONMENTS)}")
        shutdown_s = whole(env, "SHUTDOWN_S", SHUTDOWN_S, 1, 300)
        return cls(
            host=env.get("HOST") or ("0.0.0.0" if environment == "production" else "127.0.0.1"),  # noqa: S104
            port=whole(env, "PORT", 8000, 1, 65535),
            header_deadline_s=whole(env, "HEADER_DEADLINE_S", int(HEADER_DEADLINE_S), 1, 300),
            shutdown_s=shutdown_s,
            drain_s=whole(env, "DRAIN_S", min(DRAIN_S, shutdown_s), 0, shutdown_s),
            reuse_port=is_on(env, "REUSE_PORT"),
            trusted_proxies=env.get("TRUSTED_PROXIES", ""),
            accepts_per_s=whole(env, "ACCEPTS_PER_S", 0 if env.get("LIMITS") == OFF else ACCEPTS_PER_S, 0, 100_000),
        )


def build_config(settings: ServerSettings, app: str | ASGIApplication = "realtime.asgi:application") -> uvicorn.Config:
    """uvicorn's configuration; whatever it would read from the environment by itself is given here."""
    rate = settings.accepts_per_s
    accepts = Limit(Rate(rate, rate) if rate else None)
    http = functools.partial(DeadlineHttpProtocol, header_deadline_s=settings.header_deadline_s, accepts=accepts)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast(type[DeadlineHttpProtocol], http),
        ws=LiveWebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        lifespan="on",
        interface="asgi3",
        log_config=LOGGING,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.shutdown_s,
        backlog=BACKLOG,
        workers=1,
    )


def bind(settings: ServerSettings) -> socket.socket:
    """The listening address, taken before the application loads. Raises BadSetting where it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)  # every accepted socket inherits it
    try:
        if settings.reuse_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((settings.host, settings.port))
    except OSError as problem:
        listener.close()
        address = f"HOST={settings.host} PORT={settings.port}"
        raise BadSetting(f"{address}: {problem.strerror}; stop what listens there, or choose another PORT") from problem
    return listener


def main() -> None:
    """The command. Exits with 1 and one line where the environment makes no sense."""
    try:
        settings = ServerSettings.from_environment(os.environ)
        Limits.from_environment(os.environ)
        listener = bind(settings)
    except BadSetting as problem:
        sys.exit(f"realtime.server: {problem}")
    # Pooled connections are for this process alone: LISTEN, locks and the worker need their own.
    os.environ.setdefault("DATABASE_POOL_SIZE", DATABASE_POOL_SIZE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()
    checks.before_start("realtime.server")
    config = build_config(settings)
    config.load()
    gc.freeze()  # what is loaded now stays: looking through it for garbage would stop everybody for 50 ms at a time
    server = DrainingServer(config, drain_s=settings.drain_s)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
