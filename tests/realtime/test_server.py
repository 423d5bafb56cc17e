"""The server command: what it refuses to start with, and what its sockets and requests may rely on."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from realtime import protocols
from realtime.environment import BadSetting
from realtime.server import ServerSettings, bind, build_config
from realtime.wire import WRITER_EXTENSION, SharedWriter, encode_text_frame
from tests.realtime.processes import wait_until
from tests.realtime.raw import free_port

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DEADLINE_S = 0.5
STALLED_FRAME = encode_text_frame(b"x" * 60_000)


@dataclass
class Door:
    """A tiny application that does with its writer what each socket's first message asks for."""

    closed: list[Message] = field(default_factory=list)
    paused: threading.Event = field(default_factory=threading.Event)
    resumed: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.serve_socket(scope["extensions"][WRITER_EXTENSION], receive, send)
        elif scope["type"] == "http":
            await self.serve_page(receive, send)
        else:
            await self.live(receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def serve_page(self, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def serve_socket(self, writer: SharedWriter, receive: Receive, send: Send) -> None:
        await receive()
        writer.write(encode_text_frame(b"before the handshake"))
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            verb, _, argument = message["text"].partition(" ")
            await getattr(self, f"do_{verb}")(argument, writer, send)
        self.closed.append(message)

    async def do_frame(self, size: str, writer: SharedWriter, send: Send) -> None:
        writer.write(encode_text_frame(b"x" * int(size)))

    async def do_mixed(self, _: str, writer: SharedWriter, send: Send) -> None:
        await send({"type": "websocket.send", "text": "one"})
        writer.write(encode_text_frame(b"two"))
        await send({"type": "websocket.send", "text": "three"})

    async def do_close(self, code: str, writer: SharedWriter, send: Send) -> None:
        writer.close(int(code), "asked for")
        writer.write(encode_text_frame(b"after the close"))
        writer.close(4999)
        await send({"type": "websocket.send", "text": "after the close"})

    async def do_stall(self, _: str, writer: SharedWriter, send: Send) -> None:
        writer.on_change = lambda: None if writer.paused else self.resumed.set()
        while not writer.paused:
            writer.write(STALLED_FRAME)
            await asyncio.sleep(0)
        assert writer.buffered() > 0
        self.paused.set()

    async def do_give_up(self, _: str, writer: SharedWriter, send: Send) -> None:
        await self.do_stall("", writer, send)
        writer.close(4008, "too slow")


@dataclass
class Running:
    door: Door
    port: int
    server: uvicorn.Server

    @contextlib.contextmanager
    def websocket(self, **options: Any) -> Iterator[ClientConnection]:
        with connect(f"ws://127.0.0.1:{self.port}/live", proxy=None, **options) as client:
            yield client

    def tcp(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextlib.contextmanager
def serving(settings: ServerSettings) -> Iterator[Running]:
    door = Door()
    server = uvicorn.Server(build_config(settings, door))  # type: ignore[arg-type]  # our messages are plain dicts
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bind(settings)]})
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield Running(door, settings.port, server)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serving(ServerSettings(port=free_port(), header_deadline_s=DEADLINE_S, shutdown_s=2)) as served:
        yield served


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 300_000])
def test_a_shared_frame_arrives_whole(running: Running, size: int) -> None:
    with running.websocket() as client:
        client.send(f"frame {size}")
        assert client.recv() == "x" * size


def test_shared_and_plain_messages_keep_their_order(running: Running) -> None:
    with running.websocket() as client:
        client.send("mixed")
        assert [client.recv() for _ in range(3)] == ["one", "two", "three"]


def test_nothing_is_written_after_the_close(running: Running) -> None:
    running.door.closed.clear()
    with running.websocket() as client:
        client.send("close 4008")
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4008, "asked for")
    assert [message["code"] for message in running.door.closed] == [4008]


def test_the_writer_tells_of_a_reader_that_stalls_and_reads_again(running: Running) -> None:
    running.door.paused.clear()
    running.door.resumed.clear()
    with running.websocket(max_queue=1, close_timeout=0.1) as client:
        client.send("stall")
        assert running.door.paused.wait(10)
        assert not running.door.resumed.is_set()
        while not running.door.resumed.is_set():
            assert client.recv(timeout=10) == "x" * 60_000


def test_a_closed_reader_that_takes_nothing_is_cut(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "CLOSE_TIMEOUT_S", 0.2)
    open_before = set(running.server.server_state.connections)
    with running.websocket(max_queue=1, close_timeout=0.1) as client:
        client.send("give_up")
        assert running.door.paused.wait(10)
        wait_until(lambda: running.server.server_state.connections <= open_before)


def test_deflate_is_not_negotiated_even_where_it_is_offered(running: Running) -> None:
    with running.websocket(compression="deflate") as client:
        assert client.request is not None
        assert "permessage-deflate" in client.request.headers["Sec-WebSocket-Extensions"]
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers


def test_a_message_of_64_kib_is_taken_and_one_byte_more_is_refused(running: Running) -> None:
    with running.websocket() as client:
        client.send("frame 1" + " " * (64 * 1024 - 7))
        assert client.recv() == "x"
        client.send("frame 1" + " " * (64 * 1024 - 6))
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_a_half_sent_head_is_cut_after_its_deadline(running: Running) -> None:
    with running.tcp() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_says_nothing_is_cut(running: Running) -> None:
    with running.tcp() as connection:
        assert read_all(connection) == b""


def test_a_second_half_sent_head_is_cut_as_the_first_is(running: Running) -> None:
    with running.tcp() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT")
        answers = read_all(connection)
    assert answers.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answers


def test_a_head_without_end_is_refused(running: Running) -> None:
    with running.tcp() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 70_000)
        assert read_all(connection).startswith(b"HTTP/1.1 431 ")


def test_the_deadline_of_the_head_does_not_cut_a_body_that_keeps_coming(running: Running) -> None:
    with running.tcp() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")
        for _ in range(4):
            time.sleep(DEADLINE_S / 2)
            connection.sendall(b"x")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"server:" not in answer.lower()


def test_an_open_socket_outlives_the_deadline_of_its_head(running: Running) -> None:
    with running.websocket() as client:
        time.sleep(DEADLINE_S * 2)
        client.send("frame 1")
        assert client.recv() == "x"


def test_shutting_down_tells_open_sockets_and_ends() -> None:
    with contextlib.ExitStack() as clients:
        with serving(ServerSettings(port=free_port(), shutdown_s=2)) as served:
            client = clients.enter_context(served.websocket())
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("PORT", "banana", "from 1 to 65535"),
        ("PORT", "0", "from 1 to 65535"),
        ("PORT", "70000", "from 1 to 65535"),
        ("HEADER_DEADLINE_S", "-1", "from 1 to 300"),
        ("SHUTDOWN_S", "soon", "from 1 to 300"),
        ("ENTREPOT_ENV", "prod", "development, test, production"),
    ],
)
def test_a_nonsense_setting_is_named_with_what_would_be_accepted(name: str, value: str, accepted: str) -> None:
    with pytest.raises(BadSetting, match=f"{name} is '{value}'.*{accepted}"):
        ServerSettings.from_environment({name: value})


def test_only_production_listens_beyond_this_machine() -> None:
    assert ServerSettings.from_environment({}).host == "127.0.0.1"
    assert ServerSettings.from_environment({"ENTREPOT_ENV": "production"}).host != "127.0.0.1"
    assert ServerSettings.from_environment({"ENTREPOT_ENV": "production", "HOST": "10.0.0.7"}).host == "10.0.0.7"


def test_proxies_are_believed_only_where_they_are_named() -> None:
    settings = ServerSettings.from_environment({})
    assert not build_config(settings, Door()).proxy_headers  # type: ignore[arg-type]
    trusting = build_config(replace(settings, trusted_proxies="10.0.0.1"), Door())  # type: ignore[arg-type]
    assert trusting.proxy_headers
    assert trusting.forwarded_allow_ips == "10.0.0.1"


def run_command(**env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "realtime.server"]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=30, check=False)


def test_the_command_ends_with_one_line_at_a_nonsense_port() -> None:
    ended = run_command(PORT="banana")
    assert ended.returncode == 1
    assert ended.stderr == "realtime.server: PORT is 'banana'; it must be a whole number from 1 to 65535\n"


def test_the_command_names_a_port_that_is_taken(running: Running) -> None:
    ended = run_command(PORT=str(running.port))
    assert ended.returncode == 1
    assert f"PORT={running.port}: Address already in use" in ended.stderr
    assert "another PORT" in ended.stderr
