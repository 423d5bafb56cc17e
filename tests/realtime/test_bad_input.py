"""Whatever comes in is answered or closed with a code that docs/live.md lists, is counted, and harms nobody else."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from realtime import ahead, deadlines, pulse
from realtime.access import Grant, sign_grant
from realtime.delivery import Delivery
from realtime.road import Push
from tests.realtime.door import Door, hear, open_door, say
from tests.realtime.ear import each_alone
from tests.realtime.page import PATIENCE_S

NORA = 7
TOPIC = "stock:1"
GRID = "stock_grid:1"


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door(header_deadline_s=1) as door:
        yield door


@pytest.fixture
async def epoch() -> AsyncIterator[str]:
    async with Delivery() as delivery:
        yield await delivery.open_epoch("test", 0)


def grant(person: int = NORA, *topics: str, name: str = "") -> str:
    return sign_grant(person, Grant(dict.fromkeys(topics or (TOPIC,), ()), {}, name))


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@contextlib.asynccontextmanager
async def beside_a_neighbour(door: Door, epoch: str) -> AsyncIterator[None]:
    """Whatever is done inside, somebody else who watches is told of the next change all the same."""
    neighbour = await door.enter(8)
    await say(neighbour, t="sub", grant=grant(8), have={TOPIC: 1}, epoch=epoch)
    assert await hear(neighbour) == {"t": "subscribed", "topics": [TOPIC]}
    yield
    async with Delivery() as delivery, asyncio.timeout(PATIENCE_S):
        await delivery.publish(epoch, each_alone(epoch, [Push(TOPIC, 2, {"en": b"<template>2</template>"})]), 1)
        while (text := str(await neighbour.recv())).startswith("{"):
            pass  # a heartbeat: nobody ticks here
        assert text == "<template>2</template>"


async def close_code(client: ClientConnection) -> int | None:
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await client.recv()
    return client.close_code


# --- Closed -------------------------------------------------------------------------------------------------------

CLOSED = {
    "malformed JSON": ("{", 4400),
    "half a character": ('{"t":"sub","grant":"\\ud800","have":{}}', 4400),
    "not an object": ("7", 4400),
    "nested without end": ("[" * 60_000, 4400),
    "a number without end": ("9" * 60_000, 4400),
    "a binary message": (b"\x00\xff", 4400),
    "a grant that is no text": ('{"t":"sub","grant":7,"have":{}}', 4400),
    "a version that is no number": ('{"t":"sub","grant":"x","have":{"stock:1":"1"}}', 4400),
    "a version below nothing": ('{"t":"sub","grant":"x","have":{"stock:1":-1}}', 4400),
    "a version beyond counting": (json.dumps({"t": "sub", "grant": "x", "have": {TOPIC: 2**63}}), 4400),
    "an epoch that is no text": ('{"t":"sub","grant":"x","have":{},"epoch":{}}', 4400),
    "topics that are no list": ('{"t":"unsub","topics":{"stock:1":1}}', 4400),
    "typing somewhere": ('{"t":"typing","on":true}', 4400),
    "typing perhaps": ('{"t":"typing","topic":"stock:1","on":"yes"}', 4400),
    "seen nothing": ('{"t":"seen","topic":"stock:1"}', 4400),
    "seen a text": ('{"t":"seen","topic":"stock:1","v":"12"}', 4400),
    "a trace that is none": ('{"t":"ack","trace":"12.1e999"}', 4400),
    "more than 64 KB": ("x" * 65_537, 1009),
}


@pytest.mark.parametrize(("message", "code"), CLOSED.values(), ids=CLOSED)
async def test_what_makes_no_sense_closes_its_own_socket(
    door: Door, epoch: str, message: str | bytes, code: int
) -> None:
    before = counted("live_closed_total", code=str(code))
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        await client.send(message)
        assert await close_code(client) == code
    assert counted("live_closed_total", code=str(code)) == before + 1


# --- Answered -----------------------------------------------------------------------------------------------------


async def test_what_is_not_known_is_answered(door: Door, epoch: str) -> None:
    before = counted("live_messages_not_known_total")
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        kinds: list[object] = ["dance", "hello", None, ["sub"], {}]
        for kind in kinds:
            await say(client, t=kind)
            assert await hear(client) == {"t": "error", "code": "unknown_message"}
    assert counted("live_messages_not_known_total") == before + 5


REFUSED = {
    "another person's grant": (grant(8), "not_yours"),
    "a forged grant": (grant() + "x", "forged"),
    "ten thousand topics": (grant(NORA, *(f"stock:{n}" for n in range(10_000))), "limit"),
}


@pytest.mark.parametrize(("token", "why"), REFUSED.values(), ids=REFUSED)
async def test_what_opens_nothing_is_refused(door: Door, epoch: str, token: str, why: str) -> None:
    before = counted("live_refused_total", why=why)
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        await say(client, t="sub", grant=token, have={TOPIC: 1}, epoch=epoch)
        refused = await hear(client)
        assert (refused["t"], refused["why"]) == ("refused", why)
    assert counted("live_refused_total", why=why) == before + len(refused["topics"])


async def test_ten_thousand_subscriptions_are_closed_after_the_first_hundred(door: Door, epoch: str) -> None:
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        sub = json.dumps({"t": "sub", "grant": grant(), "have": {}, "epoch": epoch})
        with contextlib.suppress(ConnectionClosed):
            for _ in range(10_000):
                await client.send(sub)
        assert await close_code(client) == 4429


async def test_an_unknown_epoch_is_in_doubt_so_the_page_asks_again(door: Door, epoch: str) -> None:
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        await say(client, t="sub", grant=grant(NORA, "stock:9"), have={"stock:9": 3}, epoch="never was")
        said = [await hear(client), await hear(client)]
        assert {one["t"] for one in said} == {"subscribed", "refresh"}


async def test_a_version_from_the_future_is_asked_about_once(
    door: Door, epoch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "AHEAD_S", 0.05)
    monkeypatch.setattr(pulse, "DELAYED_S", 600.0)  # nobody ticks here
    async with Delivery() as delivery:
        await delivery.publish(epoch, each_alone(epoch, [Push("stock:9", 3, {})]), 1)
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        await say(client, t="sub", grant=grant(NORA, "stock:9"), have={"stock:9": 1_000_000}, epoch=epoch)
        asked = await until_told(client, "refresh")
        assert asked["topics"] == ["stock:9"]
        await say(client, t="sub", grant=grant(NORA, "stock:9"), have={"stock:9": 3}, epoch=epoch)
        assert (await hear(client))["t"] == "subscribed"
        async with Delivery() as delivery:
            await delivery.publish(epoch, each_alone(epoch, [Push("stock:9", 4, {})]), 2)
        assert (await until_told(client, "refresh"))["topics"] == ["stock:9"]


async def test_what_is_typed_and_seen_where_one_is_not_does_nothing(door: Door, epoch: str) -> None:
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        await say(client, t="typing", topic=GRID, on=True)
        await say(client, t="seen", topic="no such topic", v=12)
        await say(client, t="hb")
        assert (await hear(client))["t"] == "hb"


async def test_who_is_here_and_types_is_told_to_those_who_are_here(door: Door, epoch: str) -> None:
    async with beside_a_neighbour(door, epoch):
        client = await door.enter(NORA)
        await say(client, t="sub", grant=grant(NORA, GRID, name="Nora"), have={}, epoch=epoch)
        await until_told(client, "here")
        await say(client, t="typing", topic=GRID, on=True)
        assert (await until_told(client, "typing"))["people"] == [{"id": NORA, "name": "Nora"}]


async def until_told(client: ClientConnection, kind: str) -> dict[str, object]:
    while (message := await hear(client))["t"] != kind:
        pass
    return message


# --- Requests that never finish arriving --------------------------------------------------------------------------


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "BODY_IDLE_S", 0.5)


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    ("sent", "answer", "part"),
    [
        (b"GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso", b"HTTP/1.1 408 ", "head"),
        (b"GET /live HTTP/1.1\r\nX-Long: " + b"x" * 70_000, b"HTTP/1.1 431 ", "head"),
        (b"POST /live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nslow", b"", "body"),
    ],
    ids=["half a head", "a head without end", "half a body"],
)
async def test_a_request_that_never_finishes_is_cut(
    door: Door, epoch: str, sent: bytes, answer: bytes, part: str
) -> None:
    before = counted("live_requests_cut_total", part=part)
    async with beside_a_neighbour(door, epoch):
        answered = await asyncio.to_thread(speak, door.port, sent)
    assert answered.startswith(answer)
    assert counted("live_requests_cut_total", part=part) == before + 1


@pytest.mark.usefixtures("hurry")
async def test_a_body_that_comes_in_drops_is_cut(door: Door, epoch: str) -> None:
    async with beside_a_neighbour(door, epoch):
        await asyncio.to_thread(drip, door.port)


def drip(port: int) -> None:
    """A piece always comes in time, and it would take an hour. Returns when the connection is cut."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection, contextlib.suppress(OSError):
        connection.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 36000\r\n\r\n")
        connection.settimeout(0.1)
        for _ in range(int(PATIENCE_S / 0.1)):
            connection.sendall(b"x")
            with contextlib.suppress(TimeoutError):
                assert connection.recv(1) == b""
                return
        raise AssertionError("it may drip on")


def speak(port: int, sent: bytes) -> bytes:
    """What comes until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
        return received
