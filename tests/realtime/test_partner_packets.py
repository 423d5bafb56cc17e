"""What a socket of Socket.IO may say: everything else is closed with a code, and harms nobody."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime import hub, partners
from tests.cast import Cast
from tests.realtime.door import Door, open_door
from tests.realtime.page import PATIENCE_S, until
from tests.realtime.partner import Relay
from tests.realtime.test_partners import make_token

SOCKET = "/socket.io/?EIO=4&transport=websocket"


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


@pytest.fixture
async def relay(transactional_db: None) -> AsyncIterator[Relay]:
    relay = Relay()
    await relay.open()
    yield relay
    await relay.close()


def knock(door: Door, **how: str) -> connect:
    return connect(f"ws://127.0.0.1:{door.port}{SOCKET}", max_size=None, **how)  # type: ignore[arg-type]


async def hear(client: ClientConnection) -> str:
    async with asyncio.timeout(PATIENCE_S):
        return str(await client.recv())


async def close_code(client: ClientConnection) -> int:
    """The code that the server closes with, after whatever it still says."""
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionClosed):
            while True:
                await client.recv()
    assert client.close_code is not None
    return client.close_code


async def enter(client: ClientConnection, cast: Cast) -> None:
    """Through both handshakes."""
    secret = (await make_token(cast)).secret
    assert (await hear(client)).startswith("0{")
    await client.send("40" + json.dumps({"token": secret}))
    assert (await hear(client)).startswith('40{"sid":')


PACKETS: list[str | bytes] = [
    "",
    "x",
    "2probe",
    "5",
    "bQUJD",
    "4",
    "44{}",
    "45-[]",
    '451-["subscribe",{"_placeholder":true,"num":0}]',
    '46["x"]',
    "43[]",
    "40/other,",
    "40/other,{}",
    "40[]",
    '40"token"',
    "40{",
    "42",
    "42{}",
    "42[]",
    "42[1]",
    "42[[]]",
    '42["subscribe"',
    '42["connect",{"asgi.scope":{}}]',
    '42["disconnect"]',
    '42/other,["subscribe",{}]',
    '421234567890123456["subscribe",{}]',
    "42" + "[" * 20_000,
    b"\x04\x00binary",
]


async def test_a_packet_that_is_none_of_ours_ends_the_socket(door: Door) -> None:
    for packet in PACKETS:
        async with knock(door) as client:
            await client.send(packet)
            assert await close_code(client) == 4400, packet[:60]


async def test_a_second_handshake_ends_the_socket(cast: Cast, door: Door, relay: Relay) -> None:
    async with knock(door) as client:
        await enter(client, cast)
        await client.send("40" + json.dumps({"token": "another"}))
        assert await close_code(client) == 4400
    await until(lambda: not hub.here().roll.outboxes)


async def test_a_message_of_more_than_64_kb_ends_the_socket(cast: Cast, door: Door, relay: Relay) -> None:
    async with knock(door) as client:
        await enter(client, cast)
        names = [f"stock:{n}" for n in range(10_000)]
        await client.send("420" + json.dumps(["subscribe", {"topics": names}]))
        assert await close_code(client) == 1009


async def test_who_says_too_much_is_closed(cast: Cast, door: Door, relay: Relay) -> None:
    async with knock(door) as client:
        await enter(client, cast)
        for _ in range(150):
            await client.send("3")
        assert await close_code(client) == 4429


async def test_who_never_connects_is_closed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partners, "CONNECT_DEADLINE_S", 0.05)
    async with knock(door) as client:
        assert await close_code(client) == 4408


async def test_who_was_refused_is_told_and_then_closed(cast: Cast, door: Door, relay: Relay) -> None:
    async with knock(door) as client:
        await hear(client)
        await client.send('40{"token":["no","text"]}')
        assert await hear(client) == '44{"message":"unauthorized"}'
        assert await close_code(client) == 4401


async def test_who_leaves_politely_is_closed_and_forgotten(cast: Cast, door: Door, relay: Relay) -> None:
    async with knock(door) as client:
        await enter(client, cast)
        await client.send("41")
        await close_code(client)
    await until(lambda: not hub.here().roll.outboxes)


async def test_an_event_before_the_handshake_opens_nothing(cast: Cast, door: Door, relay: Relay) -> None:
    async with knock(door) as client:
        await client.send(f'421["subscribe",{{"topics":["stock:{cast.mug.pk}"]}}]')
        await enter(client, cast)
    assert hub.here().roll.topics == {}


async def test_a_page_of_another_site_gets_no_socket(door: Door) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with knock(door, origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_there_is_no_long_polling(door: Door) -> None:
    status, text = await door.get("/socket.io/?EIO=4&transport=polling")
    assert (status, text) == (400, '"Invalid transport"')
    status, _ = await door.get(SOCKET)
    assert status == 400
