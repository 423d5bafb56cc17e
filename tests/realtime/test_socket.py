"""The socket over the real server: what it answers, what it closes, and that it harms nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connection
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from backend.accounts.access import raise_epoch
from backend.accounts.actions import remove_member
from backend.accounts.actor import ANONYMOUS
from backend.accounts.models import Membership
from realtime import consumers, hub
from realtime.access import NOBODY, Grant, read_ticket, sign_grant, sign_ticket, with_closed
from realtime.asking import grant_for
from realtime.delivery import Delivery
from realtime.limits import MAX_TOPICS, MESSAGES_OF_A_SOCKET
from realtime.road import Push
from tests.cast import Cast, actor_of
from tests.realtime.door import Door, hear, open_door, say
from tests.realtime.ear import each_alone
from tests.realtime.page import until

NORA = 7
ONE_TOPIC = Grant({"stock:1": ()}, {})


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


async def close_code(client: ClientConnection) -> int:
    """The code that the server closes with, after whatever it still says."""
    async with asyncio.timeout(20):
        with suppress(ConnectionClosed):
            while await client.recv():
                pass
    assert client.close_code is not None
    return client.close_code


async def in_thread(action: Callable[[], Any]) -> Any:
    """The ORM beside the loop, on a connection that is not left behind."""

    def act() -> Any:
        try:
            return action()
        finally:
            connection.close()

    return await sync_to_async(act, thread_sensitive=False)()


# --- What it says to those who speak as agreed


async def test_a_ticket_serves_for_several_sockets_and_is_renewed_when_it_is_no_longer_young(door: Door) -> None:
    ticket = sign_ticket(NORA)
    for _ in range(2):
        async with door.knock() as client:
            await say(client, t="hello", ticket=ticket, lang="ar")
            assert set(await hear(client)) == {"t", "epoch", "tick_age", "build"}
            await say(client, t="hb")
            assert set(await hear(client)) == {"t", "tick_age"}
    with time_machine.travel(datetime.now(UTC) - timedelta(seconds=consumers.NEW_TICKET_S + 1)):
        ageing = sign_ticket(NORA)
    async with door.knock() as client:
        await say(client, t="hello", ticket=ageing, lang="ar")
        renewed = (await hear(client))["ticket"]
    assert read_ticket(renewed).person == NORA
    assert read_ticket(renewed).age_s < consumers.NEW_TICKET_S / 2


async def test_a_long_visit_renews_its_ticket(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await door.enter()
    monkeypatch.setattr(consumers, "NEW_TICKET_S", 0.0)
    await say(client, t="hb")
    assert set(await hear(client)) == {"t", "tick_age", "ticket"}


async def test_a_visitor_watches_what_is_public_and_is_told_of_each_change(cast: Cast, door: Door) -> None:
    topic = f"stock:{cast.mug.pk}"
    grant = await in_thread(lambda: sign_grant(NOBODY, grant_for(ANONYMOUS, [topic])))
    client = await door.enter()
    await say(client, t="sub", grant=grant, have={topic: 1}, epoch="")
    assert await hear(client) == {"t": "subscribed", "topics": [topic]}


# --- What it refuses


@pytest.mark.parametrize(
    ("grant", "why"),
    [
        (sign_grant(8, ONE_TOPIC), "not_yours"),
        (sign_grant(NORA, ONE_TOPIC) + "x", "forged"),
        ("nonsense", "forged"),
        (sign_ticket(NORA), "forged"),
    ],
    ids=["somebody else's", "changed", "nonsense", "a ticket"],
)
async def test_a_grant_that_is_not_ours_and_theirs_opens_nothing(door: Door, grant: str, why: str) -> None:
    client = await door.enter(NORA)
    await say(client, t="sub", grant=grant, have={"stock:1": 1}, epoch="")
    assert await hear(client) == {"t": "refused", "topics": ["stock:1"], "why": why}
    assert hub.here().roll.topics == {}


async def test_a_grant_of_yesterday_opens_nothing(door: Door) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=13), tick=False):
        grant = sign_grant(NORA, ONE_TOPIC)
    client = await door.enter(NORA)
    await say(client, t="sub", grant=grant, have={"stock:1": 1}, epoch="")
    assert await hear(client) == {"t": "refused", "topics": ["stock:1"], "why": "expired"}


async def test_a_member_who_was_removed_is_refused_with_the_grant_they_kept(cast: Cast, door: Door) -> None:
    topic = f"stock_level:{cast.mug.pk}"
    wes, nora = await in_thread(lambda: (actor_of(cast.wes), actor_of(cast.nora)))
    grant = await in_thread(lambda: sign_grant(cast.wes.pk, grant_for(wes, [topic])))
    client = await door.enter(cast.wes.pk)
    await say(client, t="sub", grant=grant, have={topic: 1}, epoch="")
    assert (await hear(client))["t"] == "subscribed"
    await in_thread(lambda: remove_member(Membership.objects.get(user=cast.wes), actor=nora))
    here = hub.here()
    here.revoke(await here.numbers.changed(here.roll.scopes.keys()))  # what runs by itself every 30 s
    assert await hear(client) == {"t": "refused", "topics": [topic], "why": "revoked"}
    await say(client, t="sub", grant=grant, have={topic: 1}, epoch="")
    assert await hear(client) == {"t": "refused", "topics": [topic], "why": "revoked"}


async def test_a_page_whose_reader_lost_access_while_it_was_made_is_told_so(cast: Cast, door: Door) -> None:
    topic = f"stock_level:{cast.mug.pk}"
    client = await door.enter(NORA)
    grant = sign_grant(NORA, with_closed(Grant({}, {}), [topic]))
    await say(client, t="sub", grant=grant, have={topic: 1}, epoch="")
    assert await hear(client) == {"t": "refused", "topics": [topic], "why": "revoked"}


async def test_only_what_hangs_on_a_raised_scope_is_refused(cast: Cast, door: Door) -> None:
    mug, plate = f"stock:{cast.mug.pk}", f"stock:{cast.plate.pk}"
    grant = await in_thread(lambda: sign_grant(NOBODY, grant_for(ANONYMOUS, [mug, plate])))
    await in_thread(lambda: raise_epoch(f"product:{cast.mug.product_id}"))
    client = await door.enter()
    await say(client, t="sub", grant=grant, have={mug: 1, plate: 1}, epoch="")
    assert await hear(client) == {"t": "refused", "topics": [mug], "why": "revoked"}
    assert await hear(client) == {"t": "subscribed", "topics": [plate]}


async def test_ten_thousand_topics_are_too_many(door: Door) -> None:
    client = await door.enter(NORA)
    many = sign_grant(NORA, Grant({f"stock:{n}": () for n in range(10_000)}, {}))
    await say(client, t="sub", grant=many, have={}, epoch="")
    refused = await hear(client)
    assert (refused["why"], len(refused["topics"])) == ("limit", 10_000)
    few = sign_grant(NORA, Grant({f"stock:{n}": () for n in range(MAX_TOPICS)}, {}))
    await say(client, t="sub", grant=few, have={}, epoch="")
    assert (await hear(client))["t"] == "subscribed"
    await say(client, t="sub", grant=sign_grant(NORA, Grant({"stock:9999": ()}, {})), have={}, epoch="")
    assert await hear(client) == {"t": "refused", "topics": ["stock:9999"], "why": "limit"}


# --- What it closes


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 4400),
        ("[1]", 4400),
        ("[" * 60_000, 4400),
        (b"\x00\x01", 4400),
        ('{"t":"sub","grant":7,"have":{}}', 4400),
        ('{"t":"sub","grant":"x","have":{"stock:1":"1"}}', 4400),
        ('{"t":"sub","grant":"x","have":[]}', 4400),
        ('{"t":"unsub","topics":"stock:1"}', 4400),
        ('{"t":"unsub","topics":[1]}', 4400),
        ("x" * 2_000_000, 1009),
        ("é" * 40_000, 1009),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_message_that_makes_no_sense_closes_its_own_socket_only(
    door: Door, message: str | bytes, code: int
) -> None:
    neighbour, client = await door.enter(), await door.enter()
    await client.send(message)
    assert await close_code(client) == code
    await say(neighbour, t="hb")
    assert (await hear(neighbour))["t"] == "hb"


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"t":"hb"}', 4408),
        ('{"t":"hello"}', 4400),
        ('{"t":"hello","ticket":"nonsense","lang":"en"}', 4401),
        (json.dumps({"t": "hello", "ticket": sign_grant(NOBODY, ONE_TOPIC)}), 4401),
    ],
    ids=["no hello", "no ticket", "forged", "a grant"],
)
async def test_whoever_does_not_say_who_they_are_is_closed(door: Door, first: str, code: int) -> None:
    async with door.knock() as client:
        await client.send(first)
        assert await close_code(client) == code


async def test_a_ticket_of_an_hour_ago_is_closed_with_a_code_that_says_so(door: Door) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1), tick=False):
        ticket = sign_ticket(NORA)
    async with door.knock() as client:
        await say(client, t="hello", ticket=ticket, lang="en")
        assert await close_code(client) == 4401


async def test_whoever_says_nothing_is_closed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "HELLO_DEADLINE_S", 0.01)
    async with door.knock() as client:
        assert await close_code(client) == 4408


async def test_whoever_asks_without_end_is_closed(door: Door) -> None:
    client = await door.enter()
    for _ in range(2 * int(MESSAGES_OF_A_SOCKET.burst)):
        await client.send('{"t":"hb"}')
    assert await close_code(client) == 4429


async def test_an_unknown_message_is_answered_and_does_no_harm(door: Door) -> None:
    client = await door.enter()
    await say(client, t="dance")
    assert await hear(client) == {"t": "error", "code": "unknown_message"}
    await client.send('{"t":"unsub","topics":["stock:1","nonsense"]}')
    await say(client, t="hb")
    assert (await hear(client))["t"] == "hb"


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://127.0.0.1:1", "null"])
async def test_a_socket_from_another_origin_is_turned_away(door: Door, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await door.knock(origin)
    assert refused.value.response.status_code == 403


async def test_a_socket_that_goes_leaves_nothing_behind(door: Door) -> None:
    client = await door.enter(NORA)
    await say(client, t="sub", grant=sign_grant(NORA, ONE_TOPIC), have={}, epoch="")
    await hear(client)
    assert len(hub.here().roll.outboxes) == 1
    await client.close()
    await until(lambda: not hub.here().roll.outboxes)


# --- Where the server offers nothing but `send`


async def test_the_same_conversation_goes_over_plain_send() -> None:
    async with Delivery() as delivery:
        epoch = await delivery.open_epoch("test", 0)
        plain = knock_plainly()
        assert await plain.connect() == (True, None)
        await plain.send_json_to({"t": "hello", "ticket": sign_ticket(NORA), "lang": "en"})
        assert (await plain.receive_json_from())["t"] == "welcome"
        grant = sign_grant(NORA, ONE_TOPIC)
        await plain.send_json_to({"t": "sub", "grant": grant, "have": {"stock:1": 3}, "epoch": epoch})
        assert (await plain.receive_json_from(20))["t"] == "subscribed"
        await delivery.publish(epoch, each_alone(epoch, [Push("stock:1", 4, {"en": b"<template>4</template>"})]), 1)
        assert await plain.receive_from(20) == "<template>4</template>"
        await plain.send_to("x" * 70_000)
        assert await plain.receive_output(20) == {"type": "websocket.close", "code": 1009, "reason": "64 KB at most"}
        await plain.wait()
    await hub.here().stop()


def knock_plainly() -> WebsocketCommunicator:
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    return WebsocketCommunicator(consumers.LiveConsumer.as_asgi(), "/live", headers)
