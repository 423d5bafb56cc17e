"""What a load balancer and Prometheus are told."""

import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.realtime.door import Door, open_door


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


async def test_a_process_that_answers_is_healthy(door: Door) -> None:
    assert await door.get("/healthz") == (200, "ok")


@pytest.mark.usefixtures("transactional_db")
async def test_a_process_is_ready_when_its_database_is(door: Door) -> None:
    status, body = await door.get("/readyz")
    state = json.loads(body)
    assert (status, state["database"], state["redis"]) == (200, "ok", "ok")


async def test_metrics_are_for_whoever_has_the_token(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    status, body = await door.get("/metrics")
    assert status == 200
    assert "live_sockets" in body
    monkeypatch.setenv("METRICS_TOKEN", "let-me-see")
    assert (await door.get("/metrics"))[0] == 401
    assert (await door.get("/metrics", Authorization="Bearer wrong"))[0] == 401
    assert (await door.get("/metrics", Authorization="Bearer let-me-see"))[0] == 200


async def test_a_socket_elsewhere_than_on_live_is_turned_away(door: Door) -> None:
    with pytest.raises(InvalidStatus):
        await connect(f"ws://127.0.0.1:{door.port}/elsewhere", origin=door.origin)  # type: ignore[arg-type]
