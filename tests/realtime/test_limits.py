"""Whoever asks for too much is told when to come back, and nobody else notices."""

import asyncio
import http.client
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response

from realtime import limits, protocols
from realtime.access import NOBODY, Grant, sign_grant, sign_ticket
from realtime.environment import BadSetting
from realtime.limits import BYTES_OF_A_SOCKET, FEW, Limit, Limits, Rate, address_of
from realtime.server import ServerSettings
from realtime.turned_away import page_for
from tests.realtime.door import Door, hear, open_door, say
from tests.realtime.page import PATIENCE_S

NORA, OTTO = 7, 8
OTHER_ADDRESS = "127.0.0.2"
ONE_TOPIC = Grant({"stock:1": ()}, {})


def once() -> Limit:
    return Limit(Rate(per_s=0.001, burst=1))


Tighten = Callable[..., None]


# --- One rate -----------------------------------------------------------------------------------------------------


def test_a_burst_is_spent_at_once_and_then_comes_back_with_time() -> None:
    limit = Limit(Rate(per_s=2, burst=3))
    assert [limit.wait_s("a", 100.0) for _ in range(3)] == [0, 0, 0]
    assert limit.wait_s("a", 100.0) == pytest.approx(0.5)
    assert limit.wait_s("a", 100.4) == pytest.approx(0.1)
    assert limit.wait_s("a", 100.5) == 0
    assert [limit.wait_s("a", 200.0) for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]


def test_one_spender_costs_no_other() -> None:
    limit = Limit(Rate(per_s=1, burst=1))
    assert limit.wait_s("a", 1.0) == 0
    assert limit.wait_s("a", 1.0) > 0
    assert limit.wait_s("b", 1.0) == 0


def test_what_costs_more_spends_more() -> None:
    limit = Limit(Rate(per_s=1, burst=10))
    assert limit.wait_s("a", 1.0, 9.5) == 0
    assert limit.wait_s("a", 1.0, 0.5) == 0
    assert limit.wait_s("a", 1.0, 0.1) == pytest.approx(0.1)


def test_whoever_owes_nothing_is_forgotten() -> None:
    limit = Limit(Rate(per_s=1, burst=1))
    for number in range(100_000):
        assert limit.wait_s(f"10.0.0.{number}", float(2 * number)) == 0
    assert len(limit) <= FEW + 1


def test_a_hundred_thousand_addresses_at_once_do_not_grow_memory_and_do_not_free_the_greediest() -> None:
    limit = Limit(Rate(per_s=0.01, burst=10), most=1_000)
    for _ in range(10):
        limit.wait_s("greedy", 1.0)
    for number in range(100_000):
        limit.wait_s(f"10.0.0.{number}", 1.0)
    assert len(limit) <= 1_001
    assert limit.wait_s("greedy", 1.0) > 0


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("no:address", "no:address"),
        ("x" * 1_000, "x" * 64),
    ],
)
def test_an_address_is_counted_as_what_one_customer_has(host: str, counted_as: str) -> None:
    assert address_of({"client": (host, 1)}) == counted_as
    assert address_of({"client": None}) == ""


def test_limits_come_from_the_environment() -> None:
    ours = Limits.from_environment({"LIMIT_CONNECTS": "5:50", "LIMIT_REQUESTS": "off"})
    assert ours.connects.rate == Rate(5, 50)
    assert ours.requests.rate is None
    assert ours.messages.rate is not None
    off = Limits.from_environment({"LIMITS": "off", "LIMIT_CONNECTS": "5:50"})
    assert (off.connects.rate, off.messages.rate) == (Rate(5, 50), None)
    assert ServerSettings.from_environment({"LIMITS": "off"}).accepts_per_s == 0
    assert ServerSettings.from_environment({"LIMITS": "off", "ACCEPTS_PER_S": "7"}).accepts_per_s == 7


@pytest.mark.parametrize(("name", "value"), [("LIMIT_REQUESTS", "many"), ("LIMIT_BYTES", "0:5"), ("LIMITS", "on")])
def test_a_limit_that_makes_no_sense_is_named_with_what_would_be_accepted(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"{name} is '{value}'.*off"):
        Limits.from_environment({name: value})


# --- Over HTTP ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


@pytest.fixture
def tighten(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """tighten(requests=…): no limits but these."""

    def tighten(**given: Limit) -> None:
        ours = replace(Limits.from_environment({"LIMITS": "off"}), **given)
        monkeypatch.setattr(limits, "here", lambda: ours)

    return tighten


async def ask(door: Door, path: str, address: str = "127.0.0.1", **headers: str) -> http.client.HTTPResponse:
    """The answer, read, to somebody at this address."""

    def ask() -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", door.port, PATIENCE_S, source_address=(address, 0))
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


async def statuses(door: Door, times: int, path: str, address: str = "127.0.0.1", **headers: str) -> list[int]:
    return [(await ask(door, path, address, **headers)).status for _ in range(times)]


async def test_an_address_that_asks_too_often_is_told_when_to_come_back(door: Door, tighten: Tighten) -> None:
    tighten(requests=Limit(Rate(per_s=0.1, burst=2)))
    assert await statuses(door, 2, "/live") == [426, 426]
    refused = await ask(door, "/live")
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 10
    assert (await ask(door, "/live", OTHER_ADDRESS)).status == 426


async def test_a_browser_that_asks_too_often_shows_a_page_in_its_readers_language(door: Door, tighten: Tighten) -> None:
    tighten(requests=Limit(Rate(per_s=0.1, burst=1)))
    browser = {"Accept": "text/html,*/*", "Accept-Language": "ar"}
    assert await statuses(door, 2, "/live", **browser) == [426, 429]
    refused = await ask(door, "/live", **browser)
    assert refused.headers["Content-Type"].startswith("text/html")
    read = [(name.lower().encode(), value.encode()) for name, value in browser.items()]
    assert b'dir="rtl"' in (page_for({"type": "http", "headers": read}, "errors/many.html") or b"")


async def test_files_cost_little_and_probes_have_a_budget_of_their_own(door: Door, tighten: Tighten) -> None:
    tighten(requests=once())
    assert await statuses(door, 11, "/static/none.svg") == [404] * 10 + [429]
    assert await statuses(door, 2, "/healthz") == [200, 429]


async def test_a_session_has_a_limit_of_its_own_beside_that_of_its_address(door: Door, tighten: Tighten) -> None:
    tighten(session_requests=once())
    assert await statuses(door, 2, "/live", Cookie="a=b; sessionid=one; c=d") == [426, 429]
    assert await statuses(door, 2, "/live", Cookie="sessionid=two") == [426, 429]
    assert await statuses(door, 2, "/live") == [426, 426]


async def test_a_forwarded_address_counts_only_from_a_proxy_that_is_trusted(tighten: Tighten) -> None:
    tighten(requests=once())
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    async with open_door() as door:
        assert await statuses(door, 1, "/live") == [426]
        assert await statuses(door, 1, "/live", **forwarded) == [429]
    async with open_door(trusted_proxies="127.0.0.1") as door:
        assert await statuses(door, 2, "/live", **forwarded) == [426, 429]
        assert await statuses(door, 1, "/live", **{"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}) == [426]


# --- Sockets ------------------------------------------------------------------------------------------------------


async def close_code(client: ClientConnection) -> int | None:
    async with asyncio.timeout(PATIENCE_S):
        try:
            while True:
                await client.recv()
        except ConnectionClosed:
            return client.close_code


async def lives(client: ClientConnection) -> bool:
    await say(client, t="hb")
    answer: str = (await hear(client))["t"]
    return answer == "hb"


async def test_live_without_an_upgrade_says_what_it_is(door: Door) -> None:
    answer = await ask(door, "/live")
    assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")


async def test_a_handshake_asks_no_database_and_no_session(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", lambda wrapper: asked.append(wrapper.alias))
    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", lambda wrapper: asked.append(wrapper.alias))
    headers = {"Cookie": "sessionid=0123456789abcdef0123456789abcdef"}
    async with connect(f"ws://127.0.0.1:{door.port}/live", origin=door.origin, additional_headers=headers) as client:  # type: ignore[arg-type]
        await say(client, t="hello", ticket=sign_ticket(NORA), lang="en")
        assert (await hear(client))["t"] == "welcome"
        assert await lives(client)
    assert asked == []


async def test_an_address_that_opens_too_many_sockets_is_answered_before_the_next(door: Door, tighten: Tighten) -> None:
    tighten(connects=once())
    client = await door.enter()
    with pytest.raises(InvalidStatus) as refused:
        await door.knock()
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["Retry-After"]) > 0
    async with connect(f"ws://127.0.0.1:{door.port}/live", origin=door.origin, local_addr=(OTHER_ADDRESS, 0)):  # type: ignore[arg-type]
        assert await lives(client)


async def test_a_person_who_opens_too_many_sockets_is_closed_and_others_are_not(door: Door, tighten: Tighten) -> None:
    tighten(person_connects=once())
    client = await door.enter(NORA)
    async with door.knock() as second:
        await say(second, t="hello", ticket=sign_ticket(NORA), lang="en")
        assert await close_code(second) == 4429
    await door.enter(OTTO)
    await door.enter(NOBODY)
    await door.enter(NOBODY)
    assert await lives(client)


async def test_more_handshakes_than_the_process_takes_are_answered_at_once(tighten: Tighten) -> None:
    tighten()
    async with open_door(accepts_per_s=1) as door:
        client = await door.enter()
        answer = await until_refused(door)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert await lives(client)


async def until_refused(door: Door) -> Response:
    """How the first handshake is answered that is not taken: the second at the latest, unless each takes a second."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with door.knock():
                    pass
            except InvalidStatus as refused:
                return refused.response


async def test_a_person_who_subscribes_too_often_is_asked_to_wait(door: Door, tighten: Tighten) -> None:
    tighten(subscribes=once())
    one, two, other = await door.enter(NORA), await door.enter(NORA), await door.enter(OTTO)
    await say(one, t="sub", grant=sign_grant(NORA, ONE_TOPIC), have={}, epoch="")
    assert (await hear(one))["t"] == "subscribed"
    await say(two, t="sub", grant=sign_grant(NORA, ONE_TOPIC), have={"stock:1": 1}, epoch="")
    assert await hear(two) == {"t": "refused", "topics": ["stock:1"], "why": "retry"}
    await say(other, t="sub", grant=sign_grant(OTTO, ONE_TOPIC), have={}, epoch="")
    assert (await hear(other))["t"] == "subscribed"


async def test_messages_and_bytes_are_counted_over_all_sockets_of_a_person(door: Door, tighten: Tighten) -> None:
    one, two, other = await door.enter(NORA), await door.enter(NORA), await door.enter(OTTO)
    tighten(messages=Limit(Rate(per_s=0.001, burst=2)))
    assert await lives(one)
    assert await lives(two)
    await say(two, t="hb")
    assert await close_code(two) == 4429
    assert await lives(other)
    tighten(bytes=Limit(Rate(per_s=0.001, burst=100)))
    await say(one, t="hb", padding="x" * 100)
    assert await close_code(one) == 4429
    assert await lives(other)


async def test_the_anonymous_are_counted_by_their_address(door: Door, tighten: Tighten) -> None:
    one, two, nora = await door.enter(), await door.enter(), await door.enter(NORA)
    tighten(messages=once())
    assert await lives(one)
    await say(two, t="hb")
    assert await close_code(two) == 4429
    assert await lives(nora)


async def test_a_flood_of_pings_is_cut_off_and_not_answered_for_ever(door: Door) -> None:
    neighbour, client = await door.enter(), await door.enter()
    ping = Frame(Opcode.PING, b"").serialize(mask=True)
    flood = ping * (int(BYTES_OF_A_SOCKET.burst) // protocols.FRAME_COST_BYTES)
    client.transport.write(flood + flood)
    assert await close_code(client) == 4429
    assert await lives(neighbour)


async def test_a_message_in_fragments_without_end_is_closed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_FRAGMENTS", 100)
    neighbour, client = await door.enter(), await door.enter()
    client.transport.write(Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True))
    client.transport.write(100 * Frame(Opcode.CONT, b"", fin=False).serialize(mask=True))
    assert await close_code(client) == 1009
    assert await lives(neighbour)
