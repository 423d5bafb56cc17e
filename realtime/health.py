"""What a load balancer and Prometheus ask."""

import asyncio
import hmac
import os
from collections.abc import Awaitable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from realtime import hub
from realtime.deadlines import DRAINING
from realtime.delivery import ROAD_ERRORS

DEADLINE_S = 2.0
TICK_AGE_MAX_S = 30.0

_migrated = False


async def healthz(_request: Request) -> Response:
    """The process answers. Says nothing of what it depends on: restarting it would not bring those back."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """Whether traffic should come here: the database answers and is migrated, and the process is not on its way out.

    Redis and the relay are told but do not decide: without them pages still work, and say that they are delayed.
    """
    running = hub.here()
    database, redis = await asyncio.gather(
        _state(asyncio.to_thread(_look_at_database)), _state(running.delivery.ping())
    )
    tick_age_s = round(running.tick_age_s, 1)
    relay = "ok" if tick_age_s < TICK_AGE_MAX_S else "late"
    is_draining = DRAINING in request.scope.get("state", {})
    state = {"database": database, "redis": redis, "relay": relay, "tick_age_s": tick_age_s, "draining": is_draining}
    return JSONResponse(state, status_code=200 if database == "ok" and not is_draining else 503)


async def _state(look: Awaitable[str | None]) -> str:
    try:
        return await asyncio.wait_for(look, DEADLINE_S) or "ok"
    except TimeoutError:
        return "no answer"
    except (*ROAD_ERRORS, DatabaseError) as problem:
        return type(problem).__name__


def _look_at_database() -> str | None:
    try:
        connection.ensure_connection()
        return None if _is_migrated() else "not migrated"
    finally:
        connection.close()


def _is_migrated() -> bool:
    """Reads all migrations, so it looks again only until they are there: they don't go away under a running process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


async def upgrade_required(_request: Request) -> Response:
    """/live to those who don't ask for a socket (RFC 9110 section 15.5.22)."""
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    return PlainTextResponse("This is a WebSocket: docs/live.md\n", status_code=426, headers=headers)


async def metrics(request: Request) -> Response:
    """Prometheus's text format; with METRICS_TOKEN in the environment, only for its bearer."""
    token = os.environ.get("METRICS_TOKEN", "")
    given = request.headers.get("authorization", "")
    if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return PlainTextResponse("a bearer token is needed", status_code=401)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
