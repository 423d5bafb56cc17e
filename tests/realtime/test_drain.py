"""How a server process ends: its sockets leave one after the other, and what has begun is finished."""

import asyncio
import contextlib
import re
import signal
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from realtime import drain
from realtime.environment import BadSetting
from realtime.server import ServerSettings
from tests.realtime.door import Door, open_door, say
from tests.realtime.page import PATIENCE_S, until
from tests.realtime.processes import Start, answers, starting, wait_until
from tests.realtime.raw import free_port

HALF_A_REQUEST = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nhe"
READYZ = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextlib.asynccontextmanager
async def talking(door: Door) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def status_of(reader: asyncio.StreamReader) -> int:
    """Of the next answer; its head is read, and its body where it tells its length."""
    async with asyncio.timeout(PATIENCE_S):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        return int(head.split()[1])


async def until_refused(door: Door) -> None:
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with talking(door):
                    await asyncio.sleep(0.01)


# --- In one process -----------------------------------------------------------------------------------------------


async def test_sockets_are_closed_one_after_the_other_and_live_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "CLOSES_PER_S", 0.01)
    async with open_door(drain_s=6, shutdown_s=30) as door:
        clients = [await door.enter(), await door.enter()]
        door.server.should_exit = True
        tasks = {asyncio.create_task(closed(client)): client for client in clients}
        done, waiting = await asyncio.wait(tasks, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        (other,) = waiting
        await say(tasks[other], t="hb")
        assert [code for task in done for code in [await task]] == [1012]
        assert await other == 1012


async def closed(client: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.recv()
    return client.close_code


@pytest.mark.usefixtures("transactional_db")
async def test_whoever_is_connected_hears_that_the_process_goes_and_nobody_new_comes_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drain, "CLOSES_PER_S", 0.01)
    async with open_door(drain_s=4, shutdown_s=30) as door, talking(door) as (reader, writer):
        clients = [await door.enter(), await door.enter()]
        writer.write(READYZ)
        assert await status_of(reader) == 200
        door.server.should_exit = True
        await until_refused(door)
        writer.write(READYZ)
        assert await status_of(reader) == 503
        assert await reader.read() == b""  # and this connection is not kept
        assert [await closed(client) for client in clients] == [1012, 1012]


@pytest.mark.usefixtures("transactional_db")
async def test_a_request_that_has_begun_is_answered() -> None:
    async with open_door(shutdown_s=30) as door, talking(door) as (reader, writer):
        writer.write(HALF_A_REQUEST)
        await until(lambda: door.server.server_state.tasks)
        door.server.should_exit = True
        await until_refused(door)
        writer.write(b"re")
        assert await status_of(reader) in (403, 200)


# --- A process of its own -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def half_a_request(port: int) -> Iterator[None]:
    """Something that the process waits for."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HALF_A_REQUEST)
        wait_until(lambda: answers(port))  # what was sent before is read before
        yield


@pytest.fixture
def start() -> Iterator[Start]:
    with starting() as start:
        yield start


def test_a_process_ends_by_itself_however_long_a_request_would_take(start: Start) -> None:
    port = free_port()
    process = start(port=port, SHUTDOWN_S="1")
    wait_until(lambda: answers(port))
    with half_a_request(port):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == -signal.SIGTERM


def test_a_second_signal_ends_it_at_once(start: Start) -> None:
    port = free_port()
    process = start(port=port, SHUTDOWN_S="300")
    wait_until(lambda: answers(port))
    with half_a_request(port):
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: not answers(port))
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == -signal.SIGTERM


# --- Settings -----------------------------------------------------------------------------------------------------


def test_the_drain_is_never_longer_than_the_end() -> None:
    assert ServerSettings.from_environment({}).drain_s == 8
    assert ServerSettings.from_environment({"SHUTDOWN_S": "2"}).drain_s == 2
    with pytest.raises(BadSetting, match="DRAIN_S is '11'; it must be a whole number from 0 to 10"):
        ServerSettings.from_environment({"DRAIN_S": "11"})
    with pytest.raises(BadSetting, match="REUSE_PORT is 'yes'; it must be 0 or 1"):
        ServerSettings.from_environment({"REUSE_PORT": "yes"})
